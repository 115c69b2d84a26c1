"""The wire that adapters are tested on: the same that authors of adapters elsewhere use."""

from gateway.testing.wire import DRIP, Request, Wire, http, serving, wire

__all__ = ["DRIP", "Request", "Wire", "http", "serving", "wire"]
