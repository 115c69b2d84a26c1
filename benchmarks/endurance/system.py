"""System: a specialist system that can be made to refuse, and keeps its own account. As a program:
`python -m benchmarks.endurance.system PORT`.

`POST /NAME/...` delivers to the system NAME. `PUT /NAME?status=503` makes it answer so from now on, `GET /NAME`
gives what it took since it was asked last: the moments, in seconds since 1970, by nachrichtenUUID. A repetition with the
same Idempotency-Key is answered as the first time and counted apart.
"""

import re
import sys
import time
from collections import defaultdict
from urllib.parse import parse_qs

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

TAKES = 201
_UUID = re.compile(rb'"nachrichtenUUID": ?"([^"]+)"')
_ANSWER = b'{"kassenzeichen":"KZ-1"}'


class Systems:
    """All systems of one process, as a bare ASGI application."""

    def __init__(self) -> None:
        self._status: dict[str, int] = defaultdict(lambda: TAKES)
        self._taken: dict[str, dict[str, list[float]]] = defaultdict(dict)
        self._keys: dict[str, set[bytes]] = defaultdict(set)
        self._repeated: dict[str, int] = defaultdict(int)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        pieces = []
        more = True
        while more:
            message = await receive()
            pieces.append(message.get("body", b""))
            more = message.get("more_body", False)
        name = scope["path"].split("/")[1]
        match scope["method"]:
            case "PUT":
                self._status[name] = int(parse_qs(scope["query_string"])[b"status"][0])
                await _answer(send, 204, b"")
            case "GET":
                account = {"taken": self._taken.pop(name, {}), "repeated": self._repeated.pop(name, 0)}
                await _answer(send, 200, orjson.dumps(account))
            case _:
                await self._take(name, dict(scope["headers"])[b"idempotency-key"], b"".join(pieces), send)

    async def _take(self, name: str, key: bytes, content: bytes, send: Send) -> None:
        if self._status[name] != TAKES:
            await _answer(send, self._status[name], b"")
            return
        if key in self._keys[name]:
            self._repeated[name] += 1
        else:
            self._keys[name].add(key)
            found = _UUID.search(content)
            self._taken[name].setdefault(found[1].decode() if found else "", []).append(time.time())
        await _answer(send, TAKES, _ANSWER)


async def _answer(send: Send, status: int, content: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(content))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


if __name__ == "__main__":
    uvicorn.run(Systems(), port=int(sys.argv[1]), access_log=False, log_level="warning", lifespan="off")
