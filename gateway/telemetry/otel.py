"""OpenTelemetry: records spans and sends them to a collector over OTLP. Imported only where tracing is configured."""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import datetime

import requests
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags
from opentelemetry.trace.status import Status, StatusCode

from gateway.telemetry.tracing import Facts, Kind, Span, Start

QUEUE = 2048
"""Spans that wait for the collector; more are dropped."""
BATCH = 512
EVERY = 1.0
"""Seconds after which also a small batch is sent."""
TIMEOUT = 5.0
"""Seconds for one batch, with all its tries."""
LAST_WORDS = 3.0
"""Seconds that a process which stops gives the collector."""

Lost = Callable[[str, int], None]
"""Hears why so many spans are lost."""

_KINDS = {
    Kind.SERVER: SpanKind.SERVER,
    Kind.INSIDE: SpanKind.INTERNAL,
    Kind.PUBLISH: SpanKind.PRODUCER,
    Kind.CONSUME: SpanKind.CONSUMER,
    Kind.CALL: SpanKind.CLIENT,
}
_WANTED_ID: ContextVar[bytes | None] = ContextVar("wanted_span_id", default=None)


class OtelRecorder:
    """Records spans. Whether a trace is recorded follows from its id alone: no portal can have us record everything,
    and every process decides alike.
    """

    def __init__(self, endpoint: str, ratio: float, resource: dict[str, str], lost: Lost) -> None:
        """`endpoint` is the collector's address for traces; `ratio` the share of traces that are recorded."""
        # What the exporter has to say about a collector that is away is counted, not logged again and again.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        session = requests.Session()
        session.trust_env = False
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=TIMEOUT, session=session)
        by_id = TraceIdRatioBased(ratio)
        self._provider = TracerProvider(
            sampler=ParentBased(by_id, remote_parent_sampled=by_id, remote_parent_not_sampled=ALWAYS_OFF),
            resource=Resource.create({"service.name": "amtsbote", **resource}),
            id_generator=_Ids(),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(Outbox(exporter, lost))
        self._tracer = self._provider.get_tracer("amtsbote")

    def start(self, start: Start) -> Span:
        """Begin a span."""
        parent = _context(start.parent)
        links = []
        if start.link is not None and parent is not None:
            links = [Link(SpanContext(parent.trace_id, int.from_bytes(start.link), True, parent.trace_flags))]
        context = trace.set_span_in_context(trace.NonRecordingSpan(parent or trace.INVALID_SPAN_CONTEXT))
        token = _WANTED_ID.set(start.id)
        try:
            span = self._tracer.start_span(
                start.name,
                context,
                _KINDS[start.kind],
                dict(start.facts),
                links,
                start_time=_nanos(start.at),
                record_exception=False,
            )
        finally:
            _WANTED_ID.reset(token)
        return _Recorded(span)

    def close(self) -> None:
        """Send what is left, as far as the collector takes it soon."""
        self._provider.shutdown()


class _Recorded:
    """A span of OpenTelemetry."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        context = span.get_span_context()
        flags = int(context.trace_flags) & 1
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{flags:02x}"

    def tell(self, facts: Facts, *, error: str | None = None) -> None:
        self._span.set_attributes(dict(facts))
        if error is not None:
            self._span.set_attribute("error.type", error)
            self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        self._span.end()


class Outbox(SpanProcessor):
    """Holds a bounded number of spans for a thread that sends them. The library's own processor does not tell how many
    it drops, and waits half a minute for a dead collector when the process stops.
    """

    def __init__(self, exporter: SpanExporter, lost: Lost) -> None:
        self._exporter = exporter
        self._lost = lost
        self._waiting: queue.Queue[ReadableSpan | None] = queue.Queue(QUEUE)
        self._thread = threading.Thread(target=self._send, name="spans", daemon=True)
        self._thread.start()

    def on_end(self, span: ReadableSpan) -> None:
        """Take a span, or drop it: whoever is at work never waits."""
        if not (span.context and span.context.trace_flags.sampled):
            return
        try:
            self._waiting.put_nowait(span)
        except queue.Full:
            self._lost("queue-full", 1)

    def shutdown(self) -> None:
        """Send what is waiting; what takes too long is lost with the process."""
        try:
            self._waiting.put(None, timeout=LAST_WORDS)
        except queue.Full:
            return
        self._thread.join(LAST_WORDS)
        # Ends the pause between two tries of whatever is still on its way.
        self._exporter.shutdown()

    def _send(self) -> None:
        more = True
        while more:
            batch, more = self._batch()
            if batch and not self._taken(batch):
                self._lost("not-taken", len(batch))

    def _batch(self) -> tuple[Sequence[ReadableSpan], bool]:
        """The next spans, and whether more may follow."""
        batch: list[ReadableSpan] = []
        end = time.monotonic() + EVERY
        while len(batch) < BATCH and (left := end - time.monotonic()) > 0:
            try:
                span = self._waiting.get(timeout=left)
            except queue.Empty:
                break
            if span is None:
                return batch, False
            batch.append(span)
        return batch, True

    def _taken(self, batch: Sequence[ReadableSpan]) -> bool:
        try:
            return self._exporter.export(batch) is SpanExportResult.SUCCESS
        except Exception:  # noqa: BLE001 - whatever it is, the thread must live on
            return False


class _Ids(RandomIdGenerator):
    """Random ids, except where somebody wants a certain one."""

    def generate_span_id(self) -> int:
        wanted = _WANTED_ID.get()
        return super().generate_span_id() if wanted is None else int.from_bytes(wanted)


def _context(traceparent: str | None) -> SpanContext | None:
    if traceparent is None:
        return None
    _, trace_id, span_id, flags = traceparent.split("-")
    return SpanContext(int(trace_id, 16), int(span_id, 16), True, TraceFlags(int(flags, 16)))


def _nanos(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1_000_000) * 1000
