"""Findings: every broken rule by place, name and sentence, never by the value that broke it."""

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.core.errors import Refused
from gateway.core.refusal import Finding, RefusalCode
from schemas.library import SchemaLibrary
from schemas.rules import LIBXML2, TEXTS, sentences
from tests.unit.bundles.builders import BUNDLES as BUNDLES_OF_OURS
from tests.unit.schemas.builders import PERSON, a_library, a_message, a_person

LIBRARY = a_library()
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
P = "/p:probe.anmeldung.0101/person"
PARTS = "vorname | familienname | geschlecht | geburtsdatum | hunde | chip | hinweis | land | knoten | zaehlmarke | zusatz"
HEAD = "/p:probe.anmeldung.0101/nachrichtenkopf.g2g/identifikation.nachricht"


def findings(content: bytes) -> tuple[Finding, ...]:
    try:
        refusals = LIBRARY.check(LIBRARY.open(content), date(2026, 6, 1)).refusals
    except Refused as refused:
        refusals = refused.refusals
    return tuple(finding for refusal in refusals for finding in refusal.findings)


def places(content: bytes) -> list[tuple[str, str, str]]:
    return [(finding.path, finding.rule, finding.expected) for finding in findings(content)]


@pytest.mark.parametrize(
    ("person", "path", "rule", "expected"),
    [
        (PERSON.replace("Lena", ""), f"{P}/vorname", "cvc-min-length", "1"),
        (PERSON.replace("Lena", "L" * 21), f"{P}/vorname", "cvc-max-length", "20"),
        (PERSON.replace("Nowak", "N0wak"), f"{P}/familienname", "cvc-pattern", r"\p{L}+"),
        (PERSON.replace(">w<", ">x<"), f"{P}/geschlecht", "cvc-enumeration", "m | w | d"),
        (
            PERSON + "<geburtsdatum>gestern</geburtsdatum>",
            f"{P}/geburtsdatum",
            "cvc-datatype",
            "JJJJ-MM-TT / YYYY-MM-DD",
        ),
        (PERSON + "<hunde>viele</hunde>", f"{P}/hunde", "cvc-datatype", "int"),
        (PERSON + "<hunde>10</hunde>", f"{P}/hunde", "cvc-max-inclusive", "9"),
        (PERSON + "<hunde>-1</hunde>", f"{P}/hunde", "cvc-min-inclusive", "0"),
        (PERSON + "<hinweis>x</hinweis>", f"{P}/hinweis", "cvc-content", ""),
        (PERSON + "<hinweis><x/></hinweis>", f"{P}/hinweis/x", "cvc-content", ""),
        (PERSON + "<land>PL</land>", f"{P}/land", "cvc-fixed", "DE"),
        (PERSON + "<knoten>a b</knoten>", f"{P}/knoten", "cvc-datatype", "NCName"),
        (PERSON + "<zaehlmarke>b</zaehlmarke>", f"{P}/zaehlmarke", "cvc-pattern", "(a|aa)+"),
        (PERSON + "<fremd/>", f"{P}/fremd", "cvc-content", PARTS),
        ("<vorname>L</vorname><geschlecht>w</geschlecht>", f"{P}/geschlecht", "cvc-content", "familienname"),
        ("<vorname>L</vorname>", P, "cvc-content", "familienname"),
        ("frei" + PERSON, P, "cvc-content", ""),
        (
            f'{PERSON}<geburtsdatum {XSI} xsi:nil="true">2020-01-01</geburtsdatum>',
            f"{P}/geburtsdatum",
            "cvc-nil",
            "",
        ),
        (
            f'{PERSON}<geburtsdatum {XSI} xsi:type="x">2020-01-01</geburtsdatum>',
            f"{P}/geburtsdatum",
            "cvc-type",
            "",
        ),
        (PERSON + '<zusatz><x xmlns="urn:y"/></zusatz>', f"{P}/zusatz/x", "cvc-content", "…"),
    ],
)
def test_one_broken_rule(person: str, path: str, rule: str, expected: str) -> None:
    assert (path, rule, expected) in places(a_message(a_person(person)))


def test_attributes() -> None:
    assert places(a_message(a_person(attributes='rolle="x" neu="y"'))) == [
        (f"{P}/@rolle", "cvc-enumeration", "kind"),
        (f"{P}/@neu", "cvc-attribute-unknown", "rolle"),
    ]
    assert places(a_message(attributes="")) == [
        ("/p:probe.anmeldung.0101", "cvc-attribute-missing", "version")
    ]


def test_identity() -> None:
    twice = a_person(PERSON + "<chip>1</chip>") * 2
    assert places(a_message(twice)) == [(f"{P}[2]", "cvc-identity", "")]


def test_every_finding_at_once_with_position_and_line() -> None:
    found = findings(
        a_message(a_person() + "\n" + a_person(PERSON.replace("Lena", "").replace(">w<", ">x<")))
    )
    assert [(finding.path, finding.line) for finding in found] == [
        (f"{P}[2]/vorname", 13),
        (f"{P}[2]/geschlecht", 13),
    ]
    assert "vorname" in found[0].de
    assert "vorname" in found[0].en


def test_what_the_schemas_do_not_enforce() -> None:
    assert places(a_message(typ="0103")) == [(f"{HEAD}/nachrichtentyp/code", "nachrichtentyp-root", "0101")]
    ((path, rule, _),) = places(a_message(time="2026-06-01T08:00:00.123"))
    assert (path, rule) == (f"{HEAD}/erstellungszeitpunkt", "zeitpunkt-zone")
    assert findings(a_message(time="2026-06-01T08:00:00Z")) == ()
    assert [finding.rule for finding in findings(a_message(time="gestern"))] == ["cvc-datatype"]


@pytest.mark.parametrize(
    "person",
    [
        PERSON.replace("Nowak", "Groẞ"),
        PERSON + "<knoten>ẞa</knoten>",
        PERSON + "<zaehlmarke>aaaaaaa</zaehlmarke>",
    ],
    ids=["letter", "NCName", "pattern"],
)
def test_second_opinion_where_libxml2_is_wrong(person: str) -> None:
    assert findings(a_message(a_person(person))) == ()


def test_second_opinion_in_a_larger_document() -> None:
    content = a_message(a_person() * 500 + a_person(PERSON.replace("Nowak", "Groẞ")))
    assert len(content) > 32_000
    assert findings(content) == ()


def test_schema_location_is_not_followed() -> None:
    hint = f'version="1.0" {XSI} xsi:schemaLocation="urn:test:schema:probe:1.0 http://127.0.0.1:9/evil.xsd"'
    assert findings(a_message(attributes=hint)) == ()
    assert len(findings(a_message("<person/>", attributes=hint))) == 1


@pytest.mark.parametrize("count", [500, 16_000, 60_000])
@pytest.mark.parametrize("piece", ["<x/>", "<person><vorname/></person>"], ids=["unknown", "incomplete"])
def test_very_many_errors_are_answered_all_the_same(piece: str, count: int) -> None:
    found = findings(a_message(piece * count))
    assert 1 <= len(found) <= 100


def test_one_fault_behind_a_very_long_list() -> None:
    found = findings(a_message(a_person() * 30_000 + "<person/>"))
    assert [(finding.path, finding.rule) for finding in found] == [(f"{P}[30001]", "cvc-content")]


def test_a_wrong_list_is_explained_by_its_beginning() -> None:
    found = findings(a_message("<person><vorname/></person>" * 30_000))
    assert len(found) == 100
    assert [(finding.path, finding.rule, finding.expected) for finding in found[:2]] == [
        (f"{P}[1]", "cvc-content", "familienname"),
        (f"{P}[1]/vorname", "cvc-min-length", "1"),
    ]


def test_faults_before_and_behind_the_cut_of_a_long_list() -> None:
    wrong = a_person(PERSON.replace(">w<", ">x<"))
    found = places(a_message(wrong + a_person() * 5_000 + wrong + "<vermerk/>"))
    assert found == [
        (f"{P}[1]/geschlecht", "cvc-enumeration", "m | w | d"),
        (f"{P}[5002]/geschlecht", "cvc-enumeration", ""),
    ]


def test_very_many_attributes_are_answered() -> None:
    attributes = " ".join(f'a{number}="1"' for number in range(1_000))
    assert 1 <= len(findings(a_message(a_person(attributes=attributes)))) <= 100


def test_very_many_namespaces_are_answered() -> None:
    declarations = " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(30_000))
    content = a_message("<n5:x/>" * 30_000, attributes=f'version="1.0" {declarations}')
    assert 1 <= len(findings(content)) <= 100


def test_a_name_of_any_length_fits_on_a_line() -> None:
    (finding,) = findings(a_message(a_person(PERSON + f"<{'x' * 40_000}/>")))
    assert len(finding.path) + len(finding.de) < 500


CANARY = "Kanarienvogel7"
SPOTS: list[dict[str, str]] = [
    {"uuid": CANARY},
    {"typ": CANARY},
    {"time": CANARY},
    {"leser": CANARY},
    {"autor": CANARY},
    {"attributes": f'version="{CANARY}"'},
    {"attributes": f'version="1.0" neu="{CANARY}"'},
    {"body": CANARY},
    {"body": f"<person>{CANARY}</person>"},
    {"body": a_person(attributes=f'rolle="{CANARY}"')},
    {"body": a_person(attributes=f'neu="{CANARY}"')},
    {"body": a_person(attributes=f'{XSI} xsi:type="{CANARY}"')},
    {"body": a_person(PERSON + f"<chip>{CANARY}</chip>") * 2},
    {"body": a_person(PERSON + f'<zusatz><x xmlns="urn:{CANARY}">{CANARY}</x></zusatz>')},
    *(
        {"body": a_person(PERSON + f"<{name}>{CANARY} {CANARY}</{name}>")}
        for name in ("geburtsdatum", "hunde", "hinweis", "land", "knoten", "zaehlmarke", "zusatz", "fremd")
    ),
    *({"body": a_person(PERSON.replace(value, f">{CANARY * 3}<"))} for value in (">Lena<", ">Nowak<", ">w<")),
]


def said(content: bytes) -> str:
    """Everything that a refusal says."""
    try:
        return str(LIBRARY.check(LIBRARY.open(content), date(2026, 6, 1)))
    except Refused as refused:
        return str(refused) + str(refused.refusals)


@pytest.mark.parametrize("spot", SPOTS, ids=str)
@pytest.mark.parametrize("padding", ["", "<fremd/>" * 5_000], ids=["small", "large"])
def test_no_value_is_ever_quoted(spot: dict[str, str], padding: str) -> None:
    body = spot.get("body", a_person()) + padding
    text = said(a_message(**{**spot, "body": body}))
    assert "RefusalCode" in text
    assert CANARY not in text


@settings(max_examples=80)
@given(
    element=st.sampled_from(
        ["vorname", "familienname", "geschlecht", "geburtsdatum", "hunde", "land", "knoten"]
    ),
    value=st.text(st.sampled_from("0123456789-:.,;#+xyzÄß "), min_size=1, max_size=40).map(
        lambda rest: f"Qq{rest}qQ"
    ),
)
def test_no_generated_value_is_ever_quoted(element: str, value: str) -> None:
    assert value not in said(a_message(a_person(PERSON + f"<{element}>{value}</{element}>")))


def test_every_rule_has_its_sentences() -> None:
    for rule in {*LIBXML2.values(), *TEXTS}:
        de, en = sentences(rule, "vorname")
        assert de != en
        assert "{" not in de + en


def test_more_findings_than_are_listed_are_said_to_be_more() -> None:
    sample = BUNDLES_OF_OURS / "ab-meldewesen/1.0/samples/valid/anmeldung-klein.xml"
    before, end, _ = sample.read_bytes().partition(b"</nachrichtenkopf.g2g>")
    library = SchemaLibrary.load([BUNDLES_OF_OURS])
    for count, total, shown in ((3, "3", None), (150, "> 100", "100")):
        content = before + end + b"<falsch/>" * count + b"</mw:meldewesen.anmeldung.0101>"

        verdict = library.check(library.open(content), date(2026, 11, 2))

        refusal = next(each for each in verdict.refusals if each.code is RefusalCode.SCHEMA_INVALID)
        assert (refusal.facts["total"], refusal.facts.get("shown")) == (total, shown)
        assert len(refusal.findings) == min(count, 100)
        assert refusal.facts["root"] == "meldewesen.anmeldung.0101"


def test_what_may_not_be_blank_is_told_in_words() -> None:
    sample = BUNDLES_OF_OURS / "ab-meldewesen/1.1/samples/invalid/anmeldung-name-leerzeichen.xml"
    library = SchemaLibrary.load([BUNDLES_OF_OURS])
    (refusal,) = library.check(library.open(sample.read_bytes()), date(2026, 12, 1)).refusals
    (finding,) = refusal.findings
    assert finding.expected.startswith("Teil des Namens")
    assert finding.expected.endswith("nicht nur aus Leerzeichen.")


OF_OURS = SchemaLibrary.load([BUNDLES_OF_OURS])
SMALL = (BUNDLES_OF_OURS / "ab-meldewesen/1.0/samples/valid/anmeldung-klein.xml").read_text(encoding="utf-8")


def of_ours(old: str, new: str) -> tuple[Finding, ...]:
    """The findings against a small message of ours in which a first text is another."""
    assert old in SMALL
    document = OF_OURS.open(SMALL.replace(old, new, 1).encode())
    (refusal,) = OF_OURS.check(document, date(2026, 7, 1)).refusals
    return refusal.findings


def test_a_value_that_breaks_two_rules_is_told_by_the_better_one() -> None:
    time = re.search(r"<erstellungszeitpunkt>(.*?)</erstellungszeitpunkt>", SMALL)
    assert time
    (finding,) = of_ours(time[1], time[1][:23])
    assert (finding.rule, finding.de) == ("cvc-pattern", "Der Erstellungszeitpunkt nennt keine Zeitzone.")
    assert finding.expected.startswith("JJJJ-MM-TT")
    (finding,) = of_ours(time[1], "gestern")
    assert (finding.rule, finding.expected[:10]) == ("cvc-datatype", "JJJJ-MM-TT")


def test_a_pattern_is_told_in_the_words_of_the_schema() -> None:
    (finding,) = of_ours("<plz>15806</plz>", "<plz>1580</plz>")
    assert finding.expected == "Deutsche Postleitzahl, 5 Stellen. ([0-9]{5})"


def test_findings_follow_the_document() -> None:
    wrong = a_person(PERSON.replace(">w<", ">x<") + "<hunde>10</hunde>") + "\n" + a_person("<vorname/>")
    content = a_message(wrong, typ="0103")
    lines = [finding.line for finding in findings(content)]
    assert len(lines) == 5
    assert lines == sorted(lines, key=lambda line: line or 0)
    rules = [finding.rule for finding in findings(content)]
    assert rules == [
        "nachrichtentyp-root",
        "cvc-enumeration",
        "cvc-max-inclusive",
        "cvc-content",
        "cvc-min-length",
    ]
