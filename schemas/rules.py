"""The rules that a document can break: their stable names, and what they mean in German and English."""

from collections.abc import Mapping
from types import MappingProxyType

from lxml.etree import ErrorTypes

TEXTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "cvc-pattern": (
            "Der Inhalt von „{name}“ hat nicht die vorgeschriebene Form oder enthält nicht erlaubte Zeichen.",
            "The content of '{name}' does not have the prescribed form or contains characters that are not allowed.",
        ),
        "cvc-pattern:characters": (
            "„{name}“ enthält Zeichen, die hier nicht erlaubt sind: {de}.",
            "'{name}' contains characters that are not allowed here: {en}.",
        ),
        "zeichen-nfc": (
            (
                "„{name}“ enthält zerlegte Zeichen und ist nicht in der Unicode-Normalform C (NFC), in der ü ein Zeichen ist. "
                "Wandeln Sie die ganze Nachricht vor dem Senden in die Normalform C (NFC) um."
            ),
            (
                "'{name}' contains decomposed characters: not in Unicode normal form C (NFC), in which ü is one character. "
                "Convert the whole message to normal form C (NFC) before sending it."
            ),
        ),
        "cvc-enumeration": (
            "Der Inhalt von „{name}“ gehört nicht zu den erlaubten Werten.",
            "The content of '{name}' is not one of the allowed values.",
        ),
        "cvc-length": (
            "Der Inhalt von „{name}“ hat nicht die vorgeschriebene Länge.",
            "The content of '{name}' does not have the prescribed length.",
        ),
        "cvc-min-length": (
            "Der Inhalt von „{name}“ fehlt oder ist zu kurz.",
            "The content of '{name}' is missing or too short.",
        ),
        "cvc-max-length": ("Der Inhalt von „{name}“ ist zu lang.", "The content of '{name}' is too long."),
        "cvc-min-inclusive": ("Der Wert von „{name}“ ist zu klein.", "The value of '{name}' is too small."),
        "cvc-max-inclusive": ("Der Wert von „{name}“ ist zu groß.", "The value of '{name}' is too large."),
        "cvc-min-exclusive": ("Der Wert von „{name}“ ist zu klein.", "The value of '{name}' is too small."),
        "cvc-max-exclusive": ("Der Wert von „{name}“ ist zu groß.", "The value of '{name}' is too large."),
        "cvc-total-digits": (
            "Die Zahl in „{name}“ hat zu viele Stellen.",
            "The number in '{name}' has too many digits.",
        ),
        "cvc-fraction-digits": (
            "Die Zahl in „{name}“ hat zu viele Nachkommastellen.",
            "The number in '{name}' has too many decimal places.",
        ),
        "cvc-datatype": (
            "Der Inhalt von „{name}“ ist nicht von der vorgeschriebenen Art.",
            "The content of '{name}' is not of the prescribed type.",
        ),
        "cvc-content": (
            "Das Element „{name}“ ist an dieser Stelle nicht vorgesehen, oder vor ihm fehlt ein anderes.",
            "The element '{name}' is not allowed here, or another one is missing before it.",
        ),
        "cvc-content:unknown": (
            "„{name}“ gibt es in „{other}“ nicht.",
            "There is no '{name}' in '{other}'.",
        ),
        "cvc-content:similar": (
            "„{name}“ gibt es in „{other}“ nicht. Meinten Sie „{de}“?",
            "There is no '{name}' in '{other}'. Did you mean '{en}'?",
        ),
        "cvc-content:before": ("Vor „{name}“ fehlt {de}.", "{en} is missing before '{name}'."),
        "cvc-content:early": (
            "„{name}“ steht zu früh: zuerst kommt {de}.",
            "'{name}' comes too early: first comes {en}.",
        ),
        "cvc-content:late": (
            "„{name}“ steht zu spät: es gehört vor „{other}“.",
            "'{name}' comes too late: it belongs before '{other}'.",
        ),
        "cvc-content:exclusive": (
            "„{name}“ und „{other}“ schließen einander aus: nur eines davon darf dort stehen.",
            "'{name}' and '{other}' exclude each other: only one of them may be there.",
        ),
        "cvc-content:many": (
            "„{name}“ kommt zu oft vor: höchstens {de}.",
            "'{name}' occurs too often: at most {en}.",
        ),
        "cvc-content:few": (
            "„{de}“ kommt zu selten vor: mindestens {other}-mal.",
            "'{en}' does not occur often enough: at least {other} times.",
        ),
        "cvc-content:end": ("In „{name}“ fehlt {de}.", "{en} is missing in '{name}'."),
        "cvc-content:end-after": (
            "In „{name}“ fehlt {de}, nach „{other}“.",
            "{en} is missing in '{name}', after '{other}'.",
        ),
        "cvc-content:missing": (
            "Der Inhalt von „{name}“ ist nicht vollständig: ein vorgeschriebenes Element fehlt.",
            "The content of '{name}' is not complete: a mandatory element is missing.",
        ),
        "cvc-content:text": (
            "In „{name}“ ist kein freier Text zwischen den Elementen erlaubt.",
            "No text is allowed between the elements of '{name}'.",
        ),
        "cvc-content:simple": (
            "In „{name}“ sind keine weiteren Elemente erlaubt.",
            "No further elements are allowed in '{name}'.",
        ),
        "cvc-content:empty": ("„{name}“ muss leer sein.", "'{name}' must be empty."),
        "cvc-namespace": (
            (
                "„{name}“ steht in einem Namensraum, gehört hier aber in keinen. Nur das Wurzelelement trägt den Namensraum; "
                "schreiben Sie es mit einem Präfix."
            ),
            (
                "'{name}' is in a namespace but belongs in none here. Only the root element has the namespace; write it "
                "with a prefix."
            ),
        ),
        "cvc-namespace:inside": (
            (
                "„{name}“ steht in einem Namensraum, gehört hier aber in keinen. Geben Sie dem Namensraum ein Präfix, und "
                "schreiben Sie es nur vor die Elemente, die in ihn gehören."
            ),
            (
                "'{name}' is in a namespace but belongs in none here. Give the namespace a prefix, and write that only "
                "before the elements that belong in it."
            ),
        ),
        "cvc-namespace:prefix": (
            "„{name}“ steht in einem Namensraum, gehört hier aber in keinen. Schreiben Sie es ohne Präfix.",
            "'{name}' is in a namespace but belongs in none here. Write it without a prefix.",
        ),
        "cvc-namespace:other": (
            "„{name}“ gehört in den Namensraum {de}, steht aber nicht darin.",
            "'{name}' belongs in the namespace {en} but is not in it.",
        ),
        "cvc-element": (
            "Das Element „{name}“ kennt das Schema hier nicht.",
            "The schema does not know the element '{name}' here.",
        ),
        "cvc-attribute-missing": (
            "Am Element „{name}“ fehlt ein vorgeschriebenes Attribut.",
            "A mandatory attribute is missing from the element '{name}'.",
        ),
        "cvc-attribute-unknown": (
            "Das Attribut „{name}“ ist hier nicht erlaubt.",
            "The attribute '{name}' is not allowed here.",
        ),
        "cvc-fixed": (
            "„{name}“ hat nicht den fest vorgeschriebenen Wert.",
            "'{name}' does not have the value that is fixed for it.",
        ),
        "cvc-nil": (
            "Die Angabe „xsi:nil“ ist bei „{name}“ nicht erlaubt, oder das Element ist trotz ihrer nicht leer.",
            "'xsi:nil' is not allowed on '{name}', or the element is not empty in spite of it.",
        ),
        "cvc-type": (
            "Die Typangabe „xsi:type“ an „{name}“ ist unbekannt oder hier nicht erlaubt.",
            "The 'xsi:type' of '{name}' is unknown or not allowed here.",
        ),
        "cvc-identity": (
            "Eine Kennung in „{name}“ ist nicht eindeutig, oder ein Verweis darin führt ins Leere.",
            "An identifier in '{name}' is not unique, or a reference in it leads nowhere.",
        ),
        "cvc-id": (
            "Eine ID in „{name}“ ist nicht eindeutig, oder ein Verweis auf eine ID führt ins Leere.",
            "An ID in '{name}' is not unique, or a reference to an ID leads nowhere.",
        ),
        "cvc-wildcard": (
            "Der Zusatz in „{name}“ gehört nicht zu den hier erlaubten.",
            "The extension in '{name}' is not one of those allowed here.",
        ),
        "cvc-assertion": (
            "Die Angaben in „{name}“ passen nicht zusammen.",
            "The contents of '{name}' do not fit together.",
        ),
        "cvc-schema": ("„{name}“ entspricht nicht dem Schema.", "'{name}' does not conform to the schema."),
        "second-validator": (
            "„{name}“ ist zu groß, um alle Verweise darin zu prüfen, wie dieser Standard es verlangt.",
            "'{name}' is too large for checking all references in it, as this standard demands.",
        ),
        "second-validator:effort": (
            "„{name}“ zu prüfen braucht mehr Zeit oder Speicher, als erlaubt ist.",
            "Checking '{name}' takes more time or memory than is allowed.",
        ),
        "nachrichtentyp-root": (
            "Der Nachrichtentyp im Nachrichtenkopf ist nicht die Nummer am Ende des Wurzelelements.",
            "The nachrichtentyp in the header is not the number at the end of the root element.",
        ),
        "zeitpunkt-zone": (
            "Der Erstellungszeitpunkt nennt keine Zeitzone.",
            "The erstellungszeitpunkt does not name its time zone.",
        ),
    }
)
"""Sentences by rule; the part of a key behind the colon tells cases of one rule apart."""

_CVC = "SCHEMAV_CVC_"
_BY_LIBXML2_NAME = {
    "PATTERN_VALID": "cvc-pattern",
    "ENUMERATION_VALID": "cvc-enumeration",
    "LENGTH_VALID": "cvc-length",
    "MINLENGTH_VALID": "cvc-min-length",
    "MAXLENGTH_VALID": "cvc-max-length",
    "MININCLUSIVE_VALID": "cvc-min-inclusive",
    "MAXINCLUSIVE_VALID": "cvc-max-inclusive",
    "MINEXCLUSIVE_VALID": "cvc-min-exclusive",
    "MAXEXCLUSIVE_VALID": "cvc-max-exclusive",
    "TOTALDIGITS_VALID": "cvc-total-digits",
    "FRACTIONDIGITS_VALID": "cvc-fraction-digits",
    "DATATYPE_VALID_1_2_1": "cvc-datatype",
    "DATATYPE_VALID_1_2_2": "cvc-datatype",
    "DATATYPE_VALID_1_2_3": "cvc-datatype",
    "COMPLEX_TYPE_2_1": "cvc-content:empty",
    "COMPLEX_TYPE_2_2": "cvc-content:simple",
    "COMPLEX_TYPE_2_3": "cvc-content:text",
    "COMPLEX_TYPE_2_4": "cvc-content",
    "COMPLEX_TYPE_3_1": "cvc-fixed",
    "COMPLEX_TYPE_3_2_1": "cvc-attribute-unknown",
    "COMPLEX_TYPE_3_2_2": "cvc-attribute-unknown",
    "COMPLEX_TYPE_4": "cvc-attribute-missing",
    "AU": "cvc-fixed",
    "ELT_1": "cvc-element",
    "ELT_3_1": "cvc-nil",
    "ELT_3_2_1": "cvc-nil",
    "ELT_3_2_2": "cvc-nil",
    "ELT_4_1": "cvc-type",
    "ELT_4_2": "cvc-type",
    "ELT_4_3": "cvc-type",
    "ELT_5_2_2_1": "cvc-fixed",
    "ELT_5_2_2_2_1": "cvc-fixed",
    "ELT_5_2_2_2_2": "cvc-fixed",
    "IDC": "cvc-identity",
    "TYPE_3_1_1": "cvc-attribute-unknown",
    "TYPE_3_1_2": "cvc-content:simple",
    "WILDCARD": "cvc-wildcard",
}
LIBXML2: Mapping[int, str] = MappingProxyType(
    {getattr(ErrorTypes, f"{_CVC}{name}"): rule for name, rule in _BY_LIBXML2_NAME.items()}
    | {ErrorTypes.SCHEMAV_ELEMENT_CONTENT: "cvc-content"}
)
"""Rules by the error types of libxml2; any other type is `cvc-schema`."""


def sentences(rule: str, name: str, de: str = "", en: str = "", other: str = "") -> tuple[str, str]:
    """What is wrong, in German and English, for the element or attribute called `name`; `de`, `en` and `other` (in
    both languages) are the further words that some sentences need.
    """
    german, english = TEXTS[rule]
    return german.format(name=name, de=de, other=other), english.format(name=name, en=en, other=other)
