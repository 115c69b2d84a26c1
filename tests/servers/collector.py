"""A collector of OpenTelemetry in this process: takes traces over OTLP with HTTP, or refuses, or says nothing."""

import gzip
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True)
class Seen:
    """A span as it was received."""

    name: str
    trace: str
    id: str
    parent: str
    kind: int
    links: tuple[tuple[str, str], ...]
    facts: dict[str, str]
    roles: str
    failed: bool


class Collector:
    """Holds what was received, decoded and as it came."""

    def __init__(self) -> None:
        self.status = 200
        self.open = threading.Event()
        """Not set, requests are left without an answer."""
        self.open.set()
        self.bodies: list[bytes] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        """Where to send traces."""
        return f"http://127.0.0.1:{self._server.server_port}/v1/traces"

    def spans(self, trace: str | None = None) -> list[Seen]:
        """What was received so far, of one trace or of all."""
        found = [span for body in list(self.bodies) for span in _spans(body)]
        return [span for span in found if trace in {None, span.trace}]

    def close(self) -> None:
        self.open.set()
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                collector.open.wait()
                if collector.status == 200:
                    collector.bodies.append(body)
                self.send_response(collector.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        return Handler


def _spans(body: bytes) -> list[Seen]:
    request = ExportTraceServiceRequest.FromString(body)
    return [
        Seen(
            span.name,
            span.trace_id.hex(),
            span.span_id.hex(),
            span.parent_span_id.hex(),
            span.kind,
            tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
            {each.key: _text(each.value) for each in span.attributes},
            next(
                (_text(each.value) for each in resource.resource.attributes if each.key == "amtsbote.roles"),
                "",
            ),
            span.status.code == 2,
        )
        for resource in request.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]


def _text(value: object) -> str:
    return str(getattr(value, value.WhichOneof("value")))  # type: ignore[attr-defined]  # made by protobuf
