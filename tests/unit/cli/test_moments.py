"""When people mean what they say at a terminal."""

from datetime import UTC, datetime, timedelta

import pytest
import typer

from gateway.cli.moments import moment
from tests.builders import NOON


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("90m", NOON + timedelta(minutes=90)),
        ("2h", NOON + timedelta(hours=2)),
        ("3d", NOON + timedelta(days=3)),
        ("2026-11-02T13:30", datetime(2026, 11, 2, 12, 30, tzinfo=UTC)),
        ("2027-07-01T12:00", datetime(2027, 7, 1, 10, 0, tzinfo=UTC)),
        ("2026-11-02T13:30Z", datetime(2026, 11, 2, 13, 30, tzinfo=UTC)),
    ],
)
def test_what_is_meant(written: str, meant: datetime) -> None:
    assert moment(written, NOON) == meant


@pytest.mark.parametrize("written", ["", "soon", "0h", "2", "-2h", "2w", "2026-11-02T11:00Z", "2026-11-01"])
def test_what_nobody_can_mean(written: str) -> None:
    with pytest.raises(typer.BadParameter):
        moment(written, NOON)
