"""Broker: the queues of RabbitMQ, who consumes them, and whether it takes messages."""

from collections.abc import AsyncIterator, Collection

from gateway.core.errors import BrokerUnavailable
from gateway.doctor.symptom import Area, Gravity, Symptom

EMBEDDED = "embedded"


async def broker(url: str, destinations: Collection[str]) -> AsyncIterator[Symptom]:
    """What the broker says. Nothing is left there."""
    if url == EMBEDDED:
        yield Symptom(Area.BROKER, "broker-embedded")
        return
    from queues.inspection import inspect  # noqa: PLC0415 - without RabbitMQ nobody waits for its library

    try:
        seen = await inspect(url, destinations)
    except BrokerUnavailable as error:
        yield Symptom(Area.BROKER, "broker-away", Gravity.BROKEN, {"reason": str(error)})
        return
    if not seen.takes_messages:
        yield Symptom(Area.BROKER, "broker-alarm", Gravity.BROKEN)
    for queue in seen.queues:
        facts = {"queue": queue.name, "number": str(queue.messages)}
        if queue.consumers == 0:
            grave = Gravity.BROKEN if queue.messages else Gravity.LOOK
            yield Symptom(Area.BROKER, "queue-unconsumed", grave, facts)
    for name in seen.missing:
        yield Symptom(Area.BROKER, "queue-missing", Gravity.LOOK, {"queue": name})
    if seen.dead:
        yield Symptom(Area.BROKER, "tickets-dead", Gravity.LOOK, {"number": str(seen.dead)})
    waiting = sum(queue.messages for queue in seen.queues)
    facts = {"queues": str(len(seen.queues)), "number": str(waiting)}
    yield Symptom(Area.BROKER, "broker-seen", facts=facts)
