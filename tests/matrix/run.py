"""Run: the cases one after the other, each on all lines at once, in either size as a line needs it."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.acceptance.installation import DATA_CENTRE, EMBEDDED
from tests.matrix.bench import Bench, Cell
from tests.matrix.cases import QUIET, Case
from tests.matrix.lines import Line
from tests.servers import postgres, rabbitmq

Results = dict[tuple[str, str], Cell]
"""By key of the line and name of the case."""


def run(lines: Sequence[Line], cases: Sequence[Case], say: Callable[[str], None] = lambda _: None) -> Results:
    """Run the cases one after the other, each on all lines at once."""
    results: Results = {}
    embedded = [line for line in lines if not line.broker]
    with_broker = [line for line in lines if line.broker]
    for size, of in (("embedded", embedded), ("data centre", with_broker)):
        if not of:
            continue
        with _bench(size, of) as bench:
            for case in cases:
                fitting = [line for line in of if _fits(line, case)]
                if not fitting:
                    continue
                for key, cell in bench.try_case(case, fitting).items():
                    results[key, case.name] = cell
                    if not cell.good:
                        say(f"NOT GOOD: {key}: {case.name}: {cell}")
                say(f"{size}: {case.name}: {len(fitting)} transports")
    return results


def _fits(line: Line, case: Case) -> bool:
    return case.name == QUIET if line.quiet else case.shows_on(line.way)


@contextmanager
def _bench(size: str, lines: Sequence[Line]) -> Iterator[Bench]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="amtsbote-matrix-")))
        if size == "embedded":
            url = f"sqlite:///{folder}/var/amtsbote.db"
            bench = Bench(folder, lines, database_url=url, broker_url="embedded", processes=EMBEDDED)
        else:
            database, broker = postgres.find_or_start(), rabbitmq.find_or_start()
            stack.callback(broker.close)
            stack.callback(database.close)
            bench = Bench(
                folder,
                lines,
                database_url=database.create(),
                broker_url=broker.create(),
                processes=DATA_CENTRE,
            )
        stack.callback(bench.close)
        bench.open()
        yield bench
