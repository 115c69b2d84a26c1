"""Sink: a specialist system of finance that takes everything at once. As a program: `python -m benchmarks.sink PORT`."""

import sys

import uvicorn
from starlette.types import Receive, Scope, Send

_ANSWER = b'{"kassenzeichen":"KZ-1"}'
_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ANSWER))]


async def take(_scope: Scope, receive: Receive, send: Send) -> None:
    """Read the request to its end and give the receipt."""
    while (await receive()).get("more_body", False):
        pass
    await send({"type": "http.response.start", "status": 201, "headers": _HEADERS})
    await send({"type": "http.response.body", "body": _ANSWER})


if __name__ == "__main__":
    uvicorn.run(take, port=int(sys.argv[1]), access_log=False, log_level="warning", lifespan="off")
