"""The switch from one version of a standard to the next: at midnight in Berlin, in summer and in winter time."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from gateway.core.errors import Refused
from gateway.core.refusal import Refusal, RefusalCode
from gateway.core.tenants import Directory, Portal
from gateway.disk import DiskFloor
from gateway.intake import Intake
from gateway.texts import Language
from gateway.texts.refusals import explain
from schemas.library import SchemaLibrary
from tests.builders import FakeClock
from tests.unit.usecases.test_intake import NoStore

BUNDLES = Path(__file__).parents[3] / "schemas" / "bundles"
LIBRARY = SchemaLibrary.load([BUNDLES])
WINTER, SUMMER = timezone(timedelta(hours=1)), timezone(timedelta(hours=2))
DAY_OF_SWITCH = datetime(2026, 11, 1, tzinfo=WINTER)


def a_letter(version: str, kind: str = "anmeldung") -> bytes:
    return (BUNDLES / f"ab-meldewesen/{version}/samples/valid/{kind}-klein.xml").read_bytes()


def refused(content: bytes, moment: datetime) -> list[Refusal]:
    """What intake has against the version of a message that arrives at a moment."""
    with ThreadPoolExecutor(1) as threads:
        clock = FakeClock(moment.astimezone(UTC))
        intake = Intake(
            LIBRARY,
            Directory([], []),
            NoStore(),
            clock,
            disk=DiskFloor(Path(), 0),
            threads=threads,
            slow=threads,
        )
        objections = asyncio.run(intake.validate(content, Portal("p", ("*",)))).objections
    return [each for each in objections if each.code is RefusalCode.VERSION_NOT_SUPPORTED]


@pytest.mark.parametrize(
    ("moment", "taken"),
    [
        (datetime(2026, 4, 30, 23, 59, 59, 999_999, tzinfo=SUMMER), set()),
        (datetime(2026, 5, 1, tzinfo=SUMMER), {"1.0"}),
        (datetime(2026, 10, 31, 23, 59, 59, 999_999, tzinfo=WINTER), {"1.0"}),
        (DAY_OF_SWITCH, {"1.0", "1.1"}),
        (datetime(2027, 4, 30, 23, 59, 59, 999_999, tzinfo=SUMMER), {"1.0", "1.1"}),
        (datetime(2027, 5, 1, tzinfo=SUMMER), {"1.1"}),
    ],
    ids=lambda value: value.isoformat() if isinstance(value, datetime) else "+".join(sorted(value)) or "none",
)
def test_each_version_is_taken_from_its_first_midnight_to_its_last(moment: datetime, taken: set[str]) -> None:
    assert {version for version in ("1.0", "1.1") if not refused(a_letter(version), moment)} == taken


def test_too_early_says_from_when_and_what_is_valid_until_then() -> None:
    (refusal,) = refused(a_letter("1.1"), DAY_OF_SWITCH - timedelta(seconds=1))
    assert refusal.xinneres == "V000"
    assert refusal.facts == {
        "standard": "ab-meldewesen",
        "version": "1.1",
        "valid_from": "2026-11-01",
        "in_force": "1.0",
    }
    assert "erst ab 2026-11-01" in explain(refusal, Language.DE)
    assert "heute gültigen Version: 1.0." in explain(refusal, Language.DE)
    assert "not yet valid" in explain(refusal, Language.EN)


def test_too_late_says_until_when_and_what_is_valid_instead() -> None:
    (refusal,) = refused(a_letter("1.0"), datetime(2027, 5, 1, tzinfo=SUMMER))
    assert refusal.xinneres == "V000"
    assert refusal.facts == {
        "standard": "ab-meldewesen",
        "version": "1.0",
        "valid_until": "2027-04-30",
        "in_force": "1.1",
    }
    assert "galt bis 2027-04-30 und wird nicht mehr angenommen" in explain(refusal, Language.DE)
    assert "heute gültigen Version: 1.1." in explain(refusal, Language.DE)
    assert "no longer taken" in explain(refusal, Language.EN)


def test_a_new_kind_is_not_sent_back_to_a_version_that_lacks_it() -> None:
    (refusal,) = refused(a_letter("1.1", "ummeldung"), DAY_OF_SWITCH - timedelta(seconds=1))
    assert "in_force" not in refusal.facts
    assert "Senden Sie die Nachricht ab dann" in explain(refusal, Language.DE)
    assert "there is no such kind" in explain(refusal, Language.EN)


@pytest.mark.parametrize(
    ("old", "new", "code", "text"),
    [
        (
            b"meldewesen:1.1",
            b"meldewesen:2.0",
            RefusalCode.VERSION_NOT_SUPPORTED,
            "Eingerichtet sind: 1.0, 1.1",
        ),
        (
            b'version="1.1">',
            b'version="1.2">',
            RefusalCode.VERSION_NOT_SUPPORTED,
            "Der Namensraum gehört zur Version 1.1",
        ),
        (b"meldewesen:1.1", b"steuerwesen:1.1", RefusalCode.UNKNOWN_KIND, "kein Standard eingerichtet"),
        (
            b"ummeldung.0102",
            b"ummeldung.0199",
            RefusalCode.UNKNOWN_KIND,
            "keine eingerichtete Nachrichtenart",
        ),
        (b"meldewesen:1.1", b"meldewesen:1.0", RefusalCode.UNKNOWN_KIND, "es gibt sie in: 1.1"),
    ],
    ids=["unknown-version", "contradiction", "unknown-standard", "unknown-kind", "kind-of-another-version"],
)
def test_what_is_unknown_is_said_apart(old: bytes, new: bytes, code: RefusalCode, text: str) -> None:
    letter = a_letter("1.1", "ummeldung")
    assert old in letter
    with pytest.raises(Refused) as caught:
        LIBRARY.open(letter.replace(old, new))
    (refusal,) = caught.value.refusals
    assert refusal.code is code
    assert text in explain(refusal, Language.DE)
    assert explain(refusal, Language.EN) != explain(refusal, Language.DE)
