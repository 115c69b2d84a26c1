"""Metrics: what operations staff watch, as one set of Prometheus metrics in a registry of its own."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from shutil import disk_usage

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from gateway.core.breaker import BreakerState
from gateway.core.check import Checked, StepName, StepResult
from gateway.core.incident import Incident, Trouble
from gateway.core.views import Depth, DestinationView

_RESULTS = {StepResult.OK: 0, StepResult.WARNING: 1, StepResult.FAILED: 2}
_LEVELS = {BreakerState.CLOSED: 0, BreakerState.PROBING: 1, BreakerState.OPEN: 2}
_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_AGES = (0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0, 120.0, 600.0, 3600.0, 6 * 3600.0, 86400.0, 7 * 86400.0)
_SIZES = (1, 2, 4, 8, 16, 32, 64)
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
            "amtsbote_submissions_in_progress", "Submissions being checked and kept now.", registry=registry
        )
        self.upload_bytes = Gauge(
            "amtsbote_upload_bytes",
            "Room that bodies on their way take: what is here of them, and 64 KiB for each.",
            registry=registry,
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
        self.publish_seconds = Histogram(
            "amtsbote_publish_duration_seconds",
            "From handing a batch of tickets to the broker to its last confirm.",
            buckets=_FAST,
            registry=registry,
        )
        self.relay_round = Gauge(
            "amtsbote_relay_round_timestamp_seconds",
            "When a relay last asked the store what is due, and got an answer.",
            registry=registry,
        )
        self.lag_seconds = Histogram(
            "amtsbote_acceptance_to_delivery_seconds",
            "From acceptance, or the latest replay, until the specialist system had it and said so.",
            ["destination"],
            buckets=_AGES,
            registry=registry,
        )
        self.commit_commands = Histogram(
            "amtsbote_commit_commands",
            "Changes that shared one transaction of the store.",
            buckets=_SIZES,
            registry=registry,
        )
        self.commit_seconds = Histogram(
            "amtsbote_commit_duration_seconds",
            "How long a transaction of the store took, until it was safe on disk.",
            buckets=_FAST,
            registry=registry,
        )
        self.spans_lost = Counter(
            "amtsbote_spans_lost",
            "Spans that no collector has: queue-full, not-taken.",
            ["reason"],
            registry=registry,
        )
        self.commands_waiting = Gauge(
            "amtsbote_commands_waiting",
            "Changes that wait for a transaction of the store.",
            registry=registry,
        )
        self.connections = Gauge(
            "amtsbote_store_connections", "Connections to the store in use now.", registry=registry
        )
        self.most_connections = Gauge(
            "amtsbote_store_connections_max", "Connections to the store at most.", registry=registry
        )
        self.disk_free = Gauge(
            "amtsbote_disk_free_bytes", "Free space where the data folder lies.", registry=registry
        )
        self.disk_floor = Gauge(
            "amtsbote_disk_floor_bytes", "Below so much free space nothing is accepted.", registry=registry
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
        self.receipts_dead = Counter(
            "amtsbote_receipts_dead",
            "Receipts over AMQP that could not be used, by reason.",
            ["reason"],
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
        self.oldest_delivery = Gauge(
            "amtsbote_oldest_delivery_timestamp_seconds",
            "queued, claimed: when the oldest was accepted or last replayed; else since when the first is in this state.",
            ["destination", "state"],
            registry=registry,
        )
        self.due_deliveries = Gauge(
            "amtsbote_due_deliveries",
            "Queued deliveries that could go out now, as far as time is concerned.",
            ["destination"],
            registry=registry,
        )
        self.paused = Gauge(
            "amtsbote_destination_paused",
            "1 while a person holds the destination.",
            ["destination"],
            registry=registry,
        )
        self.answers_left = Gauge(
            "amtsbote_answers_left",
            "Answers in a destination's mailbox that fit no delivery or can't be read; not there where there are none.",
            ["destination"],
            registry=registry,
        )
        self.counted = Gauge(
            "amtsbote_counted_timestamp_seconds",
            "When the store was last asked what waits.",
            registry=registry,
        )
        self.breaker_state = Gauge(
            "amtsbote_breaker_state",
            "0: the destination gets everything, 1: one delivery probes it, 2: it gets nothing.",
            ["destination"],
            registry=registry,
        )
        self.destination_check = Gauge(
            "amtsbote_destination_check",
            "How a step of the latest check of a destination went. 0: ok, 1: warning, 2: failed.",
            ["destination", "step"],
            registry=registry,
        )
        self.certificate_days = Gauge(
            "amtsbote_certificate_days",
            "Days until a certificate expires, the system's or our own, by the latest check.",
            ["destination", "certificate"],
            registry=registry,
        )
        self.store_up = Gauge(
            "amtsbote_store_up", "1 where the store answered the last scrape.", registry=registry
        )

    def show(
        self,
        depths: Sequence[Depth],
        stands: Iterable[DestinationView],
        incidents: Iterable[Incident],
        now: datetime,
    ) -> None:
        """Set what the store counted just now."""
        self.withdraw()
        for depth in depths:
            labels = depth.destination, depth.state
            self.open_deliveries.labels(*labels).set(depth.number)
            self.oldest_delivery.labels(*labels).set(depth.oldest.timestamp())
        for stand in stands:
            self.breaker_state.labels(stand.name).set(_LEVELS[stand.breaker])
            self.paused.labels(stand.name).set(stand.paused_until is not None)
            self.due_deliveries.labels(stand.name).set(
                sum(depth.due for depth in depths if depth.destination == stand.name)
            )
        for incident in incidents:
            if incident.trouble is Trouble.LEFTOVERS:
                self.answers_left.labels(incident.destination).set(incident.affected)
        self.counted.set(now.timestamp())

    def withdraw(self) -> None:
        """Show nothing of the store: it can't be asked."""
        gauges = (
            self.open_deliveries,
            self.oldest_delivery,
            self.due_deliveries,
            self.breaker_state,
            self.paused,
            self.answers_left,
        )
        for gauge in gauges:
            gauge.clear()

    def commit(self, commands: int, seconds: float) -> None:
        """Note a transaction of the store."""
        self.commit_commands.observe(commands)
        self.commit_seconds.observe(seconds)

    def lost_spans(self, reason: str, number: int) -> None:
        """Note spans that no collector has."""
        self.spans_lost.labels(reason).inc(number)

    def delivered(self, destination: str, age: timedelta) -> None:
        """Note how old a delivery was when its system had it."""
        self.lag_seconds.labels(destination).observe(age.total_seconds())

    def watch_store(self, waiting: Callable[[], int], connections: Callable[[], int], most: int) -> None:
        """Show what is in use of a store whenever somebody looks."""
        self.commands_waiting.set_function(waiting)
        self.connections.set_function(connections)
        self.most_connections.set(most)

    def watch_disk(self, folder: Path, floor_bytes: int) -> None:
        """Show the free space of a folder's file system whenever somebody looks."""
        self.disk_free.set_function(lambda: disk_usage(folder).free)
        self.disk_floor.set(floor_bytes)

    def show_check(self, checked: Checked) -> None:
        """Set what the latest check of a destination found: of steps with one name the worst, of certificates the one
        that expires first. A step that was skipped says nothing.
        """
        levels: dict[str, int] = {}
        days: dict[str, float] = {}
        for step in checked.steps:
            level = _RESULTS.get(step.finding.result)
            if level is not None:
                levels[step.name.value] = max(level, levels.get(step.name.value, 0))
            if step.finding.days is not None:
                whose = "own" if step.name is StepName.OWN_CERTIFICATE else "system"
                days[whose] = min(step.finding.days, days.get(whose, step.finding.days))
        for name in {step.name.value for step in checked.steps}:
            if name in levels:
                self.destination_check.labels(checked.destination, name).set(levels[name])
            else:
                with suppress(KeyError):
                    self.destination_check.remove(checked.destination, name)
        for whose, left in days.items():
            self.certificate_days.labels(checked.destination, whose).set(left)

    def expose(self) -> bytes:
        """All metrics in the text format of Prometheus, version 0.0.4."""
        return generate_latest(self.registry)
