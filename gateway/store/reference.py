"""Reference: keeps a system's own name for a delivery while the attempt is still on its way."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from gateway.core.message import DeliveryId
from gateway.store.engine.statement import Statement, Tx


@dataclass(frozen=True, slots=True)
class Keep:
    """A name to keep where another one, or none, is known until now."""

    rings: ClassVar[bool] = False
    weight: ClassVar[int] = 0

    delivery: DeliveryId
    reference: str
    instead_of: str | None

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """The delivery."""
        return (self.delivery,)

    @staticmethod
    def run(tx: Tx, commands: Sequence["Keep"]) -> Sequence[str | None]:
        """Keep each name, and say what is known afterwards."""
        tx.run(_KEEP, [(each.delivery, each.reference, each.instead_of) for each in commands])
        tx.run(_REMEMBER, [(each.delivery, each.reference) for each in commands])
        return [known(tx, each.delivery) for each in commands]


def known(tx: Tx, delivery: DeliveryId) -> str | None:
    """The name that is known."""
    for row in tx.run(_KNOWN, id=delivery):
        return None if row.reference is None else str(row.reference)
    return None


def named(tx: Tx, name: str) -> DeliveryId | None:
    """Whose a kept name is, or was."""
    for row in tx.run(_NAMED, name=name):
        return DeliveryId(row.delivery_id)
    return None


_KEEP = Statement(
    """UPDATE deliveries SET reference = given.reference FROM {given}
    WHERE deliveries.id = given.id
        AND (deliveries.reference = given.instead_of
            OR (deliveries.reference IS NULL AND given.instead_of IS NULL))""",
    given="id text, reference text, instead_of text",
)
# A name that is replaced, or that the system's own later takes the place of, may still be quoted by an answer.
_REMEMBER = Statement(
    """INSERT INTO names (name, delivery_id, tenant) SELECT given.name, d.id, d.tenant
    FROM {given} JOIN deliveries d ON d.id = given.id AND d.reference = given.name
    WHERE true ON CONFLICT DO NOTHING""",
    given="id text, name text",
)
_NAMED = Statement("SELECT delivery_id FROM names WHERE name = :name")
_KNOWN = Statement("SELECT reference FROM deliveries WHERE id = :id")
