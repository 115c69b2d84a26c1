"""The servers that tests run on: fresh, apart from each other, and truly stopped, killed or frozen."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from types import ModuleType
from urllib.parse import urlsplit

import aio_pika
import aiormq
import asyncpg
import pytest

from tests.servers import naming, postgres, rabbitmq
from tests.servers.missing import ServerMissing
from tests.servers.opening import opened
from tests.servers.postgres import PostgresServer, PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbitMq, RabbitMqServer
from tests.servers.report import ServerReport


async def test_a_database_is_empty_and_gone_after_its_test(postgres_server: PostgresServer) -> None:
    url = postgres_server.create()
    connection = await asyncpg.connect(url)
    tables = await connection.fetch("SELECT 1 FROM pg_tables WHERE schemaname = 'public'")
    postgres_server.drop(url)  # although we are still connected

    assert tables == []
    await connection.close(timeout=1)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)


async def test_a_virtual_host_is_empty_and_gone_after_its_test(rabbitmq_server: RabbitMqServer) -> None:
    url = rabbitmq_server.create()
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.declare_queue("amtsbote.probe", durable=True, arguments={"x-queue-type": "quorum"})
    rabbitmq_server.drop(url)

    with pytest.raises(aiormq.exceptions.AMQPError):
        await aio_pika.connect(url)


async def test_a_released_virtual_host_is_gone_when_the_next_ones_are_made(
    rabbitmq_server: RabbitMqServer,
) -> None:
    url = rabbitmq_server.create()
    rabbitmq_server.release(url)
    others = [rabbitmq_server.create() for _ in range(5)]

    with pytest.raises(aiormq.exceptions.AMQPError):
        await aio_pika.connect(url)
    for other in others:
        rabbitmq_server.release(other)


def test_what_a_killed_run_left_is_forgotten() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    gone = f"{naming.PREFIX}_{int(time.time())}_{process.pid}_1"
    old = f"{naming.PREFIX}_{int(time.time()) - 7 * 3600}_{os.getpid()}_1"
    names = ["/", "production", gone, naming.fresh_name(), old]

    assert naming.forgotten(names) == [old]
    assert naming.forgotten(names, of_this_machine=True) == [gone, old]


async def test_two_tests_never_share_a_database(postgres_server: PostgresServer, postgres_url: str) -> None:
    other = postgres_server.create()
    postgres_server.drop(other)
    assert other != postgres_url


async def test_a_private_postgres_keeps_what_it_confirmed_when_killed(
    private_postgres: Callable[[], PrivatePostgres],
) -> None:
    server = private_postgres()
    connection = await asyncpg.connect(server.url)
    await connection.execute("CREATE TABLE kept (id int)")

    server.kill()
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncpg.connect(server.url, timeout=2)
    server.start()

    connection = await asyncpg.connect(server.url)
    assert await connection.fetchval("SELECT count(*) FROM kept") == 0
    await connection.close()


async def test_a_frozen_postgres_takes_connections_and_says_nothing(
    private_postgres: Callable[[], PrivatePostgres],
) -> None:
    server = private_postgres()
    server.pause()
    with pytest.raises(TimeoutError):
        await asyncpg.connect(server.url, timeout=1)
    server.resume()
    await (await asyncpg.connect(server.url)).close()


async def test_a_private_rabbitmq_can_be_stopped_frozen_and_administered(
    private_rabbitmq: Callable[[], PrivateRabbitMq],
) -> None:
    server = private_rabbitmq()
    assert "/" in server.ctl("list_vhosts", "name", "--no-table-headers").split()

    server.stop()
    with pytest.raises(OSError, match="Connect call failed"):
        await aio_pika.connect(server.url, timeout=2)
    server.start()
    server.pause()
    with pytest.raises(TimeoutError):
        await aio_pika.connect(server.url, timeout=1)
    server.resume()
    await (await aio_pika.connect(server.url)).close()


def test_servers_end_with_a_test_process_that_is_killed() -> None:
    script = """
import time
from tests.servers.postgres import PrivatePostgres
print(PrivatePostgres().url, flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        port = urlsplit(victim.stdout.readline()).port
        victim.kill()

    deadline = time.monotonic() + 20
    while listens(port) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not listens(port)


def test_where_no_server_runs_an_installed_one_is_started_for_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(postgres.ENV, raising=False)
    monkeypatch.delenv(rabbitmq.ENV, raising=False)
    monkeypatch.setattr(postgres, "DEFAULTS", ("postgresql://postgres@127.0.0.1:1/postgres",))
    monkeypatch.setattr(rabbitmq, "DEFAULT", "amqp://guest:guest@127.0.0.1:1/")
    for find_or_start in (postgres.find_or_start, rabbitmq.find_or_start):
        server = find_or_start()
        try:
            assert "started for this run" in server.description
            server.drop(server.create())
        finally:
            server.close()


@pytest.mark.parametrize("module", [postgres, rabbitmq], ids=["postgres", "rabbitmq"])
def test_a_server_that_was_named_and_does_not_answer_is_missing(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(module.ENV, "proto://guest:guest@127.0.0.1:1/name")
    with pytest.raises(ServerMissing, match=module.ENV):
        module.find_or_start()


@pytest.mark.parametrize(
    ("ci", "end"), [("true", pytest.fail.Exception), ("", pytest.skip.Exception)], ids=["CI", "laptop"]
)
def test_a_missing_server_skips_on_a_laptop_and_fails_in_ci(
    ci: str, end: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing_here() -> PostgresServer:
        raise ServerMissing("not installed")

    monkeypatch.setenv("CI", ci)
    report = ServerReport()
    with ExitStack() as stack, pytest.raises(end, match="not installed"):
        opened(stack, report, nothing_here)
    assert report.lines() == ["tests skipped: not installed"]


def listens(port: int | None) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
