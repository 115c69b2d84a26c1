"""Control: acts of a person reach the process that holds the store.

An SQLite file has exactly one writing process. While a gateway runs on it, the command line hands its
acts over through a Unix socket beside the file, readable by the owner alone; otherwise, and with
PostgreSQL always, it writes by itself.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import get_args

import structlog
from pydantic import TypeAdapter

from gateway.core.acts import Act, Replay
from gateway.core.batch import BatchView
from gateway.core.errors import AmtsboteError, ForbiddenTransition, NotFound, NotReplayable, StoreUnavailable
from gateway.core.ports import ActStore, Clock
from gateway.core.views import DeliveryView, DestinationView, KeyView, Performed

log = structlog.get_logger()

# Acts travel with their names: by their fields alone some can't be told from others.
_ACTS: dict[str, TypeAdapter[Act]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(Act)}
_ANSWER: TypeAdapter[Performed | list[str]] = TypeAdapter(Performed | list[str])
_LIMIT = 64 * 1024
_PATIENCE = 15.0


def socket_of(database: Path) -> Path:
    """Where the process that holds this SQLite file listens for acts."""
    return database.with_name(database.name + ".control")


@asynccontextmanager
async def listening(path: Path, store: ActStore, clock: Clock) -> AsyncIterator[None]:
    """Take acts from the command line while the context is open."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answer: Performed | list[str]
        try:
            act = _read(await asyncio.wait_for(reader.readline(), _PATIENCE))
            answer = await store.perform(act, clock.now())
            _tell(act, answer)
        except ForbiddenTransition as error:
            answer = [type(error).__name__, error.before, error.after]
        except AmtsboteError as error:
            answer = [type(error).__name__, getattr(error, "state", str(error))]
        except (ValueError, TimeoutError):
            answer = ["ValueError", "not an act"]
        writer.write(_ANSWER.dump_json(answer) + b"\n")
        await writer.drain()
        writer.close()

    path.unlink(missing_ok=True)
    with _address(path) as address:
        server = await asyncio.start_unix_server(handle, address, limit=_LIMIT)
    path.chmod(0o600)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


def _tell(act: Act, answer: Performed) -> None:
    if isinstance(act, Replay) and isinstance(answer, DeliveryView):
        log.info(
            "delivery_replayed",
            message=answer.message,
            delivery=answer.id,
            tenant=answer.tenant,
            destination=answer.destination,
            attempt=answer.attempt,
            actor=act.actor,
        )


async def hand_over(path: Path, act: Act) -> Performed | None:
    """Have the running process perform an act; None where no process listens.

    Raises:
        NotFound, NotReplayable, ForbiddenTransition, StoreUnavailable: as `ActStore.perform` does.
    """
    try:
        with _address(path) as address:
            reader, writer = await asyncio.open_unix_connection(address, limit=_LIMIT)
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except PermissionError as error:
        raise StoreUnavailable("the running gateway belongs to another user") from error
    try:
        writer.write(_written(act))
        answer = _ANSWER.validate_json(await asyncio.wait_for(reader.readline(), _PATIENCE))
    except (OSError, TimeoutError, ValueError) as error:
        raise StoreUnavailable("the running gateway ended, or did not answer in time") from error
    finally:
        writer.close()
    match answer:
        case ["NotFound", text]:
            raise NotFound(text)
        case ["NotReplayable", state]:
            raise NotReplayable(state)
        case ["ForbiddenTransition", before, after]:
            raise ForbiddenTransition(before, after)
        case [_, text]:
            raise StoreUnavailable(text)
        case DeliveryView() | KeyView() | DestinationView() | BatchView():
            return answer
        case _:
            raise StoreUnavailable("the running gateway gave an answer that nobody understands")


def _written(act: Act) -> bytes:
    name = type(act).__name__
    return name.encode() + b" " + _ACTS[name].dump_json(act) + b"\n"


def _read(line: bytes) -> Act:
    name, _, fields = line.partition(b" ")
    if (kind := _ACTS.get(name.decode("ascii", "replace"))) is None:
        raise ValueError("no such act")
    return kind.validate_json(fields)


@contextmanager
def _address(path: Path) -> Iterator[str]:
    """What to call a socket file: the kernel takes 107 bytes, and a longer path goes by way of its folder."""
    if len(os.fsencode(path)) <= _LONGEST_ADDRESS:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


_LONGEST_ADDRESS = 107
