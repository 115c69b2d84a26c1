"""A process that accepts submissions, prints each receipt, and dies without a word among many more."""

import asyncio
import os
import sys

from gateway.core.delivery import Submission
from gateway.store import SqlStore
from tests.builders import a_message


async def main(url: str) -> None:
    store = await SqlStore.open(url, batch=4)
    answered = 0

    async def submit() -> None:
        nonlocal answered
        receipt = await store.accept(Submission(a_message(), ("einwohner", "statistik")))
        os.write(1, f"{receipt.id}\n".encode())
        answered += 1
        if answered == 10:
            os._exit(9)

    await asyncio.gather(*(submit() for _ in range(50)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
