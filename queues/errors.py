"""Translation: what aio_pika raises becomes one of our errors, in one place and from one table.

BrokerUnavailable           the broker does not confirm; what was sent may have arrived
|-- NotTaken                the broker refused this one message; others may well go
|   `-- Unroutable          no queue is bound for it
`-- TopologyUnusable        what we need in the broker is missing
`-- TopologyMismatch    a queue or exchange exists with other arguments than ours
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiormq.exceptions as aiormq
import pamqp.exceptions as pamqp
from aio_pika.exceptions import MessageProcessError, QueueEmpty

from gateway.core.errors import BrokerUnavailable


class NotTaken(BrokerUnavailable):
    """The broker refused this one message."""


class Unroutable(NotTaken):
    """No queue is bound for this message."""


class TopologyUnusable(BrokerUnavailable):
    """A queue or an exchange is not there; declaring the topology again mends it."""


class TopologyMismatch(TopologyUnusable):
    """A queue or an exchange exists with other arguments than ours; only a person can mend it."""


TRANSLATION: Mapping[type[Exception], type[BrokerUnavailable]] = {
    # no connection, or no more
    aiormq.AMQPConnectionError: BrokerUnavailable,
    aiormq.AuthenticationError: BrokerUnavailable,
    aiormq.ProbableAuthenticationError: BrokerUnavailable,
    aiormq.IncompatibleProtocolError: BrokerUnavailable,
    aiormq.ConnectionClosed: BrokerUnavailable,
    aiormq.ConnectionSyntaxError: BrokerUnavailable,
    aiormq.ConnectionFrameError: BrokerUnavailable,
    aiormq.ConnectionCommandInvalid: BrokerUnavailable,
    aiormq.ConnectionChannelError: BrokerUnavailable,
    aiormq.ConnectionUnexpectedFrame: BrokerUnavailable,
    aiormq.ConnectionResourceError: BrokerUnavailable,
    aiormq.ConnectionNotAllowed: BrokerUnavailable,
    aiormq.ConnectionNotImplemented: BrokerUnavailable,
    aiormq.ConnectionInternalError: BrokerUnavailable,
    # no channel, or no more
    aiormq.AMQPChannelError: BrokerUnavailable,
    aiormq.ChannelClosed: BrokerUnavailable,
    aiormq.ChannelAccessRefused: BrokerUnavailable,
    aiormq.ChannelLockedResource: BrokerUnavailable,
    aiormq.ChannelInvalidStateError: BrokerUnavailable,
    aiormq.DuplicateConsumerTag: BrokerUnavailable,
    aiormq.ChannelNotFoundEntity: TopologyUnusable,
    aiormq.ChannelPreconditionFailed: TopologyMismatch,
    # about one message
    aiormq.DeliveryError: NotTaken,
    aiormq.PublishError: Unroutable,
    MessageProcessError: NotTaken,
    QueueEmpty: NotTaken,
    # a broker that speaks otherwise than we expect
    aiormq.AMQPError: BrokerUnavailable,
    aiormq.ProtocolSyntaxError: BrokerUnavailable,
    aiormq.InvalidFrameError: BrokerUnavailable,
    aiormq.MethodNotImplemented: BrokerUnavailable,
    pamqp.PAMQPException: BrokerUnavailable,
    # what the library lets through from below, and what it raises on a connection that has just gone
    TimeoutError: BrokerUnavailable,
    OSError: BrokerUnavailable,
    EOFError: BrokerUnavailable,
    RuntimeError: BrokerUnavailable,
}


@asynccontextmanager
async def translated(timeout: float) -> AsyncIterator[None]:
    """Give a piece of talk with the broker `timeout` seconds, and translate what it raises.

    aio_pika raises a bare `CancelledError` when a connection dies of missed heartbeats. Nobody has
    cancelled our task then, and it becomes `BrokerUnavailable`.

    Raises:
        BrokerUnavailable: or one of its kinds, as the table says.
    """
    task = asyncio.current_task()
    assert task is not None
    cancelled_before = task.cancelling()
    failure: Exception | None = None
    try:
        async with asyncio.timeout(timeout):
            yield
    except asyncio.CancelledError:
        failure = BrokerUnavailable("the connection broke")
    except Exception as error:  # noqa: BLE001 - the table decides, and passes on what is not in it
        failure = translate(error)
        if failure is not error:
            failure.__cause__ = error
    if task.cancelling() > cancelled_before:
        # The library may swallow a cancellation, or answer it with an error of its own.
        raise asyncio.CancelledError
    if failure is not None:
        raise failure


def translate(error: Exception) -> Exception:
    """Our error for the library's; an error that is none of the library's business as it is."""
    if type(error) is Exception:
        # What was under way when somebody closed the connection ends in just this.
        return BrokerUnavailable("the connection was closed")
    if isinstance(error, BrokerUnavailable):
        return error
    for kind in type(error).__mro__:
        if ours := TRANSLATION.get(kind):
            return ours(f"{type(error).__name__}: {error}".rstrip(": "))
    return error
