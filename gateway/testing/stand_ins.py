"""Stand-ins: what surrounds an adapter in a gateway, small enough to be read, with a memory to be looked into."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from gateway.core.batch import BatchItem
from gateway.core.delivery import Parcel
from gateway.core.message import DeliveryId
from gateway.core.ports import Surroundings

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Clock:
    """It is always `NOW`."""

    def now(self) -> datetime:
        """The moment at which it stands."""
        return NOW


@dataclass
class Shelf:
    """A pickup that keeps what it was offered, under the delivery's id; `error` is raised instead."""

    parcels: dict[str, Parcel] = field(default_factory=dict)
    offers: list[tuple[str, Parcel]] = field(default_factory=list)
    error: Exception | None = None

    async def ready(self, destination: str) -> None:  # noqa: ARG002 - the port's signature
        """Say nothing, or raise."""
        if self.error:
            raise self.error

    async def offer(self, destination: str, parcel: Parcel) -> None:
        """Keep it."""
        if self.error:
            raise self.error
        self.offers.append((destination, parcel))
        self.parcels[parcel.delivery] = parcel

    def deliveries(self) -> Sequence[str]:
        """Ids of what lies there."""
        return list(self.parcels)


@dataclass
class Names:
    """Systems' own names for deliveries, kept in memory; `error` is raised instead."""

    kept: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    owners: dict[str, DeliveryId] = field(default_factory=dict)
    """By every name that was kept."""

    async def reference(self, delivery: DeliveryId) -> str | None:
        """The name that is known."""
        if self.error:
            raise self.error
        return self.kept.get(delivery)

    async def keep_reference(
        self, delivery: DeliveryId, name: str, instead_of: str | None = None
    ) -> str | None:
        """Keep a name, unless there is another one."""
        if self.error:
            raise self.error
        if self.kept.get(delivery) == instead_of:
            self.kept[delivery] = name
            self.owners[name] = delivery
        return self.kept.get(delivery)

    async def delivery_named(self, name: str) -> DeliveryId | None:
        """Whose a name is, or was."""
        if self.error:
            raise self.error
        return self.owners.get(name)


@dataclass
class Basket:
    """Collects items for batches in memory; `error` is raised instead."""

    items: dict[str, BatchItem] = field(default_factory=dict)
    places: dict[tuple[int, int], DeliveryId] = field(default_factory=dict)
    """By the number of the batch and the line in it."""
    error: Exception | None = None

    async def collect_item(self, item: BatchItem, layout: str, now: datetime) -> None:  # noqa: ARG002 - as above
        """Keep it, once."""
        if self.error:
            raise self.error
        self.items.setdefault(item.delivery, item)

    async def delivery_at(self, destination: str, number: int, line: int) -> DeliveryId | None:  # noqa: ARG002 - as above
        """Whose a place in a batch is."""
        return self.places.get((number, line))


def surroundings(
    folder: Path = Path(),
    shelf: Shelf | None = None,
    names: Names | None = None,
    basket: Basket | None = None,
) -> Surroundings:
    """Surroundings whose files, of data and of configuration, lie in one folder."""
    return Surroundings(Clock(), shelf or Shelf(), names or Names(), basket or Basket(), folder, folder)
