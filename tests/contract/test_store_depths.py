"""Contract of the store, depths: what is open is counted by destination and state, and what is delivered costs nothing."""

import re
from datetime import timedelta

from gateway.core.acts import Replay
from gateway.core.message import DeliveryId
from gateway.core.status import DeliveryState
from gateway.core.views import Depth
from gateway.store import SqlStore
from gateway.store.depths import _DEPTHS
from gateway.store.engine.statement import SQLITE, Tx
from gateway.store.engine.times import micros
from tests.builders import NOON
from tests.contract.store_steps import BROKEN, SECOND, accepted, an_end, claimed, ended, ready

LATER = NOON + timedelta(hours=2)


async def test_what_is_delivered_is_not_counted(store: SqlStore) -> None:
    await ended(store, DeliveryState.DELIVERED)

    assert await store.depths(NOON) == []


async def test_each_destination_and_state_is_counted_with_its_oldest(store: SqlStore) -> None:
    await ended(store, DeliveryState.PARKED)
    await ended(store, DeliveryState.PENDING)
    await claimed(store)
    await ready(store)
    await accepted(store)
    await accepted(store, to=("gewerbe",))

    assert await store.depths(NOON) == [
        Depth("einwohner", DeliveryState.CLAIMED, 1, NOON),
        Depth("einwohner", DeliveryState.PARKED, 1, NOON),
        Depth("einwohner", DeliveryState.PENDING, 1, NOON),
        Depth("einwohner", DeliveryState.QUEUED, 2, NOON, due=2),
        Depth("gewerbe", DeliveryState.QUEUED, 1, NOON, due=1),
    ]


async def test_what_waits_for_its_next_attempt_is_not_due(store: SqlStore) -> None:
    ticket = await claimed(store)
    await store.settle(an_end(ticket, DeliveryState.QUEUED, outcome="failed", cause=BROKEN, due_at=LATER))

    assert await store.depths(LATER - SECOND) == [Depth("einwohner", DeliveryState.QUEUED, 1, NOON, due=0)]
    assert await store.depths(LATER) == [Depth("einwohner", DeliveryState.QUEUED, 1, NOON, due=1)]


async def test_a_replay_begins_a_new_age_and_a_person_is_waited_for_since_the_end(store: SqlStore) -> None:
    ticket = await claimed(store)
    await store.settle(an_end(ticket, DeliveryState.PARKED, outcome="failed", cause=BROKEN, at=NOON + SECOND))

    assert [each.oldest for each in await store.depths(LATER)] == [NOON + SECOND]

    await store.perform(Replay(DeliveryId(ticket.delivery), "operator:anna", "is back"), LATER)

    assert [each.oldest for each in await store.depths(LATER)] == [LATER]


async def test_no_state_walks_through_the_table(store: SqlStore) -> None:
    """Where a plan can do without walking through the table it does so at any size."""

    def plan(tx: Tx) -> list[str]:
        sql = _DEPTHS.compiled(tx.dialect).sql
        if tx.dialect is SQLITE:
            rows = tx.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", (micros(NOON),))
            return [row.detail for row in rows]
        tx.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        return [row[0] for row in tx.connection.exec_driver_sql(f"EXPLAIN {sql}", (micros(NOON),))]

    lines = await store._database.read(plan)

    used = {
        found[1] for line in lines if (found := re.search(r"(?:using|on|INDEX) (deliveries_[a-z]+)\b", line))
    }
    # Two indexes hold what needs a person: by time, and by destination. Either will do.
    used = {"deliveries_attention" if each == "deliveries_failed" else each for each in used}
    assert used == {
        f"deliveries_{each}" for each in ("fresh", "published", "claimed", "pending", "attention")
    }
    assert not any(re.search(r"Seq Scan|SCAN deliveries$", line) for line in lines)
