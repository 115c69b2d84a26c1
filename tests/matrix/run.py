"""Run: the cases one after the other, each on all lines at once; both sizes side by side."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.acceptance.installation import DATA_CENTRE, EMBEDDED
from tests.matrix.bench import Bench, Cell
from tests.matrix.cases import QUIET, Case
from tests.matrix.line import Line
from tests.servers import postgres, rabbitmq

Results = dict[tuple[str, str], Cell]
"""By key of the line and name of the case."""


def run(lines: Sequence[Line], cases: Sequence[Case], say: Callable[[str], None] = lambda _: None) -> Results:
    """Run the cases one after the other, each on all lines at once, and both sizes side by side."""
    sizes = {
        "embedded": [line for line in lines if not line.data_centre],
        "data centre": [line for line in lines if line.data_centre],
    }
    with ExitStack() as stack:
        benches = {size: stack.enter_context(_bench(size, of)) for size, of in sizes.items() if of}
        pool = stack.enter_context(ThreadPoolExecutor(len(sizes)))
        tried = [pool.submit(_try_all, bench, cases, size, say) for size, bench in benches.items()]
        return {place: cell for each in tried for place, cell in each.result().items()}


def _try_all(bench: Bench, cases: Sequence[Case], size: str, say: Callable[[str], None]) -> Results:
    results: Results = {}
    for case in cases:
        fitting = [line for line in bench.lines if _fits(line, case)]
        if not fitting:
            continue
        begun = time.monotonic()
        for key, cell in bench.try_case(case, fitting).items():
            results[key, case.name] = cell
            if not cell.good:
                say(f"NOT GOOD: {key}: {case.name}: {cell}")
        say(f"{size}: {case.name}: {len(fitting)} transports, {time.monotonic() - begun:.0f} s")
    return results


def _fits(line: Line, case: Case) -> bool:
    return case.name == QUIET if line.quiet else case.why_not(line) is None


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
