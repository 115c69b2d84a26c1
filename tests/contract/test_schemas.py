"""Contract of the Schemas port: what intake and the worker rely on."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from gateway.core.errors import Refused
from gateway.core.ports import IntakeSchemas
from gateway.core.refusal import RefusalCode
from schemas.library import SchemaLibrary

BUNDLES = Path(__file__).parents[2] / "schemas" / "bundles"
SAMPLES = BUNDLES / "ab-meldewesen" / "1.0" / "samples"
VALID = (SAMPLES / "valid" / "anmeldung-voll.xml").read_bytes()
IN_FORCE = date(2026, 7, 1)

IMPLEMENTATIONS: dict[str, Callable[[], IntakeSchemas]] = {"library": lambda: SchemaLibrary.load([BUNDLES])}


@pytest.fixture(params=IMPLEMENTATIONS)
def schemas(request: pytest.FixtureRequest) -> IntakeSchemas:
    return IMPLEMENTATIONS[request.param]()


def test_a_valid_message_opens_with_its_facts(schemas: IntakeSchemas) -> None:
    document = schemas.open(VALID)
    assert document.content == VALID
    assert document.kind.service == "registration/anmeldung"
    assert document.kopf.leser.praefix == "ags"
    assert document.root.name == document.kind.root == "meldewesen.anmeldung.0101"
    assert document.root.text("nachrichtenkopf.g2g/leser/kennung") == document.kopf.leser.kennung
    assert schemas.check(document, IN_FORCE).refusals == ()


def test_an_old_message_opens_whatever_the_day_but_is_not_in_force(schemas: IntakeSchemas) -> None:
    (refusal,) = schemas.check(schemas.open(VALID), date(2020, 1, 1)).refusals
    assert refusal.code == RefusalCode.VERSION_NOT_SUPPORTED


def test_an_invalid_message_opens_and_is_refused_by_check_alone(schemas: IntakeSchemas) -> None:
    document = schemas.open((SAMPLES / "invalid" / "anmeldung-plz-vierstellig.xml").read_bytes())
    (refusal,) = schemas.check(document, IN_FORCE).refusals
    assert refusal.code == RefusalCode.SCHEMA_INVALID
    (finding,) = refusal.findings
    assert finding.path.endswith("/anschrift/plz")
    assert finding.de
    assert finding.en
    assert finding.expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", RefusalCode.NOT_WELL_FORMED),
        (b"<a/>", RefusalCode.UNKNOWN_KIND),
        (b"<!DOCTYPE a><a/>", RefusalCode.DOCTYPE_FORBIDDEN),
        (VALID.replace(b"UTF-8", b"ISO-8859-1", 1), RefusalCode.NOT_UTF8),
        (VALID.replace(b"meldewesen:1.0", b"meldewesen:0.9"), RefusalCode.VERSION_NOT_SUPPORTED),
        (VALID.replace(b"kennung>", b"kenung>"), RefusalCode.HEADER_INCOMPLETE),
    ],
)
def test_what_cannot_be_opened_is_refused_with_its_reason(
    schemas: IntakeSchemas, content: bytes, code: RefusalCode
) -> None:
    with pytest.raises(Refused) as caught:
        schemas.open(content)
    assert caught.value.refusals[0].code == code


def test_a_glance_says_what_opening_and_checking_say(schemas: IntakeSchemas) -> None:
    opened = schemas.open(VALID)
    checked = schemas.check(opened, IN_FORCE)
    document, verdict = schemas.glance(VALID, IN_FORCE) or (None, None)
    assert document is not None
    assert (document.kind, document.kopf) == (opened.kind, opened.kopf)
    assert verdict == checked


def test_a_glance_that_has_something_to_say_waits_until_its_places_are_known(schemas: IntakeSchemas) -> None:
    warned = min(BUNDLES.glob("*/*/samples/warned/*.xml")).read_bytes()
    in_force = date(2026, 12, 1)
    assert schemas.glance(warned, in_force) is None
    verdict = schemas.check(schemas.open(warned), in_force)
    assert all(finding.anchor for finding in verdict.warnings)
    again = schemas.glance(warned, in_force)
    assert again is not None
    assert again[1] == verdict


def test_a_glance_refuses_what_is_refused_at_the_door(schemas: IntakeSchemas) -> None:
    with pytest.raises(Refused) as caught:
        schemas.glance(b"<a/>", IN_FORCE)
    assert [each.code for each in caught.value.refusals] == [RefusalCode.UNKNOWN_KIND]


@pytest.mark.parametrize(
    "content", [VALID.replace(b"<plz>", b"<plz>x", 1), VALID.replace(b"kennung>", b"kenung>")]
)
def test_a_glance_explains_nothing(schemas: IntakeSchemas, content: bytes) -> None:
    assert schemas.glance(content, IN_FORCE) is None


def test_many_threads_use_it_at_once(schemas: IntakeSchemas) -> None:
    invalid = VALID.replace(b"<plz>", b"<plz>x", 1)

    def run(number: int) -> int:
        refusals = schemas.check(schemas.open(invalid if number % 2 else VALID), IN_FORCE).refusals
        return sum(len(refusal.findings) for refusal in refusals)

    with ThreadPoolExecutor(max_workers=6) as pool:
        assert list(pool.map(run, range(60))) == [0, 1] * 30
