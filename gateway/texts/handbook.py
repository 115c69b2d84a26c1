"""Texts of the documentation of message kinds: headings, and the words for what a schema demands."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.core.handbook import CodeUse, Facet, FacetKind, Row, TextType
from gateway.texts import Language, Text

_TEXTS: Mapping[str, Text] = MappingProxyType(
    {
        "overview": Text(de="Nachrichtenarten", en="Kinds of messages"),
        "overview_said": Text(
            de="Was an dieses Gateway gesendet werden kann, nach Standard und Version. Welche Kommune welchen Dienst "
            "gebucht hat, steht hier nicht.",
            en="What can be sent to this gateway, by standard and version. Which municipality has booked which "
            "service is not told here.",
        ),
        "other_language": Text(de="English", en="Deutsch"),
        "skip": Text(de="Zu den Elementen", en="Skip to the elements"),
        "to_overview": Text(de="Alle Nachrichtenarten", en="All kinds of messages"),
        "kind": Text(de="Nachrichtenart", en="Kind of message"),
        "standard": Text(de="Standard", en="Standard"),
        "version": Text(de="Version", en="Version"),
        "namespace": Text(de="Namensraum", en="Namespace"),
        "root": Text(de="Wurzelelement", en="Root element"),
        "service": Text(de="Dienst", en="Service"),
        "leistung": Text(de="Leistungsschlüssel", en="Leistungsschlüssel (LeiKa)"),
        "valid": Text(de="Gültig", en="In force"),
        "from": Text(de="ab {day}", en="from {day}"),
        "until": Text(de="bis {day}", en="until {day}"),
        "limits": Text(de="Grenzen", en="Limits"),
        "limits_said": Text(
            de="höchstens {size} MB und {depth} Elemente ineinander; UTF-8; kein DOCTYPE",
            en="at most {size} MB and {depth} elements within each other; UTF-8; no DOCTYPE",
        ),
        "demands": Text(de="Über das Schema hinaus", en="Beyond the schema"),
        "nachrichtentyp-root": Text(
            de="Der Nachrichtentyp ist die Nummer am Ende des Wurzelelements.",
            en="The nachrichtentyp is the number at the end of the root element.",
        ),
        "zeitpunkt-zone": Text(
            de="Der Erstellungszeitpunkt nennt seine Zeitzone.",
            en="The erstellungszeitpunkt names its time zone.",
        ),
        "header": Text(de="Kopf der Nachricht", en="Header of the message"),
        "header_said": Text(
            de="Hier liest das Gateway, was die Nachricht ist, an wen sie geht und von wem sie kommt.",
            en="This is where the gateway reads what the message is, to whom it goes and from whom it comes.",
        ),
        "fact": Text(de="Angabe", en="Fact"),
        "place": Text(de="Stelle", en="Place"),
        "nachrichten_uuid": Text(de="UUID der Nachricht", en="UUID of the message"),
        "nachrichtentyp": Text(de="Nachrichtentyp", en="Number of the kind"),
        "erstellungszeitpunkt": Text(de="Erstellungszeitpunkt", en="Moment of creation"),
        "leser_kennung": Text(de="Leser (Empfänger)", en="Reader (recipient)"),
        "leser_verzeichnisdienst": Text(de="Verzeichnis des Lesers", en="Directory of the reader"),
        "autor_kennung": Text(de="Autor (Absender)", en="Author (sender)"),
        "autor_verzeichnisdienst": Text(de="Verzeichnis des Autors", en="Directory of the author"),
        "test": Text(de="Kennzeichen einer Testnachricht", en="Mark of a test message"),
        "example": Text(de="Beispiel", en="Example"),
        "example_valid": Text(
            de="Eine kleine Nachricht, die das Schema erfüllt. Personen sind erfunden; Empfänger und Absender sind zu ersetzen.",
            en="A small message that the schema accepts. The persons are made up; replace recipient and sender.",
        ),
        "example_skeleton": Text(
            de="Ein Gerüst, keine gültige Nachricht: was vorgeschrieben ist, mit Platzhaltern in eckigen Klammern.",
            en="A skeleton, no valid message: what is mandatory, with placeholders in square brackets.",
        ),
        "contents": Text(de="Inhalt", en="Contents"),
        "elements": Text(de="Elemente und Attribute", en="Elements and attributes"),
        "elements_by_path": Text(
            de="In der Reihenfolge der Nachricht; eingerückt ist, was in einem Element steht. @ steht vor Attributen.",
            en="In the order of the message; what stands in an element is indented. @ precedes attributes.",
        ),
        "elements_by_type": Text(
            de="Diese Nachricht ist groß: Jeder Typ steht einmal da, dem Wurzelelement nahe zuerst. @ steht vor Attributen.",
            en="This message is large: each type is told once, those near the root element first. @ precedes attributes.",
        ),
        "left_out": Text(
            de="Nicht alles ist aufgeführt: {count} Elemente, oder was in ihnen steht, fehlen hier.",
            en="Not everything is listed: {count} elements, or what stands in them, are missing here.",
        ),
        "not_explained": Text(
            de="Das Schema lässt sich nicht in Elemente zerlegen; Nachrichten werden trotzdem geprüft.",
            en="The schema can't be taken apart into elements; messages are checked all the same.",
        ),
        "type": Text(de="Typ {name}", en="Type {name}"),
        "at": Text(de="Kommt vor unter", en="Occurs at"),
        "name": Text(de="Name", en="Name"),
        "how_often": Text(de="Anzahl", en="How often"),
        "content": Text(de="Inhalt", en="Content"),
        "meaning": Text(de="Bedeutung", en="Meaning"),
        "mandatory": Text(de="Pflicht", en="mandatory"),
        "optional": Text(de="freiwillig", en="optional"),
        "one_of": Text(de="eines von", en="one of"),
        "any-element": Text(de="beliebiges Element", en="any element"),
        "any-attribute": Text(de="beliebiges Attribut", en="any attribute"),
        "fixed": Text(de="immer", en="always"),
        "default": Text(de="wenn es fehlt", en="where it is missing"),
        "form": Text(de="Form", en="Form"),
        "form_of_type": Text(de="Form: siehe Datentyp", en="Form: see the data type"),
        "sections": Text(de="{count} Abschnitte", en="{count} sections"),
        "see": Text(de="Abschnitt", en="Section"),
        "variants": Text(de="mit xsi:type eines von", en="with xsi:type one of"),
        "values": Text(de="Werte", en="Values"),
        "count_values": Text(de="{count} Werte", en="{count} values"),
        "more_values": Text(de="und {count} weitere", en="and {count} more"),
        "value": Text(de="Wert", en="Value"),
        "text_types": Text(de="Datentypen", en="Data types"),
        "value_lists": Text(de="Wertelisten", en="Lists of values"),
        "rule": Text(de="Regel", en="Rule"),
        "warning": Text(de="Hinweis", en="Warning"),
        "when_broken": Text(de="Sonst heißt es", en="Else it is said"),
        "expected": Text(de="Erwartet", en="Expected"),
        "deadline": Text(
            de="Eine Kommune kann eine andere Frist setzen ({name}).",
            en="A municipality may set another deadline ({name}).",
        ),
        "conditions": Text(de="Regeln des Standards", en="Rules of the standard"),
        "conditions_said": Text(
            de="Sie gelten über das Schema hinaus; aufgeführt ist, was gesagt wird, wo eine verletzt ist.",
            en="They hold beyond the schema; listed is what is said where one is broken.",
        ),
        "refuses": Text(de="lehnt ab", en="refuses"),
        "warns": Text(de="Hinweis", en="warns"),
        "generated": Text(
            de="Aus dem Schema und seiner Beschreibung erzeugt.",
            en="Made from the schema and its description.",
        ),
        "code_1": Text(
            de="Code; Liste {uri}, Fassung {version}. Die Werte stehen im Schema.",
            en="Code; list {uri}, version {version}. The values are in the schema.",
        ),
        "code_2": Text(
            de="Code; Liste {uri}, Fassung {version}. Die Werte stehen außerhalb des Schemas.",
            en="Code; list {uri}, version {version}. The values are outside of the schema.",
        ),
        "code_3": Text(
            de="Code; Liste {uri}. Die Nachricht nennt deren Fassung in listVersionID.",
            en="Code; list {uri}. The message names its version in listVersionID.",
        ),
        "code_4": Text(
            de="Code. Die Nachricht nennt die Liste in listURI und deren Fassung in listVersionID.",
            en="Code. The message names the list in listURI and its version in listVersionID.",
        ),
        "code_element": Text(
            de="Der Wert steht im Kindelement code.", en="The value stands in the child element code."
        ),
        "held": Text(de="Hier geprüft in Fassung {versions}.", en="Checked here in version {versions}."),
        "not_held": Text(de="Die Werte werden hier nicht geprüft.", en="The values are not checked here."),
    }
)

_CONTENT: Mapping[str, Text] = MappingProxyType(
    {
        "elements": Text(de="Elemente", en="elements"),
        "mixed": Text(de="Text mit Elementen", en="text with elements"),
        "empty": Text(de="leer", en="empty"),
        "anything": Text(de="beliebig", en="anything"),
    }
)

_BASES: Mapping[str, Text] = MappingProxyType(
    {
        "string": Text(de="Text", en="text"),
        "normalizedString": Text(de="Text ohne Zeilenumbrüche", en="text without line breaks"),
        "token": Text(de="Text in einer Zeile", en="text on one line"),
        "language": Text(de="Sprache, etwa de", en="language, e.g. de"),
        "boolean": Text(de="true oder false", en="true or false"),
        "decimal": Text(de="Dezimalzahl mit Punkt", en="decimal number with a point"),
        "integer": Text(de="ganze Zahl", en="whole number"),
        "int": Text(de="ganze Zahl", en="whole number"),
        "long": Text(de="ganze Zahl", en="whole number"),
        "short": Text(de="ganze Zahl", en="whole number"),
        "nonNegativeInteger": Text(de="ganze Zahl ab 0", en="whole number from 0"),
        "positiveInteger": Text(de="ganze Zahl ab 1", en="whole number from 1"),
        "float": Text(de="Gleitkommazahl", en="floating point number"),
        "double": Text(de="Gleitkommazahl", en="floating point number"),
        "date": Text(de="Datum, JJJJ-MM-TT", en="date, YYYY-MM-DD"),
        "dateTime": Text(
            de="Zeitpunkt, JJJJ-MM-TTThh:mm:ss, mit Zone +hh:mm oder Z",
            en="moment, YYYY-MM-DDThh:mm:ss, with zone +hh:mm or Z",
        ),
        "time": Text(de="Uhrzeit, hh:mm:ss", en="time of day, hh:mm:ss"),
        "gYear": Text(de="Jahr, JJJJ", en="year, YYYY"),
        "gYearMonth": Text(de="Monat eines Jahres, JJJJ-MM", en="month of a year, YYYY-MM"),
        "gMonthDay": Text(de="Tag eines Jahres, --MM-TT", en="day of a year, --MM-DD"),
        "duration": Text(de="Dauer, etwa P1Y2M", en="duration, e.g. P1Y2M"),
        "anyURI": Text(de="Adresse (URI)", en="address (URI)"),
        "base64Binary": Text(de="Datei in Base64", en="file in base64"),
        "hexBinary": Text(de="Datei hexadezimal", en="file in hexadecimal"),
        "ID": Text(de="Kennung, in der Nachricht einmalig", en="identifier, unique in the message"),
        "IDREF": Text(
            de="Verweis auf eine Kennung der Nachricht", en="reference to an identifier of the message"
        ),
        "anySimpleType": Text(de="beliebiger Text", en="any text"),
    }
)

_FACETS: Mapping[FacetKind, Text] = MappingProxyType(
    {
        FacetKind.LENGTH: Text(de="genau {value} {unit}", en="exactly {value} {unit}"),
        FacetKind.MIN_LENGTH: Text(de="mindestens {value} {unit}", en="at least {value} {unit}"),
        FacetKind.MAX_LENGTH: Text(de="höchstens {value} {unit}", en="at most {value} {unit}"),
        FacetKind.MIN_INCLUSIVE: Text(de="ab {value}", en="from {value}"),
        FacetKind.MAX_INCLUSIVE: Text(de="bis {value}", en="up to {value}"),
        FacetKind.MIN_EXCLUSIVE: Text(de="mehr als {value}", en="more than {value}"),
        FacetKind.MAX_EXCLUSIVE: Text(de="weniger als {value}", en="less than {value}"),
        FacetKind.TOTAL_DIGITS: Text(de="höchstens {value} Stellen", en="at most {value} digits"),
        FacetKind.FRACTION_DIGITS: Text(
            de="höchstens {value} Nachkommastellen", en="at most {value} decimal places"
        ),
        FacetKind.TIME_ZONE: Text(de="Zeitzone: {value}", en="time zone: {value}"),
        FacetKind.CONDITION: Text(de="Bedingung {value}", en="condition {value}"),
    }
)

_UNITS: Mapping[str, Text] = MappingProxyType(
    {
        "text": Text(de="Zeichen", en="characters"),
        "binary": Text(de="Byte", en="bytes"),
        "list": Text(de="Werte", en="values"),
    }
)
_NOT_EMPTY = Text(de="nicht leer", en="not empty")
_LIST = Text(de="mehrere, durch Leerzeichen getrennt: {each}", en="several with blanks between them: {each}")
_OR = Text(de=" oder ", en=" or ")
SHORT_PATTERN = 60
"""Characters up to which a pattern is told where it holds; a longer one stands with its type alone."""


class HandbookWords:
    """The texts of the documentation in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __call__(self, name: str, /, **facts: object) -> str:
        """One text, its placeholders filled."""
        return _TEXTS[name].speak(self.language, {key: str(value) for key, value in facts.items()})

    def how_often(self, row: Row) -> str:
        """`1`, `0..1`, `1..n`."""
        if row.least == row.most:
            return str(row.least)
        return f"{row.least}..{'n' if row.most is None else row.most}"

    def kind_of(self, told: Row | TextType) -> str:
        """What a text is, or what stands in an element in place of one."""
        if isinstance(told, Row) and not told.base:
            return _CONTENT[told.content].speak(self.language)
        words = (_BASES[base].speak(self.language) if base in _BASES else base for base in told.base)
        either = _OR.speak(self.language).join(dict.fromkeys(words))
        return _LIST.speak(self.language, {"each": either}) if told.is_list else either

    def facet(self, facet: Facet, told: Row | TextType) -> str:
        """A restriction in words; a pattern stands as it is."""
        if (facet.kind, facet.value) == (FacetKind.MIN_LENGTH, "1"):
            return _NOT_EMPTY.speak(self.language)
        unit = (
            "list" if told.is_list else "binary" if {"base64Binary", "hexBinary"} & {*told.base} else "text"
        )
        facts = {"value": facet.value, "unit": _UNITS[unit].speak(self.language)}
        return _FACETS[facet.kind].speak(self.language, facts)

    def code(self, code: CodeUse) -> str:
        """How a code list is used."""
        return self(f"code_{code.type}", uri=code.uri or "", version=code.version or "")
