"""Floor: the least that a server must do to keep valid messages: HTTP, libxml2, one group commit. Nothing else.

As a program: `python -m benchmarks.floor PORT STORE_URL`.
"""

import sys
from collections.abc import Awaitable, Callable

import uvicorn
import uvloop
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uuid_utils import uuid7

from benchmarks.bare import INSERT, bare_store
from benchmarks.letters import BUNDLE

Keep = Callable[[str, bytes], Awaitable[None]]

SCHEMA = BUNDLE / "finanzen.xsd"


async def serve(port: int, store_url: str) -> None:
    """Answer until the process is told to end."""
    async with bare_store(store_url) as group_commit:
        app = create_app(group_commit(INSERT).keep)
        config = uvicorn.Config(app, port=port, access_log=False, log_level="warning", lifespan="off")
        await uvicorn.Server(config).serve()


def create_app(keep: Keep) -> Starlette:
    """The application; `keep` returns when id and content are on disk."""
    schema = etree.XMLSchema(file=str(SCHEMA))

    async def submit(request: Request) -> Response:
        body = await request.body()
        try:
            schema.assertValid(etree.fromstring(body))
        except etree.LxmlError:
            return Response(status_code=422)
        id_ = str(uuid7())
        await keep(id_, body)
        return Response(b'{"id":"%b"}' % id_.encode(), 202, media_type="application/json")

    return Starlette(routes=[Route("/v1/messages", submit, methods=["POST"])])


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2]))
