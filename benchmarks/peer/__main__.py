"""The peer as a program: `python -m benchmarks.peer api PORT` or `python -m benchmarks.peer worker`."""

import asyncio
import sys

import uvicorn
import uvloop

from benchmarks.peer.app import create_app
from benchmarks.peer.running import running
from benchmarks.peer.settings import Settings


def serve(settings: Settings, port: int) -> None:
    """Answer portals until told to end."""
    uvicorn.run(create_app(settings), port=port, access_log=False, log_level="warning")


async def work(settings: Settings) -> None:
    """Deliver until told to end."""
    async with running(settings) as everything:
        await everything.queue.consume(everything.deliverer.deliver, settings.deliveries_at_once)
        await asyncio.Event().wait()


if __name__ == "__main__":
    from_environment = Settings()  # type: ignore[call-arg]  # takes what it needs from there
    match sys.argv[1:]:
        case ["api", port]:
            serve(from_environment, int(port))
        case _:
            uvloop.run(work(from_environment))
