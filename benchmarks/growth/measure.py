"""Measure: the exercises at every size in turn, so that whatever else the machine does hits all sizes alike."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from benchmarks.growth.exercises import Exercise
from benchmarks.growth.stopwatch import Stopwatch, backends
from benchmarks.growth.stores import Place
from benchmarks.growth.visit import Visit
from gateway.store import SqlStore

WARM_UP = 3
"""Rounds until statements are prepared and what is used often is in memory."""


async def measure(places: Sequence[Place], exercises: Sequence[Exercise], rounds: int) -> list[Stopwatch]:
    """Run every exercise so many times at each place; one stopwatch for each."""
    async with AsyncExitStack() as stack:
        visits = []
        for place in places:
            store = await stack.enter_async_context(await SqlStore.open(place.url))
            visits.append(Visit(store, place.filled, Stopwatch()))
        for number in range(WARM_UP + rounds):
            if number == WARM_UP:
                for place, visit in zip(places, visits, strict=True):
                    assert isinstance(visit.watch, Stopwatch)
                    visit.watch.forget()
                    visit.watch.servers = backends(place.database) if place.database else []
            for exercise in exercises:
                for visit in visits:
                    await exercise(visit)
        return [visit.watch for visit in visits if isinstance(visit.watch, Stopwatch)]
