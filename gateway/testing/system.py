"""System: a specialist system as its adapter's tests see it, described by the author of the adapter."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from gateway.commands import BUNDLES
from gateway.core.message import DeliveryId
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination
from gateway.testing.messages import samples_of
from gateway.testing.stand_ins import surroundings
from gateway.testing.wire import Request, Wire, http, serving


class System(ABC):
    """A system on its wire. What it can't do a subclass leaves as it is here: no test asks it to."""

    area: ClassVar[str]
    """Whose messages it takes, as in `area/kind`."""
    bundles: ClassVar[Path] = BUNDLES
    """Where the schema bundles with the samples lie, each in `<standard>/<version>/`."""

    def __init__(self, folder: Path) -> None:
        """`folder` is empty and the system's own: for files of its configuration, and what it keeps."""
        self.folder = folder

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The system at work while the context is open."""
        yield

    @abstractmethod
    def destination(self) -> Destination:
        """How a gateway is told about it."""

    @abstractmethod
    def arrivals(self) -> Sequence[str]:
        """Ids of the deliveries that have arrived, one for each time."""

    def samples(self) -> Sequence[Path]:
        """The messages that it must take."""
        return samples_of(self.area, bundles=self.bundles)

    def surroundings(self) -> Surroundings:
        """What its adapter finds around it."""
        return surroundings(self.folder)

    def refuse(self) -> None:
        """Refuse from now on, for good."""
        raise NotImplementedError

    def be_busy(self) -> None:
        """Ask from now on to come again in 120 seconds."""
        raise NotImplementedError

    def go_away(self) -> None:
        """Be not there from now on."""
        raise NotImplementedError

    def answer(self, answer: bytes | None) -> None:
        """Answer with these bytes from now on. None cuts the connection, b"" says nothing for ever."""
        raise NotImplementedError

    def say_yes_with_an_error_inside(self) -> None:
        """Answer from now on as if all were well, but for the content."""
        raise NotImplementedError

    def leave_a_word(self, delivery: DeliveryId) -> None:
        """Leave its word on a delivery where its adapter collects it."""
        raise NotImplementedError

    def refuses_unknown_kinds(self) -> None:
        """Its adapter has a mapping for each kind. Leave it out where any message is passed on as it came."""
        raise NotImplementedError

    @classmethod
    def can(cls, ability: str) -> bool:
        """Whether a subclass has described this."""
        return getattr(cls, ability) is not getattr(System, ability)

    @staticmethod
    def with_settings(destination: Destination, settings: Mapping[str, object]) -> Destination:
        """The same destination with further settings."""
        return replace(destination, settings={**destination.settings, **settings})


class HttpSystem(System):
    """A system behind HTTP, on a tiny server that answers word for word what it is told."""

    receipt: ClassVar[bytes]
    """What it answers when it takes a message."""
    refusal: ClassVar[bytes]
    """What it answers when it refuses one for good."""
    error_inside: ClassVar[bytes]
    """A success by its status that is none by its content."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.wire = Wire()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen, and take what comes."""
        self.wire.say(self.receipt)
        async with serving(self.wire):
            yield

    def arrivals(self) -> Sequence[str]:
        """Ids of the deliveries that came along with the requests."""
        posted = [request for request in self.wire.requests if request.method in {"POST", "PUT"}]
        return [self.id_of(request) for request in posted]

    def id_of(self, request: Request) -> str:
        """The delivery's id, as it stood in a request."""
        return request.headers["idempotency-key"]

    def refuse(self) -> None:
        """Answer with the refusal."""
        self.wire.say(self.refusal)

    def be_busy(self) -> None:
        """Answer 503."""
        self.wire.say(http(503, Retry_After="120"))

    def go_away(self) -> None:
        """Close the door."""
        self.wire.hang_up_for_good()

    def answer(self, answer: bytes | None) -> None:
        """Answer with these bytes."""
        self.wire.say(answer)

    def say_yes_with_an_error_inside(self) -> None:
        """Answer with the error inside."""
        self.wire.say(self.error_inside)
