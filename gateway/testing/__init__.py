"""Testing: the suite that every adapter passes, and what its author needs to describe a system.

For tests only: it needs pytest and pytest-asyncio (`pip install amtsbote[testing]`).
"""

from gateway.testing.contract import AdapterContract, Opened
from gateway.testing.house import House, house
from gateway.testing.messages import DELIVERY, consignment_of, samples_of
from gateway.testing.stand_ins import NOW, Basket, Clock, Names, Shelf, surroundings
from gateway.testing.system import HttpSystem, System
from gateway.testing.wire import Request, Wire, http, serving, wire

__all__ = [
    "DELIVERY",
    "NOW",
    "AdapterContract",
    "Basket",
    "Clock",
    "House",
    "HttpSystem",
    "Names",
    "Opened",
    "Request",
    "Shelf",
    "System",
    "Wire",
    "consignment_of",
    "house",
    "http",
    "samples_of",
    "serving",
    "surroundings",
    "wire",
]
