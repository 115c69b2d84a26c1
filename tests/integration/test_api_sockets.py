"""The API and clients that misbehave: slow, half, too large, too many, gone."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

import httpx
import pytest

from gateway.api import Limits, Services, create_app, server
from gateway.api.server import ApiServer, Bind
from gateway.api.throttle import UPLOAD_BYTES
from tests.unit.api.fakes import PORTAL_KEY, FakeIntake, fake_services, serving

XML = {"Content-Type": "application/xml", "Authorization": PORTAL_KEY}
HEAD = f"POST /v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nAuthorization: {PORTAL_KEY}\r\n"


@pytest.fixture
def services() -> Services:
    return fake_services()


def intake_of(services: Services) -> FakeIntake:
    assert isinstance(services.intake, FakeIntake)
    return services.intake


@contextmanager
def talking_to(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as talk:
        yield talk


def read_all(talk: socket.socket) -> bytes:
    """Everything until the server closes."""
    received = b""
    while piece := talk.recv(65536):
        received += piece
    return received


def test_a_sender_that_falls_silent_is_answered_and_closed(services: Services) -> None:
    with serving(services, Limits(chunk_seconds=0.3)) as port, talking_to(port) as talk:
        talk.sendall(f"{HEAD}Content-Length: 100\r\n\r\n<m>".encode())
        answer = read_all(talk)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code":"request-timeout"' in answer
    assert intake_of(services).submitted == []


def test_a_sender_that_only_drips_is_cut_off_in_the_end(services: Services) -> None:
    with serving(services, Limits(chunk_seconds=5, body_seconds=0.5)) as port, talking_to(port) as talk:
        talk.sendall(f"{HEAD}Content-Length: 1000\r\n\r\n".encode())
        talk.settimeout(0.1)
        answer = b""
        deadline = time.monotonic() + 10
        while not answer and time.monotonic() < deadline:
            talk.sendall(b"x")
            try:
                answer = talk.recv(4096)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")


def test_a_sender_that_goes_away_leaves_nothing(services: Services) -> None:
    with serving(services, Limits()) as port:
        with talking_to(port) as talk:
            talk.sendall(f"{HEAD}Content-Length: 100\r\n\r\n<m>".encode())
        counted = 'requests_refused_total{code="client-gone"} 1.0'
        assert _soon(lambda: counted in httpx.get(f"http://127.0.0.1:{port}/metrics").text)
        in_progress = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert "amtsbote_submissions_in_progress 0.0" in in_progress
    assert intake_of(services).submitted == []


def test_a_refusal_reaches_a_client_that_is_still_sending(services: Services) -> None:
    with serving(services, Limits(message_bytes=1000)) as port, talking_to(port) as talk:
        talk.sendall(f"{HEAD}Content-Length: 3000000\r\n\r\n".encode())
        for _ in range(30):
            talk.sendall(b"x" * 100_000)
        answer = read_all(talk)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_asks_first_need_not_send_a_body_in_vain(services: Services) -> None:
    with serving(services, Limits(message_bytes=1000)) as port, talking_to(port) as talk:
        talk.sendall(f"{HEAD}Content-Length: 3000000\r\nExpect: 100-continue\r\n\r\n".encode())
        answer = talk.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_without_end_is_cut_off(services: Services) -> None:
    with serving(services, Limits(message_bytes=1000)) as port, talking_to(port) as talk:
        talk.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())
        talk.sendall(b"800\r\n" + b"x" * 0x800 + b"\r\n")
        answer = talk.recv(4096)
    assert answer.startswith(b"HTTP/1.1 413 ")


def test_two_requests_follow_each_other_on_one_connection(services: Services) -> None:
    request = f"{HEAD}Content-Length: 4\r\n\r\n<m/>".encode()
    with serving(services, Limits()) as port, talking_to(port) as talk:
        talk.sendall(request + request)
        answer = b""
        while answer.count(b"HTTP/1.1 202 ") < 2:
            answer += talk.recv(65536)
    assert len(intake_of(services).submitted) == 2


def test_a_header_without_end_is_cut_off(services: Services) -> None:
    with serving(services, Limits()) as port, talking_to(port) as talk:
        talk.sendall(b"GET / HTTP/1.1\r\n")
        with pytest.raises(ConnectionError):  # noqa: PT012 - the reset comes at any of these
            for number in range(200):
                talk.sendall(b"X-%d: " % number + b"x" * 1000 + b"\r\n")
            if not read_all(talk):
                raise ConnectionResetError


def test_a_header_that_never_comes_is_not_waited_for(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.2)
    with serving(services, Limits()) as port:
        with talking_to(port) as talk:
            assert read_all(talk) == b""
        with talking_to(port) as talk:
            talk.sendall(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            answer = b""
            while not answer.endswith(b"}"):
                answer += talk.recv(4096)
            talk.sendall(b"GET /health")
            assert read_all(talk) == b""


def test_a_body_may_take_longer_than_a_header(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEADER_SECONDS", 0.1)
    with serving(services, Limits()) as port, talking_to(port) as talk:
        talk.sendall(f"{HEAD}Content-Length: 4\r\n\r\n<m".encode())
        time.sleep(0.4)
        talk.sendall(b"/>")
        assert talk.recv(4096).startswith(b"HTTP/1.1 202 ")


def test_too_many_at_once_are_put_off(services: Services) -> None:
    intake_of(services).release = release = threading.Event()
    limits = Limits(submissions=1)
    with serving(services, limits) as port, ThreadPoolExecutor(1) as pool:
        url = f"http://127.0.0.1:{port}/v1/messages"
        first = pool.submit(httpx.post, url, content=b"<m/>", headers=XML)
        text = "amtsbote_submissions_in_progress 1.0"
        assert _soon(lambda: text in httpx.get(f"http://127.0.0.1:{port}/metrics").text)
        second = httpx.post(url, content=b"<n/>", headers=XML)
        release.set()
        assert first.result().status_code == 202
    assert (second.status_code, second.headers["retry-after"]) == (503, "1")
    assert second.json()["code"] == "overloaded"


def test_slow_uploads_take_no_places_of_submissions(services: Services) -> None:
    with serving(services, Limits(submissions=1)) as port, ExitStack() as stack:
        slow = [stack.enter_context(talking_to(port)) for _ in range(20)]
        for talk in slow:
            talk.sendall(f"{HEAD}Content-Length: 4\r\n\r\n<m".encode())
        assert _soon(lambda: _upload_bytes(port) == 20 * (UPLOAD_BYTES + 2))
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/messages", content=b"<n/>", headers=XML)
        assert answer.status_code == 202
        for talk in slow:
            talk.sendall(b"/>")
            assert talk.recv(4096).startswith(b"HTTP/1.1 202 ")
        assert _upload_bytes(port) == 0


def test_a_portal_whose_uploads_fill_its_room_is_put_off_and_its_short_messages_are_not(
    services: Services,
) -> None:
    limits = Limits(upload_bytes=5 * UPLOAD_BYTES)
    with serving(services, limits) as port, ExitStack() as stack:
        url = f"http://127.0.0.1:{port}/v1/messages"
        for _ in range(2):
            talk = stack.enter_context(talking_to(port))
            talk.sendall(f"{HEAD}Content-Length: 4\r\n\r\n<m".encode())
        assert _soon(lambda: _upload_bytes(port) > UPLOAD_BYTES * 2)
        late = stack.enter_context(talking_to(port))
        late.sendall(f"{HEAD}Content-Length: 400\r\n\r\n<m".encode())
        assert late.recv(4096).startswith(b"HTTP/1.1 429 ")
        assert httpx.post(url, content=b"<n/>", headers=XML).status_code == 202


def test_too_many_in_a_row_are_put_off(services: Services) -> None:
    with serving(services, Limits(requests_per_second=0.5, burst=2)) as port:
        url = f"http://127.0.0.1:{port}/v1/messages"
        answers = [httpx.post(url, content=b"<m/>", headers=XML) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202, 202, 429]
    assert answers[2].headers["retry-after"] in {"1", "2"}


def test_what_is_in_progress_at_the_stop_is_finished(services: Services) -> None:
    intake_of(services).release = release = threading.Event()
    api = ApiServer(create_app(services, Limits()), Bind(port=0, graceful_seconds=10))
    thread = threading.Thread(target=lambda: asyncio.run(api.serve()))
    thread.start()
    port = asyncio.run(api.until_started())
    with talking_to(port) as talk:
        talk.sendall(f"{HEAD}Content-Length: 4\r\n\r\n<m/>".encode())
        text = "amtsbote_submissions_in_progress 1.0"
        assert _soon(lambda: text in httpx.get(f"http://127.0.0.1:{port}/metrics").text)
        api.stop()
        release.set()
        answer = read_all(talk)
    thread.join(10)
    assert answer.startswith(b"HTTP/1.1 202 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["tenant"] == "zossen"
    assert not thread.is_alive()


def _upload_bytes(port: int) -> float:
    text = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    return float(text.partition("\namtsbote_upload_bytes ")[2].partition("\n")[0])


def _soon(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
