import pytest

from gateway.sandbox.batch_form import read, receipt_file
from gateway.sandbox.journal import Entry, Result
from gateway.sandbox.systems import System, Way

DELIVERY = "0196f5c2-0000-7000-8000-000000000001"
CSV = f"K;000001;20260504\r\nD;{DELIVERY};finance/sepa-mandat;12052000;1250\r\nS;1;1250\r\n".encode(
    "iso-8859-15"
)
FIXED = (
    "K00000120260504\n"
    f"D{DELIVERY:36}{'finance/sepa-mandat':40}12052000000000001250Müller\n"
    "S000000001000000000001250\n"
).encode("iso-8859-15")


@pytest.mark.parametrize("content", [CSV, FIXED], ids=["csv", "fixed"])
def test_a_file_is_read_in_both_forms(content: bytes) -> None:
    sheet = read(content)

    assert sheet is not None
    assert sheet.sound
    (item,) = sheet.items
    assert (item.delivery, item.service, item.ags, item.cents) == (
        DELIVERY,
        "finance/sepa-mandat",
        "12052000",
        1250,
    )


@pytest.mark.parametrize("totals", ["S;2;1250", "S;1;1249"])
def test_totals_that_do_not_fit_are_noticed(totals: str) -> None:
    sheet = read(CSV.replace(b"S;1;1250", totals.encode()))

    assert sheet is not None
    assert not sheet.sound


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        CSV.replace(b"S;1;1250\r\n", b""),
        CSV + CSV,
        CSV.replace(b";1250\r\nS", b";viel\r\nS"),
        CSV + b"X;1\r\n",
    ],
)
def test_what_is_no_such_file_is_not_read(content: bytes) -> None:
    assert read(content) is None


def test_every_item_has_a_receipt_of_its_own() -> None:
    taken = Entry(
        "2026-05-04T08:00:00+00:00", System.FINANCE, "a", None, None, "0", Result.TAKEN, 1, "KZ-1", Way.BATCH
    )
    refused = Entry(
        "t", System.FINANCE, "b", None, None, "0", Result.REFUSED, 0, None, Way.BATCH, "mandant-unbekannt"
    )

    assert receipt_file([taken, refused]).decode().splitlines() == [
        "delivery;status;reference;reason;at",
        "a;accepted;KZ-1;;2026-05-04T08:00:00+00:00",
        "b;refused;;mandant-unbekannt;t",
    ]
