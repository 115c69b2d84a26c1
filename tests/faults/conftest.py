"""Fixtures of the faults: installations that may be hurt, and the table of what it cost.

`--reliability FILE` writes the table between the marks of that file.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.acceptance.conftest import a_data_centre, an_embedded, opened
from tests.acceptance.installation import Installation
from tests.acceptance.letters import FUERSTENBERG, Letter, a_letter, cases, many
from tests.acceptance.portal import Rush
from tests.conftest import OpenServer
from tests.faults.record import Line, line, table
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbitMq

PORTALS_PATIENCE = 10.0
"""Seconds for which the portal waits for an answer before it comes again: some faults last longer."""

BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->\n"


@dataclass(frozen=True)
class Site:
    """An installation, and the servers that belong to it alone."""

    size: str
    installation: Installation
    postgres: PrivatePostgres | None = None
    rabbitmq: PrivateRabbitMq | None = None
    way_in: str | None = None
    """Where the portal turns to, if not to the API itself."""

    def process(self, role: str) -> str:
        """The process that has a role."""
        return role if role in self.installation.processes else self._of_role(role)

    def _of_role(self, role: str) -> str:
        names = [each for each in self.installation.processes if each.partition("-")[0] == role]
        return names[0] if names else "gateway"


def letters_of_all_kinds(number: int) -> list[Letter]:
    """Letters to systems that recognise a repetition, every sixth to one that is not said to, and four cases of
    four letters to systems that want them in order.
    """
    once = ("finanzen/sepamandat-klein", "meldewesen/abmeldung-klein")
    in_order = cases(4, 4)
    return in_order + [
        a_letter(once[index // 6 % 2], FUERSTENBERG) if index % 6 == 5 else letter
        for index, letter in enumerate(many(number - len(in_order)))
    ]


Experiment = Callable[..., Line]


@pytest.fixture
def experiment(request: pytest.FixtureRequest) -> Experiment:
    """Submit letters while something happens, wait until all is settled, write the line of it.

    `beside` begins with the submitting, `meanwhile` when a quarter is accepted, `afterwards` when all are.
    """

    def run(
        fault: str,
        site: Site,
        meanwhile: Callable[[], None] | None = None,
        *,
        beside: Callable[[], None] | None = None,
        letters: Sequence[Letter] = (),
        afterwards: Callable[[], None] | None = None,
    ) -> Line:
        installation = site.installation
        letters = letters or letters_of_all_kinds(60)
        rush = Rush(installation, [site.way_in] if site.way_in else (), patience=PORTALS_PATIENCE)

        async def submit() -> None:
            happening = asyncio.to_thread(beside) if beside is not None else asyncio.sleep(0)
            await asyncio.gather(rush.submit(letters, meanwhile=meanwhile), happening)

        asyncio.run(submit())
        if afterwards is not None:
            afterwards()
        ended = time.monotonic()
        shown = until_settled(installation, letters)
        found = installation.account(letters)
        recovered = time.monotonic() - ended
        written = line(fault, site.size, found, shown=shown, recovered=recovered, answers=rush.answers)
        request.node.user_properties.append(("reliability", asdict(written)))
        return written

    return run


def until_settled(installation: Installation, letters: Sequence[Letter]) -> int:
    """Wait until each letter is delivered or needs a person, in the gateway's own words; how many deliveries need one."""
    uuids = {letter.uuid for letter in letters}

    def settled() -> bool:
        return uuids <= installation.delivered() | installation.in_state("needs-attention")

    installation.eventually(settled, lambda: f"{len(uuids - installation.delivered())} are not delivered")
    ids = {letter.uuid: id for id, letter in installation.ledger.letters.items()}
    waiting = [ids[uuid] for uuid in uuids & installation.in_state("needs-attention")]
    states = Counter(each["state"] for id in waiting for each in installation.message(id)["deliveries"])
    return states["unclear"] + states["parked"] + states["rejected"]


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One process with SQLite and the queue inside it."""
    with opened(an_embedded(tmp_path_factory.mktemp("embedded"))) as installation:
        yield Site("embedded", installation)


@pytest.fixture(scope="session")
def centre(open_server: OpenServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A data centre on servers of its own."""
    postgres, rabbitmq = open_server(PrivatePostgres), open_server(PrivateRabbitMq)
    folder = tmp_path_factory.mktemp("centre")
    with opened(a_data_centre(folder, postgres.url, rabbitmq.url)) as installation:
        yield Site("data centre", installation, postgres, rabbitmq)


@pytest.fixture(params=["alone", "centre"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """An installation of either size."""
    shared: Site = request.getfixturevalue(request.param)
    yield shared
    shared.installation.no_faults()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--reliability", type=Path, help="Write the table of the faults into this file.")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the table, and write it where it is asked for."""
    found = [
        (report.nodeid.partition("::")[0], Line(**line_))
        for reports in terminalreporter.stats.values()
        for report in reports
        if getattr(report, "when", None) == "call"
        for name, line_ in report.user_properties
        if name == "reliability"
    ]
    # Files that ran beside each other, one after the other.
    lines = [each for _, each in sorted(found, key=lambda of_file: of_file[0])]
    if not lines:
        return
    written = table(lines)
    terminalreporter.section("reliability")
    terminalreporter.write(written)
    if (page := config.getoption("--reliability")) is not None:
        before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
        page.write_text(
            before + BEGIN + "\n" + written + "\n" + END + rest.partition(END)[2], encoding="utf-8"
        )
