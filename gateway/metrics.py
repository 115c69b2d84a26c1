"""Metrics: what operations staff watch, as one set of Prometheus metrics in a registry of its own."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from gateway.core.breaker import BreakerState

_LEVELS = {BreakerState.CLOSED: 0, BreakerState.PROBING: 1, BreakerState.OPEN: 2}
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """All metrics of one process. Labels name services, destinations and codes, never a message or a person."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.accepted = Counter(
            "amtsbote_submissions_accepted",
            "Submissions that are safe on disk; repeated ones were accepted before.",
            ["service", "repeated"],
            registry=registry,
        )
        self.refused = Counter(
            "amtsbote_requests_refused",
            "Requests that ended with a problem, by its leading code.",
            ["code"],
            registry=registry,
        )
        self.request_seconds = Histogram(
            "amtsbote_request_duration_seconds",
            "From the request's header to the end of the answer.",
            ["method", "route", "status"],
            buckets=_FAST,
            registry=registry,
        )
        self.submissions_in_progress = Gauge(
            "amtsbote_submissions_in_progress", "Submissions being read or checked now.", registry=registry
        )
        self.deliveries = Counter(
            "amtsbote_delivery_attempts",
            "Attempts to deliver, by what came out of them.",
            ["destination", "outcome"],
            registry=registry,
        )
        self.delivery_seconds = Histogram(
            "amtsbote_delivery_duration_seconds",
            "From the claim to the committed outcome.",
            ["destination"],
            buckets=_SLOW,
            registry=registry,
        )
        self.published = Counter(
            "amtsbote_tickets_published",
            "Tickets that the relay put on a queue with the broker's confirm.",
            ["destination"],
            registry=registry,
        )
        self.leases_lost = Counter(
            "amtsbote_leases_lost",
            "Deliveries that the reaper took back from a worker.",
            ["destination"],
            registry=registry,
        )
        self.receipts = Counter(
            "amtsbote_receipts",
            "Receipts of specialist systems that were taken.",
            ["destination", "status"],
            registry=registry,
        )
        self.inquiries = Counter(
            "amtsbote_inquiries",
            "Questions to specialist systems about deliveries, by the answer: word, not-there, none.",
            ["destination", "answer"],
            registry=registry,
        )
        self.collected = Counter(
            "amtsbote_words_collected",
            "Words found in return folders and mailboxes, by what became of them: taken, set-aside.",
            ["destination", "result"],
            registry=registry,
        )
        self.not_confirmed = Counter(
            "amtsbote_not_confirmed",
            "Deliveries handed over that their system did not confirm in time.",
            ["destination"],
            registry=registry,
        )
        self.open_deliveries = Gauge(
            "amtsbote_open_deliveries",
            "Deliveries that are not delivered, by destination and state.",
            ["destination", "state"],
            registry=registry,
        )
        self.breaker_state = Gauge(
            "amtsbote_breaker_state",
            "0: the destination gets everything, 1: one delivery probes it, 2: it gets nothing.",
            ["destination"],
            registry=registry,
        )
        self.store_up = Gauge(
            "amtsbote_store_up", "1 where the store answered the last scrape.", registry=registry
        )

    def show_open_deliveries(self, counts: Mapping[tuple[str, str], int]) -> None:
        """Set the depth of the queues from the store's counts by (destination, state)."""
        self.open_deliveries.clear()
        for (destination, state), count in counts.items():
            self.open_deliveries.labels(destination, state).set(count)

    def show_breakers(self, states: Mapping[str, BreakerState]) -> None:
        """Set the breakers from the store's word."""
        self.breaker_state.clear()
        for destination, state in states.items():
            self.breaker_state.labels(destination).set(_LEVELS[state])

    def expose(self) -> bytes:
        """All metrics in the text format of Prometheus, version 0.0.4."""
        return generate_latest(self.registry)
