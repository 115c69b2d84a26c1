"""Tickets on the wire: a small JSON object with ids alone, the same bytes in every broker."""

import json

from gateway.core.delivery import Ticket
from gateway.core.message import DeliveryId
from gateway.core.trace import traceparent

CONTENT_TYPE = "application/json"


TRACE = "traceparent"
"""Header of a ticket whose delivery is part of a trace."""


class Unreadable(ValueError):
    """A body on one of our queues that is none of ours."""


def encode(ticket: Ticket) -> bytes:
    """The body of a ticket. The destination is not in it: it is the queue's."""
    return json.dumps({"delivery": ticket.delivery, "attempt": ticket.attempt}).encode()


def decode(body: bytes, destination: str, trace: object = None) -> Ticket:
    """The ticket of a body that was found on the queue of `destination`, with what its header says of a trace.

    Raises:
        Unreadable: it is not one.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    match fields:
        case {"delivery": str(delivery), "attempt": int(attempt)} if attempt is not True and attempt > 0:
            return Ticket(DeliveryId(delivery), attempt, destination, trace=traceparent(trace))
        case _:
            raise Unreadable("not a ticket")
