"""Deadline: how long one attempt may take at most."""

from gateway.core.tenants import Destination

SHARE_OF_LEASE = 0.8
"""Less than the worker itself allows (0.9), so that the transport says how an attempt ended."""


def deadline(destination: Destination) -> float:
    """Seconds for one attempt: it must have ended before its lease does, or somebody else begins the next."""
    return destination.lease.total_seconds() * SHARE_OF_LEASE
