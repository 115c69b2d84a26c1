"""Contract of the store on a PostgreSQL with a standby: what is answered is safe on both, and the one that takes over
is found.
"""

import socket

import pytest

from gateway.core.errors import StoreUnavailable
from gateway.store import SqlStore, upgrade
from tests.builders import a_kopf, a_message
from tests.conftest import OpenServer
from tests.contract.store_steps import a_submission, accepted
from tests.servers.standby import PostgresPair

pytestmark = pytest.mark.timeout(200)


@pytest.fixture
def pair(open_server: OpenServer) -> PostgresPair:
    return open_server(PostgresPair)


async def test_a_repeated_submission_waits_for_the_standby_too(pair: PostgresPair) -> None:
    await upgrade(pair.url)
    kopf = a_kopf()
    message, again = a_message(kopf=kopf), a_message(kopf=kopf)
    async with await SqlStore.open(pair.url) as store:
        await accepted(store)

        pair.kill_the_standby()

        # The first one is committed on the primary when its wait for the standby is broken off.
        for each in (message, again):
            with pytest.raises(StoreUnavailable):
                await store.accept(a_submission(each))
        pair.start_the_standby()
        receipt = await store.accept(a_submission(again))
        assert receipt.repeated
        assert receipt.id == message.id


async def test_a_store_moves_over_to_the_server_that_takes_changes(pair: PostgresPair) -> None:
    await upgrade(pair.url)
    async with await SqlStore.open(pair.url) as store:
        kept = await accepted(store)

        pair.lose_the_primary()
        with pytest.raises(StoreUnavailable):
            await accepted(store)
        pair.promote()

        assert (await store.message(kept.id)).id == kept.id
        await accepted(store)


async def test_a_server_that_says_nothing_is_passed_over(postgres_url: str) -> None:
    head, at, rest = postgres_url.rpartition("@")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"{head}{at}127.0.0.1:{silent.getsockname()[1]},{rest}"
        await upgrade(url)
        async with await SqlStore.open(url) as store:
            assert (await accepted(store)).repeated is False


async def test_of_servers_that_all_take_no_changes_it_is_said_so(pair: PostgresPair) -> None:
    head, at, rest = pair.standby_url.rpartition("@")
    server, slash, database = rest.partition("/")

    with pytest.raises(StoreUnavailable, match="read-only"):
        await upgrade(f"{head}{at}{server},{server}{slash}{database}")
