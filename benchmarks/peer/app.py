"""App: the HTTP interface for portals. In the embedded size it delivers too."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from benchmarks.peer.database import Database
from benchmarks.peer.deliver import undelivered
from benchmarks.peer.models import Message
from benchmarks.peer.queues import Queue
from benchmarks.peer.running import Running, running
from benchmarks.peer.settings import MEMORY, Settings
from benchmarks.peer.validate import Invalid, Letter, Validator


class Receipt(BaseModel):
    """What a portal gets for a message."""

    id: UUID
    state: str


def create_app(settings: Settings) -> FastAPI:
    """The application; nothing is opened before it starts."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with running(settings) as everything:
            app.state.running = everything
            if settings.broker_url == MEMORY and settings.deliveries_at_once:
                await _deliver_here(everything, settings.deliveries_at_once)
            yield

    app = FastAPI(title="Peer", lifespan=lifespan)
    app.state.settings = settings
    app.state.validator = Validator(settings.schema_file)
    app.include_router(router)
    return app


def _authenticate(
    request: Request, given: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]
) -> None:
    settings: Settings = request.app.state.settings
    if not secrets.compare_digest(given.credentials, settings.api_key.get_secret_value()):
        raise HTTPException(401)


router = APIRouter(prefix="/v1/messages", dependencies=[Depends(_authenticate)])


@router.post("", status_code=202)
async def submit(request: Request) -> Receipt:
    """Take a message in: validate, keep, publish, answer."""
    state = request.app.state
    try:
        letter = await run_in_threadpool(state.validator.read, await request.body())
    except Invalid as invalid:
        raise HTTPException(422, invalid.errors) from invalid
    if letter.recipient not in state.settings.systems:
        raise HTTPException(422, ["no system for this recipient"])
    receipt = await _keep(state.running.database, letter)
    await _publish(state.running.queue, receipt.id)
    return receipt


@router.get("/{id}")
async def status(id: UUID, request: Request) -> Receipt:
    """What became of a message."""
    message = await request.app.state.running.database.run(lambda session: session.get(Message, id))
    if message is None:
        raise HTTPException(404)
    return Receipt(id=message.id, state=message.state)


async def _deliver_here(everything: Running, at_once: int) -> None:
    for id in await everything.database.run(undelivered):
        await everything.queue.publish(id)
    await everything.queue.consume(everything.deliverer.deliver, at_once)


async def _keep(database: Database, letter: Letter) -> Receipt:
    """Keep a message, or find the one that came before with the same `nachrichtenUUID`."""

    def insert(session: Session) -> Receipt:
        message = Message(
            nachrichten_uuid=letter.nachrichten_uuid, recipient=letter.recipient, content=letter.content
        )
        session.add(message)
        session.flush()
        return Receipt(id=message.id, state=message.state)

    def find(session: Session) -> Receipt:
        query = select(Message).where(Message.nachrichten_uuid == letter.nachrichten_uuid)
        message = session.scalars(query).one()
        return Receipt(id=message.id, state=message.state)

    try:
        return await database.run(insert)
    except IntegrityError:
        return await database.run(find)


async def _publish(queue: Queue, id: UUID) -> None:
    try:
        await queue.publish(id)
    except Exception as error:
        # Whatever the broker's fault is: the portal repeats, finds its message, and it is published then.
        raise HTTPException(503, headers={"Retry-After": "10"}) from error
