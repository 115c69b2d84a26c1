"""Transport `zeilen`: one line of JSON over TCP, one line back: `OK <reference>`, `NO <code>` or `BUSY <seconds>`.

It stands for whatever your system speaks. Leave the file out where it is SOAP, REST, files, SFTP, XTA or a queue.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import orjson
from pydantic import Field

from adapters.adapter import TransportKind
from adapters.checking import address_looks, walk
from adapters.dispatch import Dispatch, Part
from adapters.transports.deadline import deadline
from adapters.transports.reference import reference_of
from adapters.transports.settings import TransportSettings
from gateway.core.check import Step
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Rejected, Unclear
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination
from gateway.core.word import refusal_cause


class Settings(TransportSettings):
    """What a destination says under `settings`."""

    host: str = Field(description="Where the system listens.")
    port: int = Field(description="On which port.", gt=0, lt=65536)


class LineTransport:
    """One connection for each message."""

    def __init__(self, settings: Settings, destination: Destination, _: Surroundings) -> None:
        self._settings = settings
        self._deadline = deadline(destination)

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Say it once. Until the first byte has left, nothing can have arrived: Failed. From then on, what is
        not answered is Unclear.
        """
        settings = self._settings
        try:
            async with asyncio.timeout(self._deadline):
                reader, writer = await asyncio.open_connection(settings.host, settings.port)
        except (OSError, TimeoutError):
            return NO_CONNECTION
        try:
            async with asyncio.timeout(self._deadline):
                writer.write(orjson.dumps({"id": dispatch.delivery, "vorgang": dispatch.fields}) + b"\n")
                await writer.drain()
                return outcome_of(await reader.readline())
        except TimeoutError:
            return TOO_SLOW
        except (OSError, ValueError):  # broken off; a line longer than the reader takes
            return LOST
        finally:
            writer.transport.abort()

    def check(self) -> AsyncIterator[Step]:
        """For `amtsbote destinations check`: the way there. Sends nothing."""
        return walk(address_looks(self._settings.host, self._settings.port))

    async def aclose(self) -> None:
        """Nothing is held open between two messages."""


def outcome_of(line: bytes) -> Outcome:
    """What an answer means. What is not understood is Unclear, and no text of the system is repeated."""
    word, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
    reference = reference_of(rest)
    if word == "OK" and reference is not None:
        return Delivered(reference)
    if word == "NO":
        # Takes over only what looks like a short code.
        return Rejected(refusal_cause(rest))
    if word == "BUSY" and _SECONDS.fullmatch(rest):
        return Failed(Cause("busy", "The system asked to come again."), timedelta(seconds=int(rest)))
    return LOST if not line else UNREADABLE


_SECONDS = re.compile(r"[0-9]{1,5}", re.ASCII)

NO_CONNECTION = Failed(Cause("connect-error", "No connection to the system."))
TOO_SLOW = Unclear(Cause("total-timeout", "The system did not answer in time."))
LOST = Unclear(Cause("connection-lost", "The connection broke off before the answer was complete."))
UNREADABLE = Unclear(Cause("answer-unreadable", "The answer is none of those that were agreed."))


def _needs(_: Settings) -> frozenset[Part]:
    return frozenset({Part.FIELDS})


TRANSPORT = TransportKind(Settings, _needs, LineTransport)
