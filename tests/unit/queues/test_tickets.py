"""Tickets as bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.delivery import Ticket
from gateway.core.message import DeliveryId
from queues.tickets import Unreadable, decode, encode


@given(st.uuids().map(str), st.integers(min_value=1, max_value=10_000), st.text(min_size=1))
def test_a_ticket_reads_back_as_it_was_written(delivery: str, attempt: int, destination: str) -> None:
    ticket = Ticket(DeliveryId(delivery), attempt, destination)
    assert decode(encode(ticket), destination) == ticket


def test_a_body_holds_ids_and_nothing_else() -> None:
    body = encode(Ticket(DeliveryId("01981f2e-0000-7000-8000-000000000001"), 3, "ewo"))
    assert json.loads(body) == {"delivery": "01981f2e-0000-7000-8000-000000000001", "attempt": 3}


@given(st.binary())
def test_any_other_bytes_are_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body, "ewo")


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"delivery": "x"},
        {"attempt": 1},
        {"delivery": 1, "attempt": 1},
        {"delivery": "x", "attempt": "1"},
        {"delivery": "x", "attempt": 0},
        {"delivery": "x", "attempt": -1},
        {"delivery": "x", "attempt": True},
        {"delivery": "x", "attempt": 1.0},
        ["x", 1],
        "x",
        None,
    ],
)
def test_other_json_is_unreadable(fields: object) -> None:
    with pytest.raises(Unreadable):
        decode(json.dumps(fields).encode(), "ewo")


def test_deep_json_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        decode(b"[" * 1_000_000, "ewo")


def test_an_error_does_not_quote_the_body() -> None:
    with pytest.raises(Unreadable) as caught:
        decode(b'{"name": "Erika Mustermann"}', "ewo")
    assert "Mustermann" not in str(caught.value)
