"""Deadline: how long one attempt may take at most."""

from gateway.core.tenants import Destination

SHARE = 0.8
"""Less than the worker itself allows, so that the transport says how an attempt ended."""


def deadline(destination: Destination) -> float:
    """Seconds for one attempt."""
    return destination.attempt_within.total_seconds() * SHARE
