"""Fixtures of the acceptance tests: a whole installation in both sizes, and the account of what its faults cost."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import pytest

from tests.acceptance.checker import Account
from tests.acceptance.installation import DATA_CENTRE, EMBEDDED, Installation
from tests.acceptance.letters import CANARY
from tests.conftest import OpenServer
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbitMq

Book = Callable[[str, Account, Counter[str]], None]


@pytest.fixture(params=["embedded", "data_centre"])
def installation(request: pytest.FixtureRequest) -> Iterator[Installation]:
    """A running installation of either size, shared by many tests: leave it as it was."""
    shared: Installation = request.getfixturevalue(request.param)
    yield shared
    shared.no_faults()


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One process with SQLite and the queue inside it."""
    with opened(an_embedded(tmp_path_factory.mktemp("embedded"))) as installation:
        yield installation


@pytest.fixture(scope="session")
def data_centre(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """PostgreSQL and RabbitMQ; API, relay and two workers, each a process of its own."""
    folder = tmp_path_factory.mktemp("data-centre")
    postgres_url = request.getfixturevalue("postgres_server").create()
    rabbitmq_url = request.getfixturevalue("rabbitmq_server").create()
    with opened(a_data_centre(folder, postgres_url, rabbitmq_url)) as installation:
        yield installation


@dataclass(frozen=True)
class Fragile:
    """A data centre on servers of its own, which a test may hurt and must bring back."""

    installation: Installation
    postgres: PrivatePostgres
    rabbitmq: PrivateRabbitMq


@pytest.fixture(scope="session")
def fragile(open_server: OpenServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fragile]:
    """Shared by the tests that hurt PostgreSQL or RabbitMQ."""
    postgres, rabbitmq = open_server(PrivatePostgres), open_server(PrivateRabbitMq)
    folder = tmp_path_factory.mktemp("fragile")
    with opened(a_data_centre(folder, postgres.url, rabbitmq.url)) as installation:
        yield Fragile(installation, postgres, rabbitmq)


def an_embedded(folder: Path) -> Installation:
    return Installation(
        folder,
        database_url=f"sqlite:///{folder}/var/amtsbote.db",
        broker_url="embedded",
        processes=EMBEDDED,
    )


def a_data_centre(folder: Path, database_url: str, broker_url: str) -> Installation:
    return Installation(folder, database_url=database_url, broker_url=broker_url, processes=DATA_CENTRE)


@contextmanager
def opened(installation: Installation) -> Iterator[Installation]:
    """Run an installation; at its end every process has stopped well and no log holds anything of a message."""
    with ExitStack() as stack:
        stack.callback(installation.close)
        installation.open()
        yield installation
        stack.pop_all()
        codes = installation.close()
    assert set(codes.values()) == {0}, codes
    for log in (installation.folder / "logs").iterdir():
        assert CANARY.partition("-")[0].encode() not in log.read_bytes(), f"{log.name} holds a person's name"


@pytest.fixture
def book(request: pytest.FixtureRequest) -> Book:
    """Write an account into the table that is printed at the end of the run."""

    def write(fault: str, found: Account, answers: Counter[str]) -> None:
        told = ", ".join(f"{number} x {answer}" for answer, number in sorted(answers.items()))
        # What a report carries also comes from a process of pytest-xdist.
        request.node.user_properties.append(("account", [fault, astuple(found), told]))

    return write


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what every fault has cost."""
    rows = [
        row
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, row in report.user_properties
        if name == "account"
    ]
    if not rows:
        return
    names = [each.name for each in fields(Account)]
    terminalreporter.section("accounts")
    terminalreporter.line(f"{'fault':45}" + "".join(f"{name:>11}" for name in names) + "  answers")
    for fault, found, told in rows:
        numbers = "".join(f"{number:>11}" for number in found)
        terminalreporter.line(f"{fault:45}{numbers}  {told}")
