from datetime import UTC, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from adapters.transports.folders.receipts import Place, ReceiptSettings, Spoken, UnreadableError, read
from gateway.core.outcome import Cause
from gateway.core.word import SpecialistStatus, Word
from tests.unit.adapters.builders import DELIVERY


def settings(**said: object) -> ReceiptSettings:
    return ReceiptSettings.model_validate({f"answers_{name}": value for name, value in said.items()})


def spoken(content: str | bytes, **said: object) -> Spoken:
    (only,) = read(content.encode() if isinstance(content, str) else content, settings(**said))
    assert isinstance(only, Spoken)
    return only


GERMAN = {
    "fields": {"delivery": "vorgang/id", "status": "stand", "reference": "aktenzeichen", "reason": "grund"},
    "status": {"angenommen": "received", "abgelehnt": "refused"},
}
STAND = "<stand> angenommen </stand><aktenzeichen>GR-1/ó</aktenzeichen>"
ACCEPTED = Spoken(DELIVERY, SpecialistStatus.RECEIVED, "GR-1/ó", None, None)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f'{{"delivery": "{DELIVERY}", "status": "accepted", "reference": "GR-1/ó"}}', {}),
        (
            f'{{"vorgang": {{"id": "{DELIVERY.upper()}"}}, "stand": "angenommen", "aktenzeichen": "GR-1/ó"}}',
            GERMAN,
        ),
        (
            f"# Quittung\r\ndelivery = {DELIVERY}\r\nstatus=received\r\n\r\nreference=GR-1/ó\r\n",
            {"format": "key-value"},
        ),
        (
            f'<?xml version="1.0"?><q xmlns="urn:x"><vorgang><id>{DELIVERY}</id></vorgang><!-- -->{STAND}</q>',
            {"format": "xml", **GERMAN},
        ),
        (f"status;reference;delivery\naccepted;GR-1/ó;{DELIVERY}\n", {"format": "csv"}),
    ],
)
def test_a_receipt_is_read_as_it_is_written(content: str, said: dict[str, object]) -> None:
    assert spoken(content, **said) == ACCEPTED


def test_an_old_system_writes_latin_1() -> None:
    content = f"delivery={DELIVERY}\nstatus=accepted\nreference=GR-1/ó\n".encode("iso-8859-1")
    assert spoken(content, format="key-value", encoding="iso-8859-1") == ACCEPTED


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f'{{"l": [{{"delivery": "{DELIVERY}", "status": "closed"}}, {{"status": "?"}}]}}', {"item": "l"}),
        (f'[{{"delivery": "{DELIVERY}", "status": "closed"}}, {{"status": "Frau Geheim"}}]', {}),
        (
            f"<l><q><delivery>{DELIVERY}</delivery><status>closed</status></q><q><status>?</status></q></l>",
            {"format": "xml", "item": "q"},
        ),
        (f"delivery;status\n{DELIVERY};closed\n;?\n", {"format": "csv"}),
    ],
)
def test_a_file_may_hold_several_and_each_stands_for_itself(content: str, said: dict[str, object]) -> None:
    good, bad = read(content.encode(), settings(**said))
    assert good == Spoken(DELIVERY, SpecialistStatus.CLOSED, None, None, None)
    assert isinstance(bad, UnreadableError)
    assert bad.code == "status-unknown"


def test_a_refusal_has_its_reason_and_its_time() -> None:
    said = spoken(
        f"delivery,status,reason,at\n{DELIVERY},refused,PLZ_FALSCH,2026-07-01T08:00:00\n",
        format="csv",
        delimiter=",",
    )
    at = datetime(2026, 7, 1, 8, 0, tzinfo=timezone(timedelta(hours=2))).astimezone(UTC)
    assert said.word(DELIVERY) == Word(
        DELIVERY, SpecialistStatus.REFUSED, cause=Cause("plz-falsch"), at=said.at
    )
    assert said.at == at


@pytest.mark.parametrize("at", ["gestern", "", "01.07.2026"])
def test_what_is_no_time_is_left_out(at: str) -> None:
    assert spoken(f"delivery;status;at\n{DELIVERY};closed;{at}\n", format="csv").at is None


def test_an_item_may_be_named_by_its_place_in_a_batch() -> None:
    assert spoken("batch;line;status\n0007;2;accepted\n", format="csv").about == Place(7, 2)


@pytest.mark.parametrize("row", [";;accepted", "x;1;accepted", "7;;accepted"])
def test_what_names_nothing_is_unreadable(row: str) -> None:
    (only,) = read(f"batch;line;status\n{row}\n".encode(), settings(format="csv"))
    assert isinstance(only, UnreadableError)
    assert only.code == "delivery-unreadable"


@pytest.mark.parametrize(
    ("content", "format_"),
    [
        (b"{", "json"),
        (b"\xff\xfe", "csv"),
        (b"a;b\n1;2;3\n", "csv"),
        (b"a;b\n1\n", "csv"),
        (b"no value", "key-value"),
        (b"<a>", "xml"),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a>&e;</a>', "xml"),
        (b"<!DOCTYPE a><a/>", "xml"),
    ],
)
def test_what_is_broken_is_said_without_its_content(content: bytes, format_: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(content, settings(format=format_))
    assert caught.value.code == "not-readable"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("content", "format_"), [(b"[]", "json"), (b"delivery;status\n", "csv")])
def test_a_file_without_a_receipt_is_said(content: bytes, format_: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        read(content, settings(format=format_))
    assert caught.value.code == "empty"


@pytest.mark.parametrize(
    "said", [{"fields": {"betrag": "b"}}, {"encoding": "latin-99"}, {"status": {"ok": "done"}}]
)
def test_settings_that_mean_nothing_are_refused(said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**said)
