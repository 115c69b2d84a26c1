"""An onward notice tells a body what § 3 GewAnzV gives it, and nothing else: each body, each form, each field."""

import re
from collections.abc import Iterator
from datetime import date

import pytest

from schemas.library import SchemaLibrary
from tests.unit.bundles.builders import BUNDLES

LIBRARY = SchemaLibrary.load([BUNDLES])
IN_FORCE = date(2026, 12, 1)
HEAD = (
    (BUNDLES / "ab-gewerbe/1.0/samples/valid/weiterleitung-klein.xml")
    .read_text(encoding="utf-8")
    .partition("  <empfangsstelle>")[0]
)
FORMS = {"anmeldung": "0301", "ummeldung": "0302", "abmeldung": "0303"}

ADDRESS = "<strasse>Weg</strasse><plz>15806</plz><ort>Zossen</ort>"
INLAND = f"<inland>{ADDRESS}</inland>"
PAPER = "<ausstellungsdatum>2020-01-01</ausstellungsdatum><{0}>Amt</{0}>"

FIELDS: dict[str, dict[str, int]] = {
    "anmeldung": {
        "registereintrag": 2,
        "geschlecht": 6,
        "geburtsname": 7,
        "geburt": 8,
        "staatsangehoerigkeit": 10,
        "anschrift": 11,
        "anzahlVertreter": 12,
        "betriebsstaette": 15,
        "hauptniederlassung": 16,
        "fruehereBetriebsstaette": 17,
        "taetigkeit": 18,
        "nebenerwerb": 19,
        "beginn": 20,
        "betriebsart": 21,
        "beschaeftigte": 22,
        "betriebsstaettenart": 23,
        "gewerbeform": 24,
        "grund": 25,
        "fruehererInhaber": 26,
        "unfallversicherung": 27,
        "erlaubnis": 28,
        "handwerkskarte": 29,
        "aufenthaltstitel": 30,
    },
    "ummeldung": {
        "registereintrag": 2,
        "geschlecht": 6,
        "geburtsname": 7,
        "geburt": 8,
        "staatsangehoerigkeit": 10,
        "anschrift": 11,
        "anzahlVertreter": 12,
        "betriebsstaette": 15,
        "hauptniederlassung": 16,
        "fruehereBetriebsstaette": 17,
        "taetigkeit": 18,
        "weiterhinAusgeuebt": 19,
        "nebenerwerb": 20,
        "aenderungsdatum": 21,
        "betriebsart": 22,
        "beschaeftigte": 23,
        "grund": 24,
        "erlaubnis": 25,
        "handwerkskarte": 26,
        "aufenthaltstitel": 27,
    },
    "abmeldung": {
        "registereintrag": 2,
        "geschlecht": 6,
        "geburtsname": 7,
        "geburt": 8,
        "staatsangehoerigkeit": 10,
        "anschrift": 11,
        "anzahlVertreter": 12,
        "hauptniederlassung": 16,
        "kuenftigeBetriebsstaette": 17,
        "taetigkeit": 18,
        "nebenerwerb": 19,
        "ende": 20,
        "betriebsart": 21,
        "beschaeftigte": 22,
        "betriebsstaettenart": 23,
        "gewerbeform": 24,
        "grund": 25,
        "nachfolger": 27,
        "ursache": 28,
    },
}
"""The number of each element on its form. Left out: `betriebsstaette` of an Abmeldung, because § 3 names 16 for the Eichamt there."""

ALL = frozenset(range(1, 34))


def without(*numbers: int | range) -> frozenset[int]:
    return ALL - only(*numbers)


def only(*numbers: int | range) -> frozenset[int]:
    return frozenset(
        each for number in numbers for each in (number if isinstance(number, range) else [number])
    )


def upto(first: int, last: int) -> range:
    return range(first, last + 1)


STATE_BODY = (
    without(10, 12, 13, upto(27, 31), 33),
    without(10, 12, 13, upto(25, 28), 30),
    without(10, 12, 13, 28, 30),
)
STATISTICS = upto(1, 5), 12, upto(15, 17)
GIVEN: dict[str, tuple[frozenset[int] | None, ...]] = {
    "IHK": (without(13, 27, upto(29, 31), 33), without(13, upto(26, 28), 30), without(13, 30)),
    "HWK": (without(13, 27, 30, 31, 33), without(13, 27, 28, 30), without(13, 30)),
    "IMMISSION": STATE_BODY,
    "ARBEIT": STATE_BODY,
    "LEBENSMITTEL": STATE_BODY,
    "EICHAMT": (
        only(1, upto(3, 5), 11, 14, 15, 18, 20),
        only(1, upto(3, 5), 11, 14, 15, 18, 19, 21),
        only(1, upto(3, 5), 11, 14, 16, 18, 20),
    ),
    "BA": (without(13, 27, 33), without(13, 30), without(10, upto(12, 19), upto(21, 30))),
    "BG": (without(12, 28, 30, 31, 33), without(12, 25, 27, 28, 30), without(12, 30)),
    "ZOLL": (without(13, 27, 33), None, None),
    "REGISTER": (None, None, without(upto(8, 10), upto(12, 14), 16, 21, 22, 24, upto(28, 30))),
    "STATISTIK": (
        only(*STATISTICS, 6, 10, upto(18, 25), 29, 32),
        only(*STATISTICS, 6, 10, upto(18, 24), 26, 29),
        only(*STATISTICS, 6, 10, upto(18, 26), 28, 29),
    ),
    "FINANZAMT": (ALL, ALL, ALL),
}
"""The fields that § 3 Abs. 1 to 3 GewAnzV gives a body, for GewA 1, 2 and 3; None: it does not get this form."""


def cases() -> Iterator[tuple[str, str, frozenset[int] | None]]:
    for body, given in GIVEN.items():
        for form, fields in zip(FORMS, given, strict=True):
            yield body, form, fields


@pytest.mark.parametrize(("body", "form", "given"), list(cases()))
def test_a_body_gets_its_fields(body: str, form: str, given: frozenset[int] | None) -> None:
    verdict = LIBRARY.check(LIBRARY.open(notice(body, form).encode()), IN_FORCE)
    findings = [finding for refusal in verdict.refusals for finding in refusal.findings]
    assert {finding.rule.partition(":")[0] for finding in findings} <= {"schematron"}
    refused = {last(finding.path) for finding in findings if finding.rule.endswith("nicht-fuer-diese-stelle")}
    if given is None:
        assert {"schematron:register-nur-abmeldung", "schematron:zoll-nur-anmeldung"} & {
            finding.rule for finding in findings
        }
    else:
        expected = {name for name, number in FIELDS[form].items() if number not in given}
        assert within(refused) == within(expected)


def within(names: set[str]) -> set[str]:
    """What lies in an element that is refused as a whole need not be refused once more."""
    return names - {"nebenerwerb", "betriebsart"} if "taetigkeit" in names else names


def last(path: str) -> str:
    return re.sub(r"\[\d+\]", "", path).rpartition("/")[2]


def notice(body: str, form: str) -> str:
    """A notice with every field that the form has."""
    hints = "<anhaltspunkte>Hinweis</anhaltspunkte>" if body == "ZOLL" else ""
    return (
        f'{HEAD}<empfangsstelle><art listVersionID="1"><code>{body}</code></art></empfangsstelle>'
        f"<ursprungsnachricht><nachrichtenUUID>4c1ff3a2-6d0e-4f0c-9a53-1b0a5a7f0e11</nachrichtenUUID>"
        f"<art><code>{FORMS[form]}</code></art><eingangsdatum>2026-06-12</eingangsdatum></ursprungsnachricht>"
        f"{hints}<{form}>{company(form)}{premises(form)}{ACTIVITY}{REST[form]}</{form}>"
        "</gew:gewerbe.weiterleitung.0311>"
    )


def company(form: str) -> str:
    title = PAPER.format("behoerde") if form != "abmeldung" else ""
    return (
        "<betriebsinhaber><unternehmen><name>Muster GmbH</name>"
        '<rechtsform listVersionID="1"><code>GMBH</code></rechtsform>'
        "<registereintrag><registergericht>G1103</registergericht><registernummer>HRB 1</registernummer></registereintrag>"
        "<anzahlVertreter>1</anzahlVertreter><vertreter>"
        "<name><familienname>Muster</familienname><geburtsname>Probe</geburtsname><vornamen>Max</vornamen></name>"
        "<geburt><geburtsdatum>1990-01-01</geburtsdatum></geburt><geschlecht><code>m</code></geschlecht>"
        '<staatsangehoerigkeit listVersionID="2025-01-01"><code>000</code></staatsangehoerigkeit>'
        f"<anschrift>{INLAND}</anschrift>"
        + (f"<aufenthaltstitel>{title}</aufenthaltstitel>" if title else "")
        + "</vertreter></unternehmen></betriebsinhaber>"
    )


def premises(form: str) -> str:
    own = f"<betriebsstaette>{ADDRESS}</betriebsstaette>" if form != "abmeldung" else ""
    former = f"<fruehereBetriebsstaette>{INLAND}</fruehereBetriebsstaette>" if form != "abmeldung" else ""
    sort = (
        "<betriebsstaettenart><code>HN</code></betriebsstaettenart><gewerbeform><code>ST</code></gewerbeform>"
    )
    return (
        f"<betrieb>{own}<hauptniederlassung>{INLAND}</hauptniederlassung>{former}"
        f"{sort if form != 'ummeldung' else ''}</betrieb>"
    )


ACTIVITY = (
    "<taetigkeit><beschreibung>Verkauf von Blumen</beschreibung><betriebsart><code>H</code></betriebsart>"
    "<nebenerwerb>false</nebenerwerb></taetigkeit>"
)
STAFF = "<beschaeftigte><vollzeit>1</vollzeit><teilzeit>0</teilzeit></beschaeftigte>"
PERMITS = f"<erlaubnis>{PAPER.format('behoerde')}</erlaubnis><handwerkskarte>{PAPER.format('kammer')}</handwerkskarte>"
REST = {
    "anmeldung": f"<beginn>2026-07-01</beginn>{STAFF}<grund><code>NE</code></grund>"
    f"<fruehererInhaber>Otto</fruehererInhaber>{PERMITS}"
    "<unfallversicherung><traeger>BG</traeger></unfallversicherung>",
    "ummeldung": "<weiterhinAusgeuebt>Pflege</weiterhinAusgeuebt><aenderungsdatum>2026-07-01</aenderungsdatum>"
    f"{STAFF}<grund><code>ET</code></grund>{PERMITS}",
    "abmeldung": f"<ende>2026-07-01</ende>{STAFF}<grund><code>VA</code></grund><ursache><code>SO</code></ursache>"
    f"<kuenftigeBetriebsstaette>{INLAND}</kuenftigeBetriebsstaette><nachfolger>Otto</nachfolger>",
}
