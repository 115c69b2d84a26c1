"""Asking: one question to a specialist system about one delivery, and whom an answer is from."""

import asyncio

import structlog

from gateway.core.delivery import Claimed
from gateway.core.ports import Askable
from gateway.core.tenants import Destination, SpecialistSystem
from gateway.core.word import Answer, Inquiry, Word

log = structlog.get_logger()


async def answer_of(adapter: Askable, inquiry: Inquiry, destination: Destination) -> Answer:
    """What the system says; None where it could not tell within the time of an attempt, or where the adapter did
    what its port forbids: raised, or gave the word on another delivery.
    """
    try:
        async with asyncio.timeout(destination.attempt_within.total_seconds()):
            answer = await adapter.ask(inquiry)
    except TimeoutError:
        return None
    except Exception as error:  # noqa: BLE001 - the port forbids it, so anything may come
        # The text of a foreign exception may quote the message, so only its type is kept.
        log.error("adapter_raised", destination=destination.name, error=type(error).__name__)  # noqa: TRY400
        return None
    if isinstance(answer, Word) and answer.delivery != inquiry.delivery:
        log.error("adapter_raised", destination=destination.name, error="word-on-another-delivery")
        return None
    return answer


def inquiry_of(claimed: Claimed) -> Inquiry:
    """The question whether what a worker is about to send is there already."""
    message = claimed.message
    return Inquiry(
        delivery=claimed.ticket.delivery,
        message=message.id,
        tenant=message.tenant,
        kind=message.kind,
        nachrichten_uuid=message.kopf.nachrichten_uuid,
        test=message.kopf.test,
        since=claimed.since,
        reference=claimed.reference,
    )


def system_of(destination: Destination) -> SpecialistSystem:
    """Who speaks where an adapter has asked or collected: the destination itself."""
    return SpecialistSystem(destination.name, (destination.name,))
