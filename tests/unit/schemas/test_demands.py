"""Rules of a bundle: where they apply, what they say, and that they never quote a value."""

import os
import unicodedata
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest
from lxml import etree
from pydantic import ValidationError

from gateway.core.refusal import Finding, RefusalCode, Verdict
from schemas.codelists import SENTENCES as CODE_SENTENCES
from schemas.codelists import CodeListEntry
from schemas.demand_texts import SENTENCES
from schemas.demands import REGISTERS, RULES, Circumstances, RuleEntry, misplaced
from schemas.genericode import CodeList, read_genericode
from schemas.library import SchemaLibrary
from schemas.scrutiny import Material, Scrutiny

BUNDLES = Path(__file__).parents[3] / "schemas" / "bundles"
TODAY = date(2026, 7, 1)
ALL_IN_FORCE = date(2026, 12, 1)
ROOT = Path(__file__).parents[3]
REFERENCE = Path(os.environ.get("AMTSBOTE_REFERENCE") or ROOT.parent / "shared" / "reference")
REAL_LISTS = sorted(REFERENCE.glob("xwasser-*/crates/codelists/data/*/*.xml"))
DOC = Path(__file__).parents[3] / "docs" / "schemas-rules.md"


def a_rule(path: str, rule: str, **more: object) -> RuleEntry:
    return RuleEntry.model_validate({"path": path, "rule": rule, **more})


def judged(
    content: str, *rules: RuleEntry, test: bool = False, known: Sequence[Finding] = (), on: date = TODAY
) -> Verdict:
    return Scrutiny(Material(rules)).judge(etree.fromstring(content), Circumstances(on, test), known)


def paths(verdict: Verdict) -> list[str]:
    return [finding.path for refusal in verdict.refusals for finding in refusal.findings]


def test_a_rule_applies_wherever_its_path_ends() -> None:
    content = "<a><b><ags>1</ags></b><ags>12072477</ags><c><ags>2</ags><ags> 3 </ags><ags/></c></a>"
    assert paths(judged(content, a_rule("ags", "ags"))) == ["/a/b/ags", "/a/c/ags[1]", "/a/c/ags[2]"]
    assert paths(judged(content, a_rule("b/ags", "ags"))) == ["/a/b/ags"]
    assert paths(judged(content, a_rule("/a/b/ags", "ags"))) == ["/a/b/ags"]
    assert paths(judged(content, a_rule("/b/ags", "ags"))) == []


def test_namespaces_do_not_matter_and_attributes_can_be_meant() -> None:
    content = '<p:a xmlns:p="urn:p"><p:b ags="1"/><b ags="12072477"/><b/></p:a>'
    assert paths(judged(content, a_rule("b/@ags", "ags"))) == ["/p:a/p:b/@ags"]


def test_an_error_refuses_and_a_warning_does_not() -> None:
    content = "<a><iban>DE89370400440532013001</iban></a>"
    refused = judged(content, a_rule("iban", "iban"))
    assert [refusal.code for refusal in refused.refusals] == [RefusalCode.RULE_BROKEN]
    assert refused.refusals[0].xinneres == "X002"
    assert refused.warnings == ()
    warned = judged(content, a_rule("iban", "iban", severity="warning"))
    assert warned.refusals == ()
    assert [finding.rule for finding in warned.warnings] == ["iban"]
    assert "0532013001" not in str(refused) + str(warned)


def test_what_the_schema_has_said_is_not_said_twice() -> None:
    content = "<a><iban>DE1</iban></a>"
    (refusal,) = judged(content, a_rule("iban", "iban")).refusals
    assert judged(content, a_rule("iban", "iban"), known=refusal.findings) == Verdict()


def test_a_number_for_tests_belongs_into_test_messages_alone() -> None:
    content = "<a><idnr>01234567888</idnr></a>"
    (refusal,) = judged(content, a_rule("idnr", "idnr")).refusals
    assert [finding.rule for finding in refusal.findings] == ["idnr-test"]
    assert judged(content, a_rule("idnr", "idnr"), test=True) == Verdict()
    assert judged("<a><idnr>01234567889</idnr></a>", a_rule("idnr", "idnr"), test=True).refusals


@pytest.mark.parametrize(
    ("rule", "days", "good", "bad"),
    [
        ("datum-nicht-kuenftig", 0, "2026-07-01", "2026-07-02"),
        ("datum-nicht-vergangen", 0, "2026-07-01", "2026-06-30"),
        ("datum-hoechstens-vor", 14, "2026-06-17", "2026-06-16"),
        ("datum-hoechstens-in", 7, "2026-07-08+02:00", "2026-07-09+02:00"),
    ],
)
def test_dates_are_judged_on_the_day(rule: str, days: int, good: str, bad: str) -> None:
    entry = a_rule("tag", rule, days=days)
    assert judged(f"<a><tag>{good}</tag></a>", entry) == Verdict()
    assert judged(f"<a><tag>{bad}</tag></a>", entry).refusals
    assert judged("<a><tag>morgen</tag></a>", entry) == Verdict()


def test_a_deadline_of_the_reader_counts_in_place_of_the_days() -> None:
    entry = a_rule("tag", "datum-hoechstens-vor", days=14, deadline="anmeldung", severity="warning")
    content = etree.fromstring("<a><tag>2026-06-10</tag></a>")

    def warned(**deadlines: int) -> list[Finding]:
        at = Circumstances(TODAY, test=False, deadlines=deadlines)
        return list(Scrutiny(Material((entry,))).judge(content, at, ()).warnings)

    (finding,) = warned()
    assert "14 Tage" in finding.de
    assert "14 days" in finding.expected
    (finding,) = warned(anmeldung=20, abmeldung=90)
    assert "20 Tage" in finding.de
    assert "20 days" in finding.en
    assert warned(anmeldung=21) == []


@pytest.mark.parametrize("setting", ["days", "deadline", "unknown"])
def test_settings_belong_to_rules_that_know_them(setting: str) -> None:
    value = {"days": 3, "deadline": "anmeldung", "unknown": "warn"}[setting]
    wrong = a_rule("tag", "datum-nicht-kuenftig", **{setting: value})
    right = a_rule("tag", "ags" if setting == "unknown" else "datum-hoechstens-in", **{setting: value})
    assert list(misplaced([right, wrong])) == [(1, setting)]


def test_no_more_than_a_hundred_findings() -> None:
    content = f"<a>{'<ags>1</ags>' * 5_000}</a>"
    # One more than is listed, so that a refusal can say that there are more.
    assert len(paths(judged(content, a_rule("ags", "ags")))) == 101


@pytest.mark.parametrize("path", ["", "/", "a//b", "@ags", "a[1]", "a/@b/c", "*", "p:a"])
def test_a_path_is_local_names(path: str) -> None:
    with pytest.raises(ValidationError):
        a_rule(path, "ags")


def test_an_unknown_rule_is_told_with_the_known_ones() -> None:
    with pytest.raises(ValidationError, match="leitweg-id"):
        a_rule("a", "steuernummer")


def test_every_sentence_is_there_in_both_languages() -> None:
    for text in SENTENCES.values():
        assert text.de != text.en
        assert "{name}" in text.de
        assert "{name}" in text.en


def test_the_documentation_lists_every_rule_and_every_finding() -> None:
    text = DOC.read_text(encoding="utf-8")
    assert [name for name in (*RULES, *SENTENCES, *CODE_SENTENCES) if f"`{name}`" not in text] == []


def test_every_rule_of_our_bundles_is_met_by_a_sample() -> None:
    library = SchemaLibrary.load([BUNDLES])
    for path in BUNDLES.glob("*/*/bundle.toml"):
        contents = [each.read_bytes() for each in path.parent.glob("samples/valid/*.xml")]
        assert contents
        for content in contents:
            assert library.check(library.open(content), ALL_IN_FORCE).refusals == ()


LETTER = (BUNDLES / "ab-finanzen/1.0/samples/valid/sepamandat-voll.xml").read_text(encoding="utf-8")
LIBRARY = SchemaLibrary.load([BUNDLES])


@pytest.mark.parametrize(
    ("good", "bad", "rule"),
    [
        ("DE89370400440532013000", "DE89370400440532013001", "iban"),
        ("DE98ZZZ09999999999", "DE98ZZZ09999999998", "glaeubiger-id"),
    ],
)
def test_a_wrong_check_digit_in_a_real_letter(good: str, bad: str, rule: str) -> None:
    assert good in LETTER
    verdict = LIBRARY.check(LIBRARY.open(LETTER.replace(good, bad).encode()), TODAY)
    (refusal,) = verdict.refusals
    assert refusal.code == RefusalCode.RULE_BROKEN
    assert {finding.rule for finding in refusal.findings} == {rule}
    assert all(finding.line and finding.expected for finding in refusal.findings)
    assert bad not in str(verdict)


# --- official lists --------------------------------------------------------------------------------------

KEYS = {"ags": ("12072477", "12072478"), "ars": ("120720477477", "120720478478")}


def with_register(
    rule: str, value: str, *versions: tuple[str, ...], declared: bool = False, **more: object
) -> Verdict:
    lists = [
        CodeList(REGISTERS[rule], str(number), "Verzeichnis", frozenset(codes))
        for number, codes in enumerate(versions)
    ]
    entries = tuple((CodeListEntry(uri=each.uri, version=each.version), each) for each in lists)
    material = Material((a_rule("k", rule, **more),), lists=entries) if declared else None
    material = material or Material((a_rule("k", rule, **more),), installed=tuple(lists))
    content = etree.fromstring(f"<a><k>{value}</k></a>")
    return Scrutiny(material).judge(content, Circumstances(TODAY, test=False), ())


@pytest.mark.parametrize("rule", KEYS)
@pytest.mark.parametrize("declared", [False, True])
def test_a_key_that_was_never_given_is_a_warning(rule: str, declared: bool) -> None:
    known, made_up = KEYS[rule]
    assert with_register(rule, known, (known,), declared=declared) == Verdict()
    assert with_register(rule, known, (known,), ("x",), declared=declared) == Verdict()
    verdict = with_register(rule, made_up, (known,), declared=declared)
    assert verdict.refusals == ()
    (finding,) = verdict.warnings
    assert (finding.rule, finding.path) == (f"{rule}-unbekannt", "/a/k")
    assert made_up not in str(verdict)


@pytest.mark.parametrize("rule", KEYS)
def test_the_bundle_says_what_an_unknown_key_means(rule: str) -> None:
    known, made_up = KEYS[rule]
    (refusal,) = with_register(rule, made_up, (known,), unknown="refuse", severity="warning").refusals
    assert refusal.code == RefusalCode.RULE_BROKEN
    assert with_register(rule, made_up, (known,), unknown="ignore") == Verdict()
    assert with_register(rule, made_up) == Verdict()
    # What is no key at all is another matter.
    (refusal,) = with_register(rule, "1", (known,), unknown="ignore").refusals
    assert [finding.rule for finding in refusal.findings] == [rule]


def test_the_unknown_place_is_in_every_list() -> None:
    assert with_register("ags", "99999999", ("12072477",), unknown="refuse") == Verdict()


@pytest.mark.skipif(not REAL_LISTS, reason=f"no reference files in {REFERENCE} (AMTSBOTE_REFERENCE)")
@pytest.mark.parametrize(
    ("rule", "start", "places"),
    [
        ("ags", "AGS_", ("12072477", "12060280", "12062224", "12060181", "12065084", "12061329", "12052000")),
        ("ars", "Regionalschlüssel_", ("120720477477", "120600280280", "120530000000")),
    ],
)
def test_real_places_are_in_the_real_lists(rule: str, start: str, places: Sequence[str]) -> None:
    (path,) = [each for each in REAL_LISTS if unicodedata.normalize("NFC", each.name).startswith(start)]
    found = read_genericode(path.read_bytes())
    assert found.uri == REGISTERS[rule]
    for place in places:
        assert with_register(rule, place, tuple(found.codes), unknown="refuse") == Verdict()
    made_up = places[0].replace("477", "479")
    assert with_register(rule, made_up, tuple(found.codes)).warnings
