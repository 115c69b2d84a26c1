import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from adapters.dispatch import Dispatch
from adapters.mapping import Payload
from adapters.transports.batch.cell import CellError
from adapters.transports.batch.layout import Layout, Row
from tests.unit.adapters.builders import DELIVERY, a_consignment_of, a_dispatch, dispatch_of, samples

KASSE = Path("config/layouts/kasse.toml")
GOLDEN = Path(__file__).parent / "kasse.golden.txt"
CLOSED = datetime(2026, 6, 30, 22, 5, tzinfo=UTC)


def layout(*columns: Mapping[str, object], **said: object) -> Layout:
    return Layout.model_validate({"form": "fixed", "records": [{"columns": columns}], **said})


def line(fields: Payload, *columns: Mapping[str, object], **said: object) -> str:
    built = layout(*columns, **said)
    return built.row(replace(a_dispatch(), fields=fields)).line.decode(built.encoding)


def column(**said: object) -> dict[str, object]:
    return {"name": "x", "source": "x", **said}


@pytest.mark.parametrize(
    ("value", "said", "cell"),
    [
        ("Chóśebuz", {"width": 10}, "Chóśebuz  "),
        (" zwei \r\n Zeilen\t", {"width": 12}, "zwei Zeilen "),
        ("7", {"width": 4, "align": "right", "pad": "."}, "...7"),
        ("42", {"type": "digits", "width": 5}, "00042"),
        (-42, {"type": "digits", "width": 5}, "-0042"),
        (42, {"type": "digits", "width": 5, "pad": " "}, "   42"),
        (None, {"type": "digits", "width": 3}, "   "),
        ("2026-06-30", {"type": "date", "width": 8}, "20260630"),
        ("2026-06-30", {"type": "date", "width": 10, "format": "%d.%m.%Y"}, "30.06.2026"),
        ("12.5", {"type": "decimal", "places": 2, "width": 6}, "001250"),
        ("12.5", {"type": "decimal", "places": 2, "width": 6, "point": ","}, "012,50"),
        (120050, {"type": "decimal", "cents": True, "places": 2, "width": 8}, "00120050"),
        (True, {"type": "text", "width": 1}, "1"),
        ({"y": [{"z": "tief"}]}, {"source": "x/y/1/z", "width": 4}, "tief"),
        ({"y": []}, {"source": "x/y/1/z", "width": 2}, "  "),
        ("egal", {"source": "fehlt", "otherwise": "x", "width": 4}, "egal"),
        ("egal", {"source": "@delivery", "width": 36}, DELIVERY),
        ("egal", {"source": "@received", "type": "date", "width": 8}, "20260601"),
    ],
)
def test_a_value_is_written_in_its_type_and_width(value: object, said: dict[str, object], cell: str) -> None:
    assert line({"x": value}, column(**said)) == f"{cell}\r\n"  # type: ignore[dict-item]  # whatever a test wants


@pytest.mark.parametrize(
    ("value", "said", "why"),
    [
        ("abc", {"width": 2}, "too-long"),
        ("1000", {"type": "digits", "width": 3}, "too-long"),
        ("1a", {"type": "digits", "width": 3}, "not-a-number"),
        ("1.5", {"type": "digits", "width": 3}, "not-a-number"),
        ("NaN", {"type": "decimal", "width": 3}, "not-a-number"),
        ("1.005", {"type": "decimal", "places": 2, "width": 9}, "too-precise"),
        ("2026", {"type": "date", "width": 8}, "not-a-date"),
        (None, {"width": 2, "required": True}, "missing"),
        ("ś", {"width": 2}, "character"),
    ],
)
def test_what_has_no_place_is_refused_and_never_cut(value: object, said: dict[str, object], why: str) -> None:
    with pytest.raises(CellError) as caught:
        line({"x": value}, column(**said), encoding="iso-8859-1")  # type: ignore[dict-item]  # as above
    assert (caught.value.column, caught.value.why) == ("x", why)


def test_a_letter_may_need_more_room_in_another_encoding() -> None:
    with pytest.raises(CellError):
        line({"x": "Öl"}, column(width=2), encoding="ascii", substitution="transliterate")


def test_a_csv_quotes_what_it_must() -> None:
    columns = [{"name": name, "source": name} for name in ("a", "b", "c")]
    fields: Payload = {"a": 'x;"y"', "b": "z", "c": None}
    assert line(fields, *columns, form="csv") == '"x;""y""";z;\r\n'
    built = layout(*columns, form="csv", names=True, line_end="\n")
    assert built.file(1, CLOSED, [Row(b"1;2;3\n")]) == b"a;b;c\n1;2;3\n"


def test_header_and_totals_depend_on_the_batch_alone() -> None:
    built = layout(
        {"name": "betrag", "source": "x", "type": "decimal", "places": 2, "width": 8, "sum": True},
        header=[
            {"name": "nr", "source": "@batch", "type": "digits", "width": 4},
            {"name": "am", "source": "@created", "type": "date", "width": 8},
        ],
        totals=[
            {"name": "anzahl", "source": "@count", "type": "digits", "width": 3},
            {"name": "summe", "source": "@sum:betrag", "type": "decimal", "places": 2, "width": 9},
        ],
        line_end="\n",
    )
    rows = [built.row(replace(a_dispatch(), fields={"x": amount})) for amount in ("0.10", "0.20", "-1", None)]
    content = built.file(7, CLOSED, rows)
    assert content == b"000720260701\n00000010\n00000020\n-0000100\n        \n004-00000070\n"
    assert built.file(7, CLOSED, rows) == content
    assert built.file(8, CLOSED, []) == b"000820260701\n000000000000\n"


def test_a_kind_without_a_record_is_refused() -> None:
    records = [{"service": ["finance/andere"], "columns": [column(width=1)]}]
    with pytest.raises(CellError) as caught:
        Layout.model_validate({"form": "fixed", "records": records}).row(a_dispatch())
    assert caught.value.column == "record"


@pytest.mark.parametrize(
    "said",
    [
        {"encoding": "utf-16"},
        {"encoding": "latin-99"},
        {"records": []},
        {"records": [{"columns": [column()]}]},
        {"records": [{"columns": [column(width=1), column(width=1)]}]},
        {"records": [{"columns": [column(width=1)]}, {"columns": [column(width=1)]}]},
        {"records": [{"columns": [column(width=1, value="y")]}]},
        {"records": [{"columns": [column(width=1, sum=True)]}]},
        {"records": [{"columns": [column(width=1, source="@batch")]}]},
        {"header": [column(width=1)]},
        {"totals": [column(width=1, source="@sum:x")]},
        {"names": True},
        {"unbekannt": 1},
    ],
)
def test_a_layout_that_can_not_work_is_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        layout(column(width=1), **said)


def test_layouts_are_told_apart() -> None:
    assert layout(column(width=1)).digest == layout(column(width=1)).digest
    assert layout(column(width=1)).digest != layout(column(width=2)).digest


def worded(sample: Path) -> Dispatch:
    found = dispatch_of("finance", a_consignment_of(sample))
    assert found
    return found


def test_the_layout_of_the_example_writes_dogs_mandates_and_payments() -> None:
    """`AMTSBOTE_WRITE_GOLDEN=1` writes the file anew."""
    built = Layout.read(KASSE)
    kinds = ("hundesteueranmeldung", "sepamandat", "zahlungsmitteilung")
    rows = [built.row(worded(sample)) for kind in kinds for sample in samples("finance", f"{kind}-*")]
    assert len(rows) >= 9
    content = built.file(1, CLOSED, rows)
    if os.environ.get("AMTSBOTE_WRITE_GOLDEN"):
        GOLDEN.write_bytes(content)
    assert content == GOLDEN.read_bytes()
    assert {len(each.line) for each in rows if each.line.startswith(b"10")} == {365}
