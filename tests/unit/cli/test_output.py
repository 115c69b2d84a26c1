"""What the command line prints can be read, and copied into the next command."""

from datetime import UTC, datetime

import orjson
import pytest

from gateway.cli.output import Format, show, show_one

ROW = {
    "id": "0199f3c2-5b1e-7c3a-9d0e-6a2f6f1b7c11",
    "updated_at": datetime(2026, 5, 4, 7, 30, 0, 123, tzinfo=UTC),
    "grants": {"autoren": ("psw:01003110",), "tenants": ("*",)},
    "detail": "x" * 200,
    "code": "",
}


@pytest.fixture(autouse=True)
def _narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")


def test_a_table_cuts_nothing_however_narrow_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    show([ROW], {name: name for name in ROW}, Format.TABLE)

    _, line = capsys.readouterr().out.splitlines()
    assert line.split() == [
        "0199f3c2-5b1e-7c3a-9d0e-6a2f6f1b7c11",
        "2026-05-04T07:30:00Z",
        *("autoren:", "psw:01003110;", "tenants:", "*"),
        "x" * 200,
        "-",
    ]


def test_one_thing_has_a_line_for_each_field(capsys: pytest.CaptureFixture[str]) -> None:
    show_one(ROW, Format.TABLE)

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(ROW)
    assert lines[3] == f"detail      {'x' * 200}"


def test_json_is_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    show([ROW], {}, Format.JSON)

    (found,) = orjson.loads(capsys.readouterr().out)
    assert found["updated_at"] == "2026-05-04T07:30:00.000123+00:00"
