"""Fixtures for all tests: real servers, and the account of which of them a run has used."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Protocol

import pytest

from tests.servers import postgres, rabbitmq
from tests.servers.opening import S, opened
from tests.servers.postgres import PostgresServer, PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbitMq, RabbitMqServer
from tests.servers.report import ServerReport

pytest_plugins = ["gateway.pytest_plugin"]

REPORT = pytest.StashKey[ServerReport]()


class OpenServer(Protocol):
    """Starts a server that is closed when whoever asked for it is done."""

    def __call__(self, open_: Callable[[], S], /) -> S: ...


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """URL of an empty database of this test alone: `postgresql://user@host:port/name`."""
    url = postgres_server.create()
    yield url
    postgres_server.drop(url)


@pytest.fixture
def rabbitmq_url(rabbitmq_server: RabbitMqServer) -> Iterator[str]:
    """URL of an empty virtual host of this test alone."""
    url = rabbitmq_server.create()
    yield url
    rabbitmq_server.release(url)


@pytest.fixture
def private_postgres(pytestconfig: pytest.Config) -> Iterator[Callable[[], PrivatePostgres]]:
    """Starts PostgreSQL servers for this test alone, to be stopped, killed and frozen."""
    with ExitStack() as stack:
        yield lambda: opened(stack, pytestconfig.stash[REPORT], PrivatePostgres, "started for one test")


@pytest.fixture
def private_rabbitmq(pytestconfig: pytest.Config) -> Iterator[Callable[[], PrivateRabbitMq]]:
    """Starts RabbitMQ brokers for this test alone, to be stopped, killed and frozen."""
    with ExitStack() as stack:
        yield lambda: opened(stack, pytestconfig.stash[REPORT], PrivateRabbitMq, "started for one test")


@pytest.fixture(scope="session")
def open_server(pytestconfig: pytest.Config) -> Iterator[OpenServer]:
    """Starts servers that several tests share and may hurt, e.g. `open_server(PrivatePostgres)`."""
    with ExitStack() as stack:
        yield lambda open_: opened(stack, pytestconfig.stash[REPORT], open_, "started to be hurt")


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[PostgresServer]:
    """The server on which the run's databases are made: a running one, else one started for the run."""
    with ExitStack() as stack:
        report = pytestconfig.stash[REPORT]
        server = opened(stack, report, postgres.find_or_start)
        server.on_create = lambda: report.count(f"{server.description}, fresh databases")
        yield server


@pytest.fixture(scope="session")
def rabbitmq_server(pytestconfig: pytest.Config) -> Iterator[RabbitMqServer]:
    """The broker on which the run's virtual hosts are made: a running one, else one started for the run."""
    with ExitStack() as stack:
        report = pytestconfig.stash[REPORT]
        server = opened(stack, report, rabbitmq.find_or_start)
        server.on_create = lambda: report.count(f"{server.description}, fresh virtual hosts")
        yield server


def pytest_configure(config: pytest.Config) -> None:
    config.stash[REPORT] = ServerReport()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process of pytest-xdist hands its counts to the one that prints."""
    if (output := getattr(session.config, "workeroutput", None)) is not None:
        output["servers"] = session.config.stash[REPORT].counts()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    """Collect the counts of a process of pytest-xdist; one that crashed has none."""
    config: pytest.Config = getattr(node, "config")  # noqa: B009 - pytest-xdist publishes no type
    output = getattr(node, "workeroutput", {})
    if "servers" in output:
        config.stash[REPORT].add(output["servers"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which server was used for what."""
    if lines := config.stash[REPORT].lines():
        terminalreporter.section("servers")
        for line in lines:
            terminalreporter.line(line)
