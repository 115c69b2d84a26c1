"""A bundle with Schematron: from `bundle.toml` to refusals and warnings, in any number of threads."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.core.errors import ConfigurationInvalid
from gateway.core.refusal import RefusalCode, Verdict
from schemas.door import DEFAULT_LIMITS
from schemas.forms import FormCache
from schemas.library import SchemaLibrary
from schemas.live import LiveLibrary, Reading
from schemas.schematron.findings import FAILED
from tests.unit.schemas.builders import BUNDLES, a_message, a_person
from tests.unit.schemas.schematron.builders import a_pattern, a_rule, a_schema, an_assert

DAY = date(2026, 6, 1)
SCHEMA = a_schema(
    a_pattern(
        a_rule(
            "person",
            an_assert(
                "chip", "chip or not(hunde)", "Ein Hund von <sch:value-of select='vorname'/> hat keinen Chip."
            ),
            an_assert("hunde", "not(hunde > 5)", "Viele Hunde.", 'role="warning" subject="hunde"'),
        )
    ),
    'xml:lang="de"',
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BUNDLES, tmp_path / "bundles"))


def with_rules(folder: Path, schema: str, entry: str = 'file = "rules/probe.sch"') -> SchemaLibrary:
    (folder / "probe/1.0/rules").mkdir()
    (folder / "probe/1.0/rules/probe.sch").write_text(schema, encoding="utf-8")
    path = folder / "probe/1.0/bundle.toml"
    path.write_text(path.read_text() + f"\n[[schematron]]\n{entry}\n")
    return SchemaLibrary.load([folder], trusted=[folder])


def judged(library: SchemaLibrary, *persons: str, day: date = DAY) -> Verdict:
    content = a_message("".join(a_person(a_body(each)) for each in persons))
    return library.check(library.open(content), day)


def a_body(extra: str) -> str:
    return f"<vorname>Lena</vorname><familienname>Nowak</familienname><geschlecht>w</geschlecht>{extra}"


def test_refusals_and_warnings(folder: Path) -> None:
    library = with_rules(folder, SCHEMA)
    assert judged(library, "<hunde>1</hunde><chip>a</chip>") == Verdict()
    verdict = judged(library, "<hunde>1</hunde>", "<hunde>7</hunde><chip>b</chip>")
    (refusal,) = verdict.refusals
    assert refusal.code == RefusalCode.RULE_BROKEN
    (found,) = refusal.findings
    assert (found.path, found.rule, found.line) == (
        "/p:probe.anmeldung.0101/person[1]",
        "schematron:chip",
        12,
    )
    assert found.de == found.en == "Ein Hund von … hat keinen Chip."
    assert [(each.rule, each.path, each.found) for each in verdict.warnings] == [
        ("schematron:hunde", "/p:probe.anmeldung.0101/person[2]/hunde", "9")
    ]
    assert "Lena" not in str(verdict)


def test_where_the_schema_refuses_nothing_is_said_of_how_fields_relate(folder: Path) -> None:
    verdict = judged(with_rules(folder, SCHEMA), "<hunde>1</hunde>", "<hunde>11</hunde>")
    codes = {refusal.code: [found.path[-9:] for found in refusal.findings] for refusal in verdict.refusals}
    assert codes == {RefusalCode.SCHEMA_INVALID: ["[2]/hunde"]}
    assert verdict.warnings == ()


def test_on_other_days_the_rules_do_not_speak(folder: Path) -> None:
    verdict = judged(with_rules(folder, SCHEMA), "<hunde>1</hunde>", day=date(2030, 1, 1))
    assert [refusal.code for refusal in verdict.refusals] == [RefusalCode.VERSION_NOT_SUPPORTED]


def test_many_warnings_hide_no_refusal(folder: Path) -> None:
    persons = ["<hunde>7</hunde><chip>c</chip>"] * 300
    verdict = judged(
        with_rules(folder, SCHEMA),
        *(p.replace(">c<", f">c{n}<") for n, p in enumerate(persons)),
        "<hunde>1</hunde>",
    )
    assert [len(refusal.findings) for refusal in verdict.refusals] == [1]
    assert len(verdict.warnings) == 100


def test_a_schema_that_fails_refuses_what_it_was_to_judge(folder: Path) -> None:
    schema = a_schema(a_pattern(a_rule("person", an_assert("1", "contains(vorname)"))))
    library = with_rules(folder, schema)
    with capture_logs() as logs:
        verdict = judged(library, "")
    assert [found.rule for refusal in verdict.refusals for found in refusal.findings] == [FAILED]
    assert [(each["event"], Path(each["file"]).name) for each in logs] == [("schematron_failed", "probe.sch")]
    # Of what is refused anyway nothing more is said.
    broken = judged(library, "<hunde>99</hunde>")
    assert [refusal.code for refusal in broken.refusals] == [RefusalCode.SCHEMA_INVALID]


@pytest.mark.parametrize(
    ("entry", "line", "cause"),
    [
        ('file = "rules/anders.sch"', 31, "'anders.sch' is missing"),
        ('file = "../../../../geheim.sch"', 31, "outside the bundle"),
        ('file = "rules/probe.sch"\nphase = "fehlt"', 31, "no phase 'fehlt'"),
        ('file = "rules/probe.sch"\nseverity = "schlimm"', 32, "schematron.0.severity"),
        ('datei = "rules/probe.sch"', 31, "'schematron.0.datei' is unknown"),
    ],
)
def test_faults_of_the_description(folder: Path, entry: str, line: int, cause: str) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        with_rules(folder, SCHEMA, entry)
    (problem, *_) = [each for each in caught.value.problems if cause in each.en]
    assert (Path(problem.file).name, problem.line) == ("bundle.toml", line)


def test_a_changed_schema_makes_another_bundle(folder: Path) -> None:
    before = with_rules(folder, SCHEMA)
    path = folder / "probe/1.0/rules/probe.sch"
    assert SchemaLibrary.load([folder], trusted=[folder]).bundles == before.bundles
    path.write_text(path.read_text().replace("> 5", "> 6"))
    assert SchemaLibrary.load([folder], trusted=[folder]).bundles != before.bundles


def test_threads_do_not_mix_up_their_documents(folder: Path) -> None:
    library = with_rules(folder, SCHEMA)
    cases = [(n, [*[""] * n, "<hunde>1</hunde>"]) for n in (0, 1, 5, 40)]

    def run(number: int) -> bool:
        before, persons = cases[number % len(cases)]
        (refusal,) = judged(library, *persons).refusals
        position = f"[{before + 1}]" if before else ""
        return [found.path.rpartition("/")[2] for found in refusal.findings] == [f"person{position}"]

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert all(pool.map(run, range(400)))


def test_rules_that_do_not_compile_are_not_taken_up_by_who_applies_them(folder: Path, tmp_path: Path) -> None:
    applies = LiveLibrary(Reading.of([folder]), DEFAULT_LIMITS, FormCache(tmp_path / "cache", quiet=True))
    applies.warm()
    schema = a_schema(a_pattern(a_rule("person", an_assert("1", "gibt-es-nicht(.)"))), 'queryBinding="xslt2"')
    with_rules(folder, schema)
    with capture_logs() as logs:
        assert not applies.renew()
    (told,) = logs
    assert told["event"] == "schemas_not_taken_up"
    assert "probe.sch:3" in told["problems"][0]
    document = applies.open(a_message())
    assert applies.check(document, DAY).refusals == ()
