"""The recorder: whoever is at work never waits for a collector, and what it does not take is counted."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from gateway.core.trace import TRACEPARENT, traceparent
from gateway.telemetry import otel, tracing
from gateway.telemetry.otel import OtelRecorder
from gateway.telemetry.tracing import Kind, Start
from tests.servers.collector import Collector

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def collector() -> Iterator[Collector]:
    collector = Collector()
    yield collector
    collector.close()


def recorder(endpoint: str, lost: Counter[str], ratio: float = 1.0) -> OtelRecorder:
    return OtelRecorder(endpoint, ratio, {}, lambda reason, number: lost.update({reason: number}))


def test_spans_arrive_with_their_parents_and_what_is_wanted_of_them(collector: Collector) -> None:
    lost: Counter[str] = Counter()
    with tracing.recording(recorder(collector.endpoint, lost)):
        with tracing.request("POST /v1/messages", TRACE), tracing.step("commit", rows=3):
            assert traceparent(TRACEPARENT.get()) is not None
        own = tracing.attempt_id("d", 2)
        tracing.begin(Start("deliver", Kind.CONSUME, TRACE, {}, own, tracing.attempt_id("d", 1))).end()

    spans = {each.name: each for each in collector.spans()}
    assert spans["POST /v1/messages"].parent == "00f067aa0ba902b7"
    assert spans["commit"].parent == spans["POST /v1/messages"].id
    assert spans["commit"].facts == {"rows": "3"}
    assert spans["deliver"].id == own.hex()
    assert spans["deliver"].links == ((spans["deliver"].trace, tracing.attempt_id("d", 1).hex()),)
    assert TRACEPARENT.get() is None
    assert not lost


def test_the_share_is_decided_by_the_id_and_not_by_the_portal(collector: Collector) -> None:
    recording = tracing.recording(recorder(collector.endpoint, Counter(), ratio=0.0))
    with recording, tracing.request("POST /v1/messages", TRACE) as span:
        assert span.traceparent is not None
        assert span.traceparent.endswith("-00")

    assert collector.spans() == []


def test_what_the_collector_refuses_is_counted(collector: Collector) -> None:
    collector.status = 400
    lost: Counter[str] = Counter()
    with tracing.recording(recorder(collector.endpoint, lost)):
        for _ in range(3):
            with tracing.request("POST /v1/messages", None):
                pass

    assert lost == {"not-taken": 3}


def test_a_collector_that_says_nothing_holds_up_nobody(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(otel, "QUEUE", 10)
    monkeypatch.setattr(otel, "BATCH", 1)
    monkeypatch.setattr(otel, "LAST_WORDS", 0.2)
    collector.open.clear()
    lost: Counter[str] = Counter()
    sent = 0
    with tracing.recording(recorder(collector.endpoint, lost)):
        while lost["queue-full"] < 100:
            with tracing.request("POST /v1/messages", None):
                sent += 1

    assert sent <= 100 + 10 + 2, "more fit into the queue than it holds"


class Raising(SpanExporter):
    def __init__(self) -> None:
        self.seen = threading.Semaphore(0)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.seen.release()
        raise ValueError("broken")

    def shutdown(self) -> None: ...


def test_an_exporter_that_breaks_does_not_end_the_sending() -> None:
    exporter, lost = Raising(), Counter[str]()
    outbox = otel.Outbox(exporter, lambda reason, number: lost.update({reason: number}))
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(outbox)
    for _ in range(2):
        provider.get_tracer("test").start_span("one").end()
        assert exporter.seen.acquire(timeout=60)
    provider.shutdown()

    assert lost == {"not-taken": 2}


def test_without_a_recorder_there_is_nothing() -> None:
    with tracing.request("POST /v1/messages", TRACE) as span, tracing.step("commit"):
        tracing.tell({"any": 1})
        assert span.traceparent is None
        assert TRACEPARENT.get() is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00F067AA0BA902B7-01",
        f"{TRACE}\n",
        7,
        None,
    ],
)
def test_what_is_no_trace_context_is_ignored(text: object) -> None:
    assert traceparent(text) is None
