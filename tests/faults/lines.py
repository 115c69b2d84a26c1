"""Lines: TCP proxies in a thread of their own, so that a test may break what lies between two processes."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass

from tests.servers.proxy import Proxy


@dataclass(frozen=True)
class Lines:
    """The lines of an installation, by what is at their end."""

    loop: asyncio.AbstractEventLoop
    proxies: dict[str, Proxy]

    def do(self, link: str, act: Callable[[Proxy], object]) -> None:
        """Do something to a line, and wait until it is done."""

        async def done() -> None:
            result = act(self.proxies[link])
            if asyncio.iscoroutine(result):
                await result

        asyncio.run_coroutine_threadsafe(done(), self.loop).result(30)


@contextmanager
def opened_lines(host: str = "127.0.0.1", /, **urls: str) -> Iterator[Lines]:
    """Lines to these servers from an interface of this machine, open while the context is."""
    ready, over = threading.Event(), asyncio.Event()
    found: list[Lines] = []

    async def hold() -> None:
        async with AsyncExitStack() as stack:
            proxies = {name: await stack.enter_async_context(Proxy(url, host)) for name, url in urls.items()}
            found.append(Lines(asyncio.get_running_loop(), proxies))
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: asyncio.run(hold()))
    thread.start()
    ready.wait(30)
    try:
        yield found[0]
    finally:
        found[0].loop.call_soon_threadsafe(over.set)
        thread.join()
