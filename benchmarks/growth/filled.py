"""Filled: what stands in a filled store, told by numbers alone: every value follows from a message's number."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.core.message import DeliveryId, MessageId
from gateway.store.engine.times import micros, moment

SPAN = timedelta(days=90)
"""The messages of a filled store came evenly within so long, up to the moment of filling."""
DESTINATIONS = 30
TENANTS = 60
COLLECTING = "sammel"
"""The destination that takes its deliveries in batches."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A filled store. Message 1 is the oldest."""

    size: int
    """Messages."""
    until: datetime
    """Nothing in it is younger."""
    recent: int
    """Among so many of the youngest, one in a hundred needs a person and one in a thousand is still under way;
    what is older has ended.
    """

    @classmethod
    def now(cls, size: int, recent: int) -> "Filled":
        """A store to be filled now."""
        return cls(size, datetime.now(UTC).replace(microsecond=0), min(size, recent))

    @property
    def step(self) -> int:
        """Microseconds between one message and the next."""
        return micros(datetime.fromtimestamp(0, UTC) + SPAN) // self.size

    @property
    def start(self) -> int:
        """The moment before the first."""
        return micros(self.until) - self.step * self.size

    def received(self, number: int) -> int:
        """When a message came."""
        return self.start + self.step * number

    def message(self, number: int) -> MessageId:
        """Its id."""
        return MessageId(self._id(0, number))

    def delivery(self, number: int) -> DeliveryId:
        """The id of its first delivery."""
        return DeliveryId(self._id(1, number))

    def uuid(self, number: int) -> str:
        """Its Nachrichten-UUID."""
        return f"{_mixed(number):08x}-0000-4000-8000-{number:012x}"

    def portal(self, number: int) -> str:
        """Which sent it: one sends nearly all, one next to nothing."""
        return "klein" if number % 40 == _SMALL else f"portal-{number % 3}"

    def page(self, number: int) -> str:
        """The name of the page behind it in a list of messages."""
        return f"{self.received(number)}-{self.message(number)}"

    def since(self, number: int) -> datetime:
        """When it came, as a moment."""
        return moment(self.received(number))

    def _id(self, kind: int, number: int) -> str:
        time = f"{self.received(number) // 1000:012x}"
        return f"{time[:8]}-{time[8:]}-7{kind:03x}-8000-{number * _MULTIPLIER % 2**48:012x}"


_SMALL = 21
_MULTIPLIER = 2654435761


def _mixed(number: int) -> int:
    """Knuth's multiplicative hash: neighbours get numbers far apart."""
    return number * _MULTIPLIER % 2**32
