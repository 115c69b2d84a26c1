"""Vordruck: the forms GewA 1, 2 and 3 as tables, from the path in a message to the number of a field.

Numbers are those of the forms annexed to the Gewerbeanzeigeverordnung (GewAnzV, annexes 1 to 3). What a
message says beyond its form stands under numbers of our own, `Z1` to `Z16`, as on a supplement sheet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from adapters.mapping import text
from gateway.core.document import Element


@dataclass(frozen=True, slots=True)
class Feld:
    """One numbered field, as often as its path is in the message."""

    nr: str
    name: str
    path: str
    teil: str | None = None
    """Which part of the field, where the form has one line and the message several elements."""
    read: Callable[[Element], str | None] = text


@dataclass(frozen=True, slots=True)
class Gruppe:
    """Fields that belong together, once for each element at the path: a person, a licence, an attachment."""

    name: str
    path: str
    zeilen: tuple["Zeile", ...]


Zeile: TypeAlias = Feld | Gruppe


@dataclass(frozen=True, slots=True)
class Vordruck:
    """A form: what it is called, how its files are, and its lines from top to bottom."""

    name: str
    art: str
    """Begins the names of the files."""
    zeilen: tuple[Zeile, ...]


def teile(nr: str, name: str, path: str, *elements: str) -> tuple[Zeile, ...]:
    """One field in parts, each under the name that it has in the message; of a code only its value."""
    prefix = f"{path}/" if path else ""
    return tuple(Feld(nr, name, prefix + each, each.removesuffix("/code")) for each in elements)


def inland(nr: str, name: str, path: str) -> tuple[Zeile, ...]:
    """An address in Germany."""
    strasse = "strasse", "hausnummer", "hausnummerZusatz", "adresszusatz"
    return teile(nr, name, path, *strasse, "plz", "ort", "ortsteil", "ags")


def anschrift(nr: str, name: str, path: str) -> tuple[Zeile, ...]:
    """An address at home or abroad; `staat` and `zeile` tell the one abroad."""
    return inland(nr, name, f"{path}/inland") + teile(nr, name, f"{path}/ausland", "staat/code", "zeile")


def erreichbarkeit(nr: str, name: str, path: str) -> tuple[Zeile, ...]:
    """Telephone, e-mail and the like, which the form has beside an address."""
    return (Gruppe("Erreichbarkeit", path, teile(nr, name, "", "kanal/code", "kennung", "zusatz")),)


def wahrheitswert(element: Element) -> str | None:
    """A truth value of XSD, which may be written as a digit."""
    found = element.text()
    return {"1": "true", "0": "false"}.get(found, found) if found else None


NATUERLICHE_PERSON: tuple[Zeile, ...] = (
    Feld("4", "Familienname", "name/familienname"),
    Feld("5", "Vornamen", "name/vornamen"),
    Feld("6", "Geschlecht", "geschlecht/code"),
    Feld("7", "Geburtsname", "name/geburtsname"),
    Feld("8", "Geburtsdatum", "geburt/geburtsdatum"),
    *teile("9", "Geburtsort und -land", "geburt", "geburtsort", "geburtsstaat/code"),
    Feld("10", "Staatsangehörigkeit", "staatsangehoerigkeit/code"),
    *anschrift("11", "Anschrift der Wohnung", "anschrift"),
    *erreichbarkeit("11", "Anschrift der Wohnung", "erreichbarkeit"),
    *teile(
        "Z1", "Weitere Namen", "name", "rufname", "doktorgrad", "fruehererName", "ordensOderKuenstlername"
    ),
    *teile("Z2", "Ausweis", "ausweis", "art/code", "nummer", "ausstellendeBehoerde"),
    *teile("Z2", "Ausweis", "ausweis", "ausstellungsdatum", "gueltigBis"),
)


def inhaber(person: tuple[Zeile, ...]) -> tuple[Zeile, ...]:
    """Who runs the business: a natural person, or a company with those who represent it."""
    natuerlich, unternehmen = "betriebsinhaber/natuerlichePerson", "betriebsinhaber/unternehmen"
    register = "registergericht", "registernummer"
    return (
        Feld("1", "Eingetragener Name mit Rechtsform", f"{natuerlich}/eingetragenerName"),
        Feld("1", "Eingetragener Name mit Rechtsform", f"{unternehmen}/name"),
        *teile("1", "Eingetragener Name mit Rechtsform", unternehmen, "rechtsform/code"),
        *teile("2", "Ort und Nummer des Registereintrags", f"{natuerlich}/registereintrag", *register),
        *teile("2", "Ort und Nummer des Registereintrags", f"{unternehmen}/registereintrag", *register),
        *teile("2", "Ort und Nummer des Registereintrags", unternehmen, "ohneRegistereintrag/code"),
        Feld("3", "Geschäftsbezeichnung", "betrieb/bezeichnung"),
        Gruppe("Person", natuerlich, person),
        Gruppe("Person", f"{unternehmen}/vertreter", person + VERTRETER),
        Feld("12", "Zahl der gesetzlichen Vertreter", f"{unternehmen}/anzahlVertreter"),
        *anschrift("Z3", "Sitz des Unternehmens", f"{unternehmen}/anschrift"),
        *erreichbarkeit("Z3", "Sitz des Unternehmens", f"{unternehmen}/erreichbarkeit"),
    )


VERTRETER: tuple[Zeile, ...] = (
    *teile("Z4", "Registereintrag des Vertreters", "", "eingetragenerName"),
    *teile("Z4", "Registereintrag des Vertreters", "registereintrag", "registergericht", "registernummer"),
)

BETRIEB: tuple[Zeile, ...] = (
    *inland("15", "Anschrift der Betriebsstätte", "betrieb/betriebsstaette"),
    *erreichbarkeit("15", "Anschrift der Betriebsstätte", "betrieb/erreichbarkeit"),
    *anschrift("16", "Anschrift der Hauptniederlassung", "betrieb/hauptniederlassung"),
)

UMFANG: tuple[Zeile, ...] = (
    Feld("21", "Art des Betriebs", "taetigkeit/betriebsart/code"),
    *teile("22", "Zahl der tätigen Personen", "beschaeftigte", "vollzeit", "teilzeit"),
    Feld("23", "Betriebsstätte ist", "betrieb/betriebsstaettenart/code"),
    Feld("24", "Form des Gewerbes", "betrieb/gewerbeform/code"),
)

BEIBLATT: tuple[Zeile, ...] = (
    Feld("Z5", "Wirtschaftszweig", "taetigkeit/wzCode"),
    *teile("Z6", "Berichtigung", "berichtigung", "referenzUUID", "erlaeuterung"),
    *teile("Z7", "Zahlung", "zahlung", "betrag", "waehrung", "zahlungsart/code"),
    *teile("Z7", "Zahlung", "zahlung", "zahlungskennung", "kassenzeichen", "zahlungszeitpunkt"),
    Gruppe(
        "Anlage",
        "anlage",
        teile("Z8", "Anlage", "", "bezeichnung", "dateiname", "medientyp", "pruefsumme", "inhalt"),
    ),
    Feld("Z9", "Bemerkung", "bemerkung"),
)


def aufenthaltstitel(nr: str, auflage: str) -> tuple[Zeile, ...]:
    """A residence permit, and its condition."""
    return (
        *teile(nr, "Aufenthaltstitel", "aufenthaltstitel", "ausstellungsdatum", "behoerde"),
        Feld(auflage, "Auflage", "aufenthaltstitel/auflage"),
    )


def erlaubnis(nr: str) -> Zeile:
    """The licences that a trade may need."""
    return Gruppe(
        "Erlaubnis", "erlaubnis", teile(nr, "Erlaubnis", "", "ausstellungsdatum", "behoerde", "art")
    )


def handwerkskarte(nr: str) -> tuple[Zeile, ...]:
    """The entry in the register of craftsmen."""
    return teile(nr, "Handwerkskarte", "handwerkskarte", "ausstellungsdatum", "kammer", "rollennummer")


GEWA1 = Vordruck(
    "GewA1",
    "gewerbeanmeldung",
    (
        *inhaber(NATUERLICHE_PERSON + aufenthaltstitel("30", "31")),
        *BETRIEB,
        *anschrift("17", "Anschrift der früheren Betriebsstätte", "betrieb/fruehereBetriebsstaette"),
        Feld("18", "Angemeldete Tätigkeit", "taetigkeit/beschreibung"),
        Feld("19", "Nebenerwerb", "taetigkeit/nebenerwerb", read=wahrheitswert),
        Feld("20", "Datum des Beginns", "beginn"),
        *UMFANG,
        Feld("25", "Grund der Anmeldung", "grund/code"),
        Feld("26", "Früherer Gewerbetreibender", "fruehererInhaber"),
        *teile("27", "Unfallversicherung", "unfallversicherung", "traeger", "mitgliedsnummer"),
        erlaubnis("28"),
        *handwerkskarte("29"),
        *BEIBLATT,
    ),
)

GEWA2 = Vordruck(
    "GewA2",
    "gewerbeummeldung",
    (
        *inhaber(NATUERLICHE_PERSON + aufenthaltstitel("27", "28")),
        *BETRIEB,
        *anschrift("17", "Anschrift der früheren Betriebsstätte", "betrieb/fruehereBetriebsstaette"),
        Feld("18", "Neu ausgeübte Tätigkeit", "taetigkeit/beschreibung"),
        Feld("19", "Weiterhin ausgeübte Tätigkeit", "weiterhinAusgeuebt"),
        Feld("20", "Nebenerwerb", "taetigkeit/nebenerwerb", read=wahrheitswert),
        Feld("21", "Datum der Änderung", "aenderungsdatum"),
        Feld("22", "Art des Betriebs", "taetigkeit/betriebsart/code"),
        *teile("23", "Zahl der tätigen Personen", "beschaeftigte", "vollzeit", "teilzeit"),
        Feld("24", "Grund der Ummeldung", "grund/code"),
        erlaubnis("25"),
        *handwerkskarte("26"),
        Feld("Z12", "Betriebsstätte ist", "betrieb/betriebsstaettenart/code"),
        Feld("Z13", "Form des Gewerbes", "betrieb/gewerbeform/code"),
        *BEIBLATT,
    ),
)

GEWA3 = Vordruck(
    "GewA3",
    "gewerbeabmeldung",
    (
        *inhaber(
            NATUERLICHE_PERSON
            + teile(
                "Z10", "Aufenthaltstitel", "aufenthaltstitel", "ausstellungsdatum", "behoerde", "auflage"
            ),
        ),
        *BETRIEB,
        *anschrift("17", "Anschrift der künftigen Betriebsstätte", "kuenftigeBetriebsstaette"),
        Feld("18", "Abgemeldete Tätigkeit", "taetigkeit/beschreibung"),
        Feld("19", "Nebenerwerb", "taetigkeit/nebenerwerb", read=wahrheitswert),
        Feld("20", "Datum der Betriebsaufgabe", "ende"),
        *UMFANG,
        Feld("25", "Grund der Abmeldung", "grund/code"),
        Feld("27", "Künftiger Gewerbetreibender", "nachfolger"),
        Feld("28", "Ursache der Betriebsaufgabe", "ursache/code"),
        *anschrift("Z11", "Anschrift der früheren Betriebsstätte", "betrieb/fruehereBetriebsstaette"),
        *BEIBLATT,
    ),
)

WEITERLEITUNG = Vordruck(
    "Weiterleitung",
    "gewerbeweiterleitung",
    (
        *teile("Z14", "Empfangsstelle", "empfangsstelle", "art/code", "name", "kennung"),
        *teile("Z15", "Ursprungsnachricht", "ursprungsnachricht", "nachrichtenUUID", "art/code"),
        *teile("Z15", "Ursprungsnachricht", "ursprungsnachricht", "eingangsdatum", "bescheinigungsdatum"),
        Feld(
            "Z15", "Ursprungsnachricht", "ursprungsnachricht/berichtigung", "berichtigung", read=wahrheitswert
        ),
        Feld("Z16", "Anhaltspunkte", "anhaltspunkte"),
        Gruppe(GEWA1.name, "anmeldung", GEWA1.zeilen),
        Gruppe(GEWA2.name, "ummeldung", GEWA2.zeilen),
        Gruppe(GEWA3.name, "abmeldung", GEWA3.zeilen),
    ),
)
"""What is passed on to a receiving body: the excerpt has the paths of the message it comes from, and so its numbers."""
