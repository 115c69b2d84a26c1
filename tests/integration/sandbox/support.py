"""A gateway of a few lines, which hands out parcels and takes receipts; and patience."""

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Callable
from email import message_from_bytes
from email.message import Message
from email.policy import HTTP
from typing import Any

import orjson

PARCEL = {"tenant": "cottbus", "service": "real-estate/negativzeugnis"}


class FakeGateway:
    """Leases each parcel anew until its receipt came, as the real one does when a lease has run out."""

    def __init__(self) -> None:
        # The discard port: nobody listens there.
        self.url = "http://127.0.0.1:9"
        self.parcels: dict[str, dict[str, Any]] = {}
        self.receipts: list[dict[str, str]] = []
        self.keys: set[str] = set()
        self.statuses: list[int] = []
        """Statuses with which the next receipts are answered; then 200."""
        self.questions: list[Any] = []

    def lay_out(
        self,
        delivery: str,
        body: bytes,
        root: str = "liegenschaften.negativzeugnis.0501",
        content_type: str = "application/xml",
    ) -> None:
        self.parcels[delivery] = PARCEL | {
            "delivery": delivery,
            "message": f"m-{delivery}",
            "root": root,
            "contentType": content_type,
            "test": False,
            "orderKey": None,
            "body": base64.b64encode(body).decode(),
        }

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        content = await reader.readexactly(int(headers["content-length"]))
        asked = _read(next(line[14:] for line in head if line.lower().startswith("content-type: ")), content)
        self.keys.add(next(line for line in head if line.startswith("Authorization: "))[15:])
        status, answer = self.answer(head[0].split()[1], asked)
        content = orjson.dumps(answer) if answer is not None else b""
        length = b"" if status == 204 else b"content-length: %d\r\n" % len(content)
        writer.write(b"HTTP/1.1 %d x\r\nconnection: close\r\n%b\r\n%b" % (status, length, content))
        await writer.drain()
        writer.close()

    def answer(self, path: str, asked: Any) -> tuple[int, object]:  # noqa: ANN401
        if path == "/v1/receipts":
            status = self.statuses.pop(0) if self.statuses else 200
            if status == 200:
                self.receipts.append(asked)
                self.parcels.pop(asked["delivery"], None)
            return status, {}
        self.questions.append((path, asked))
        parcels = list(self.parcels.values())[: asked["max"]]
        return (200, {"parcels": parcels}) if parcels else (204, None)


def _read(content_type: str, content: bytes) -> Any:  # noqa: ANN401
    """JSON, or a form: its documents as they would stand in the JSON."""
    if not content_type.startswith("multipart/form-data"):
        return orjson.loads(content)
    mail = message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + content, policy=HTTP)
    parts = list(mail.iter_parts())
    named = [(str(part.get_param("name", header="content-disposition")), part) for part in parts]
    (receipt,) = [_content(part) for name, part in named if name == "receipt"]
    replies = [
        {
            "mediaType": part.get_content_type(),
            "name": part.get_filename(),
            "content": base64.b64encode(_content(part)).decode(),
        }
        for name, part in named
        if name == "reply"
    ]
    return orjson.loads(receipt) | {"replies": replies, "form": True}


def _content(part: Message) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


@contextlib.asynccontextmanager
async def fake_gateway() -> AsyncIterator[FakeGateway]:
    gateway = FakeGateway()
    server = await asyncio.start_server(gateway.handle, "127.0.0.1", 0)
    gateway.url = "http://127.0.0.1:%d" % server.sockets[0].getsockname()[1]  # noqa: UP031
    async with server:
        yield gateway


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what must come; its time decides nothing."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # whatever the condition is, it has no event
            await asyncio.sleep(0.01)
