"""Ports: what the core and the use cases need from the world outside, as Protocols.

Whoever implements one passes its contract suite in `tests/contract`.
"""

from gateway.core.ports.broker import Broker, Handed, Letter, Letterbox
from gateway.core.ports.clock import Clock
from gateway.core.ports.security import Authenticator, PayloadCodec
from gateway.core.ports.store import (
    NO_RATES,
    ActStore,
    BatchStore,
    CollectorStore,
    DeliveryStore,
    InquiryStore,
    IntakeStore,
    KeyStore,
    MessageQueries,
    PickupShelf,
    ReceiptStore,
    RelayStore,
    ReplyStore,
    Store,
    TurnStore,
    WithdrawalStore,
)
from gateway.core.ports.systems import (
    Adapter,
    Askable,
    Batches,
    Batching,
    Checkable,
    Collected,
    Collecting,
    Consignment,
    Leftovers,
    Pickup,
    References,
    Surroundings,
)
from gateway.core.ports.xml import Deadlines, Handbooks, IntakeSchemas, Schemas, no_deadlines

__all__ = [
    "NO_RATES",
    "ActStore",
    "Adapter",
    "Askable",
    "Authenticator",
    "BatchStore",
    "Batches",
    "Batching",
    "Broker",
    "Checkable",
    "Clock",
    "Collected",
    "Collecting",
    "CollectorStore",
    "Consignment",
    "Deadlines",
    "DeliveryStore",
    "Handbooks",
    "Handed",
    "InquiryStore",
    "IntakeSchemas",
    "IntakeStore",
    "KeyStore",
    "Leftovers",
    "Letter",
    "Letterbox",
    "MessageQueries",
    "PayloadCodec",
    "Pickup",
    "PickupShelf",
    "ReceiptStore",
    "References",
    "RelayStore",
    "ReplyStore",
    "Schemas",
    "Store",
    "Surroundings",
    "TurnStore",
    "WithdrawalStore",
    "no_deadlines",
]
