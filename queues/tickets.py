"""Tickets on the wire: a small JSON object with ids alone, the same bytes in every broker."""

import json

from gateway.core.delivery import Ticket
from gateway.core.message import DeliveryId

CONTENT_TYPE = "application/json"


class Unreadable(ValueError):
    """A body on one of our queues that is none of ours."""


def encode(ticket: Ticket) -> bytes:
    """The body of a ticket. The destination is not in it: it is the queue's."""
    return json.dumps({"delivery": ticket.delivery, "attempt": ticket.attempt}).encode()


def decode(body: bytes, destination: str) -> Ticket:
    """The ticket of a body that was found on the queue of `destination`.

    Raises:
        Unreadable: it is not one.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    match fields:
        case {"delivery": str(delivery), "attempt": int(attempt)} if attempt is not True and attempt > 0:
            return Ticket(DeliveryId(delivery), attempt, destination)
        case _:
            raise Unreadable("not a ticket")
