"""Deliver: one message to its system, with retries."""

from uuid import UUID

import httpx
import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from benchmarks.peer.database import Database
from benchmarks.peer.models import Message, State, now
from benchmarks.peer.settings import Settings

log = structlog.get_logger()


class Deliverer:
    """Takes messages to the specialist systems."""

    def __init__(self, settings: Settings, database: Database, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._database = database
        self._client = client

    async def deliver(self, id: UUID) -> None:
        """Send a message unless that was done already, and keep what came of it."""
        message = await self._database.run(lambda session: session.get(Message, id))
        if message is None or message.state == State.DELIVERED:
            return
        try:
            await self._send(message)
        except (httpx.HTTPError, KeyError) as error:
            log.warning("delivery_failed", message_id=str(id), error=type(error).__name__)
            await self._database.run(lambda session: _set(session, id, state=State.FAILED))
        else:
            delivered_at = now()
            await self._database.run(
                lambda session: _set(session, id, state=State.DELIVERED, delivered_at=delivered_at)
            )

    async def _send(self, message: Message) -> None:
        url = self._settings.systems[message.recipient]
        headers = {"Content-Type": "application/xml", "Idempotency-Key": str(message.id)}
        async for attempt in AsyncRetrying(
            retry=retry_if_exception(_is_temporary),
            stop=stop_after_attempt(5),
            wait=wait_exponential_jitter(initial=1, max=30),
            reraise=True,
        ):
            with attempt:
                response = await self._client.post(url, content=message.content, headers=headers)
                response.raise_for_status()


def undelivered(session: Session) -> list[UUID]:
    """What was received and is not finished, the oldest first."""
    query = select(Message.id).where(Message.state == State.RECEIVED).order_by(Message.received_at)
    return list(session.scalars(query))


def _set(session: Session, id: UUID, **values: object) -> None:
    session.execute(update(Message).where(Message.id == id).values(**values))


def _is_temporary(error: BaseException) -> bool:
    match error:
        case httpx.HTTPStatusError():
            return error.response.is_server_error
        case _:
            return isinstance(error, httpx.TransportError)
