import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

import httpx
import pytest
import uvloop

from adapters.transports.http.single import SingleTransport

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"
LIMITS = {"pool": 5, "connect": 5, "read": 5}

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[None, None, None]]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Callable[[Coroutine[None, None, None]], None]:
    """Runs a scene on the loop of the standard library, and on the one that serves."""

    def in_loop(scene: Coroutine[None, None, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(asyncio.wait_for(scene, 30))

    return in_loop


Run = Callable[[Coroutine[None, None, None]], None]


@asynccontextmanager
async def system(serve: Serve) -> AsyncIterator[int]:
    """A system that listens over IPv4 alone; gives its port."""
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversations.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            await serve(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for each in conversations:
            each.cancel()
        await asyncio.gather(*conversations, return_exceptions=True)


async def answering(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer at once and wait for the other side to hang up."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await reader.read()


def a_transport(most: int = 4) -> SingleTransport:
    return SingleTransport(ssl.create_default_context(), most)


async def post(
    transport: SingleTransport, url: str, content: bytes = b"x", **limits: float
) -> httpx.Response:
    request = httpx.Request("POST", url, content=content, extensions={"timeout": LIMITS | limits})
    response = await transport.handle_async_request(request)
    try:
        await response.aread()
    finally:
        await response.aclose()
    return response


def test_every_request_has_a_connection_of_its_own_that_ends_with_the_answer(run: Run) -> None:
    async def scene() -> None:
        hung_up = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal hung_up
            await answering(reader, writer)
            hung_up += 1

        async with system(serve) as port:
            transport = a_transport()
            for number in (1, 2):
                response = await post(transport, f"http://127.0.0.1:{port}/")
                assert (response.status_code, response.content) == (201, b"ok")
                while hung_up < number:  # noqa: ASYNC110 - a scene has a time limit
                    await asyncio.sleep(0.01)

    run(scene())


def test_an_address_where_nobody_listens_is_passed_over_and_remembered_as_second(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scene() -> None:
        tried: list[str] = []
        loop = asyncio.get_running_loop()
        connect = loop.create_connection

        class Noting:
            """The loop, which remembers where somebody wanted to go."""

            def __getattr__(self, name: str) -> object:
                return getattr(loop, name)

            async def getaddrinfo(self, _: str, port: int, **__: object) -> object:
                return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in HOSTS]

            async def create_connection(
                self, factory: object, host: str, *rest: object, **more: object
            ) -> object:
                tried.append(host)
                return await connect(factory, host, *rest, **more)  # type: ignore[call-overload]

        async with system(answering) as port:
            monkeypatch.setattr("adapters.transports.http.single.asyncio.get_running_loop", Noting)
            transport = a_transport()
            for _ in range(2):
                assert (await post(transport, f"http://system.invalid:{port}/")).status_code == 201
        assert tried == [*HOSTS, HOSTS[-1]]

    run(scene())


HOSTS = ("127.0.0.9", "127.0.0.1")


def test_no_more_connections_than_allowed_are_open_at_once(run: Run) -> None:
    async def scene() -> None:
        now, most = 0, 0
        go_on = asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal now, most
            now, most = now + 1, max(most, now + 1)
            await reader.readuntil(b"\r\n\r\n")
            await go_on.wait()
            now -= 1
            writer.write(ANSWER)

        async with system(serve) as port:
            transport, url = a_transport(2), f"http://127.0.0.1:{port}/"
            calls = [asyncio.create_task(post(transport, url)) for _ in range(5)]
            while now < 2:  # noqa: ASYNC110 - as above
                await asyncio.sleep(0.01)
            with pytest.raises(httpx.PoolTimeout):
                await post(transport, url, pool=0.05)
            go_on.set()
            await asyncio.gather(*calls)
        assert most == 2

    run(scene())


def test_a_place_is_free_again_after_whatever_went_wrong(run: Run) -> None:
    async def scene() -> None:
        async def rude(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"SMTP ready\r\n\r\n")

        transport = a_transport(1)
        async with system(rude) as port:
            with pytest.raises(httpx.RemoteProtocolError):
                await post(transport, f"http://127.0.0.1:{port}/")
        with pytest.raises(httpx.ConnectError):
            await post(transport, f"http://127.0.0.1:{port}/")
        async with system(answering) as port:
            assert (await post(transport, f"http://127.0.0.1:{port}/", pool=0.5)).status_code == 201

    run(scene())


def test_a_system_that_takes_nothing_more_of_a_large_message_is_a_matter_of_writing(run: Run) -> None:
    async def scene() -> None:
        stop = asyncio.Event()

        async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await stop.wait()

        async with system(deaf) as port:
            with pytest.raises(httpx.WriteTimeout):
                await post(a_transport(), f"http://127.0.0.1:{port}/", bytes(30_000_000), read=0.3)
            stop.set()

    run(scene())


def test_an_answer_before_the_message_was_taken_completely_counts(run: Run) -> None:
    async def scene() -> None:
        stop = asyncio.Event()

        async def hasty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
            await stop.wait()

        async with system(hasty) as port:
            response = await post(a_transport(), f"http://127.0.0.1:{port}/", bytes(30_000_000))
            assert response.status_code == 413
            stop.set()

    run(scene())


def test_what_is_said_before_the_answer_is_not_the_answer(run: Run) -> None:
    async def scene() -> None:
        async def chatty(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + ANSWER)

        async with system(chatty) as port:
            assert (await post(a_transport(), f"http://127.0.0.1:{port}/")).status_code == 201

    run(scene())


def test_an_answer_may_end_with_the_connection(run: Run) -> None:
    async def scene() -> None:
        async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.0 200 OK\r\n\r\nwhole")

        async with system(old) as port:
            assert (await post(a_transport(), f"http://127.0.0.1:{port}/")).content == b"whole"

    run(scene())


def test_an_answer_that_breaks_off_is_none(run: Run) -> None:
    async def scene() -> None:
        async def broken(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(ANSWER[:-1])

        async with system(broken) as port:
            with pytest.raises(httpx.RemoteProtocolError):
                await post(a_transport(), f"http://127.0.0.1:{port}/")

    run(scene())
