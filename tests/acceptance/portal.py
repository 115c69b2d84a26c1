"""Portal: submits many letters over many connections, and comes again with whatever was not answered with a 202."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import httpx

from tests.acceptance.installation import PATIENCE, Installation
from tests.acceptance.letters import Letter

CONNECTIONS = 32
LONGEST_PAUSE = 1.0


@dataclass
class Rush:
    """One run of a portal with much to submit."""

    installation: Installation
    urls: Sequence[str] = ()
    """Which processes to submit to, in turn; by default the only one."""
    answers: Counter[str] = field(default_factory=Counter)
    """Statuses, and names of errors where there was no answer."""
    accepted: list[Letter] = field(default_factory=list)
    patience: float = PATIENCE
    """Seconds for which it waits for an answer."""
    _quarter: int = 0
    _a_quarter: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit(self, letters: Sequence[Letter], meanwhile: Callable[[], None] | None = None) -> None:
        """Submit all, those of a case one after the other; `meanwhile` runs in a thread once a quarter is accepted."""
        rows: dict[str, list[Letter]] = {}
        for letter in letters:
            rows.setdefault(letter.case or letter.uuid, []).append(letter)
        waiting = list(reversed(rows.values()))
        self._quarter = len(letters) // 4
        limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
        async with (
            httpx.AsyncClient(timeout=self.patience, limits=limits, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            for number in range(CONNECTIONS):
                group.create_task(self._submit_some(client, waiting, number))
            if meanwhile is not None:
                await self._a_quarter.wait()
                await asyncio.to_thread(meanwhile)

    async def _submit_some(self, client: httpx.AsyncClient, waiting: list[list[Letter]], number: int) -> None:
        urls = self.urls or (self.installation.api,)
        url = f"{urls[number % len(urls)]}/v1/messages"
        while waiting:
            for letter in waiting.pop():
                async with asyncio.timeout(PATIENCE):
                    while not await self._submit_one(client, url, letter):
                        pass

    async def _submit_one(self, client: httpx.AsyncClient, url: str, letter: Letter) -> bool:
        """One try; False where it is worth another."""
        try:
            answer = await client.post(url, content=letter.content, headers=self.installation.portal)
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            await asyncio.sleep(0.2)
            return False
        self.answers[str(answer.status_code)] += 1
        if answer.status_code == 202:
            replayed = answer.headers.get("Idempotent-Replay") == "true"
            self.installation.ledger.acknowledged(answer.json()["id"], letter, replayed=replayed)
            self.accepted.append(letter)
            if len(self.accepted) >= self._quarter:
                self._a_quarter.set()
            return True
        assert answer.status_code in {429, 503}, answer.text
        await asyncio.sleep(min(float(answer.headers["Retry-After"]), LONGEST_PAUSE))
        return False
