"""Systems: whom the sandbox stands in for, and the ways on which each of them takes messages."""

from collections.abc import Mapping
from enum import StrEnum


class System(StrEnum):
    """The specialist systems that the sandbox stands in for."""

    REGISTRATION = "registration"
    CIVIL_STATUS = "civil_status"
    TRADE = "trade"
    FINANCE = "finance"
    REAL_ESTATE = "real_estate"


class Way(StrEnum):
    """How a message reaches a system."""

    SOAP = "soap"
    REST = "rest"
    FILES = "files"
    SFTP = "sftp"
    BATCH = "batch"
    PICKUP = "pickup"
    XTA = "xta"


WAYS: Mapping[System, frozenset[Way]] = {
    System.REGISTRATION: frozenset({Way.SOAP}),
    System.CIVIL_STATUS: frozenset({Way.REST, Way.XTA}),
    System.TRADE: frozenset({Way.FILES, Way.SFTP}),
    System.FINANCE: frozenset({Way.REST, Way.BATCH}),
    System.REAL_ESTATE: frozenset({Way.PICKUP}),
}
"""The ways of each system."""

HTTP = frozenset({Way.SOAP, Way.REST, Way.XTA})
"""Ways on which a system is called, and answers."""
FOLDERS = frozenset({Way.FILES, Way.SFTP, Way.BATCH})
"""Ways on which files are laid down for a system."""

PREFIXES: Mapping[System, str] = {
    System.REGISTRATION: "EWO",
    System.CIVIL_STATUS: "StA",
    System.TRADE: "GEW",
    System.FINANCE: "KZ",
    System.REAL_ESTATE: "LIE",
}
"""What a system's own references begin with."""
