"""Body: reads a request's body as a stream, within a size and within a time."""

import asyncio
from io import BytesIO

from starlette.requests import ClientDisconnect
from starlette.types import Receive, Send

from gateway.api.negotiation import is_utf8_xml
from gateway.api.problem import ApiCode, ApiProblem, too_large
from gateway.api.services import Limits
from gateway.api.throttle import Upload

XML_TYPES = "application/xml, text/xml, application/*+xml"


def check_xml_type(content_type: str | None, content_encoding: str | None) -> None:
    """Look at what is announced before anything is read.

    Raises:
        ApiProblem: not XML, or compressed.
    """
    if (content_encoding or "identity").strip().lower() != "identity":
        raise ApiProblem(ApiCode.CONTENT_ENCODING_NOT_SUPPORTED)
    if not is_utf8_xml(content_type):
        raise ApiProblem(ApiCode.UNSUPPORTED_MEDIA_TYPE, facts={"expected": XML_TYPES})


async def read_body(receive: Receive, limit_bytes: int, limits: Limits, upload: Upload) -> bytes:
    """Read a body to its end. `upload` holds room for it while it is on its way.

    uvicorn itself waits for a stalled sender for ever: each pause and the whole have a time limit here.

    Raises:
        ApiProblem: larger than `limit_bytes`, too slow, or there is no room for it.
        ClientDisconnect: the sender has gone.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limits.body_seconds
    # It gives out what it has gathered without a copy, which is more than can be said of a list of pieces.
    body = BytesIO()
    size = 0
    try:
        async with asyncio.timeout(min(limits.chunk_seconds, limits.body_seconds)) as patience:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunk: bytes = message.get("body", b"")
                first = not size
                size += len(chunk)
                if size > limit_bytes:
                    raise too_large(limit_bytes)
                last = not message.get("more_body", False)
                if last and first:
                    # Most messages come in one piece.
                    return chunk
                if not last:
                    upload.hold(len(chunk))
                body.write(chunk)
                if last:
                    return body.getvalue()
                patience.reschedule(min(loop.time() + limits.chunk_seconds, deadline))
    except TimeoutError:
        raise ApiProblem(ApiCode.REQUEST_TIMEOUT) from None


async def answer_early(
    status: int, headers: list[tuple[bytes, bytes]], body: bytes, receive: Receive, send: Send
) -> None:
    """Answer before the body was read to its end, and close the connection.

    The answer goes out first; then the rest of the body is thrown away for a short time. Closing at once
    would reset the connection, and a client that is still sending would never see the answer.
    """
    closing = [*headers, (b"connection", b"close")]
    await send({"type": "http.response.start", "status": status, "headers": closing})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    try:
        async with asyncio.timeout(_LINGER_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    break
    except TimeoutError:
        pass
    await send({"type": "http.response.body", "body": b"", "more_body": False})


_LINGER_SECONDS = 2.0
