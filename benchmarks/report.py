"""Report: what the figures say, as tables for a terminal and for the page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table as TerminalTable

from benchmarks.figures import FLOOR, GATEWAY, PEER, Case, Figures

Say = Callable[[str, str], str]
"""Chooses between German and English."""

OF_THE_FLOOR, TIMES_THE_PEER, OF_INTAKE, P99 = 0.70, 5.0, 0.60, 250.0
"""The goals: at least, at least, at least, and at most so many milliseconds."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under heads; all columns but the first are figures."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def markdown(self) -> str:
        """As it stands on a page."""
        ruler = ["---", *("---:" for _ in self.heads[1:])]
        return "".join(f"| {' | '.join(cells)} |\n" for cells in (self.heads, ruler, *self.rows))

    def show(self, console: Console) -> None:
        """Print it."""
        table = TerminalTable(title=self.title, title_justify="left")
        for number, head in enumerate(self.heads):
            table.add_column(head, justify="right" if number else "left")
        for cells in self.rows:
            table.add_row(*cells)
        console.print(table)


def tables(figures: Figures, say: Say) -> list[Table]:
    """Everything that was measured."""
    made = (_intake, _through, _cost, _answers, _parts)
    return [make(figures, say) for make in made]


def place(case: Case, say: Say, *, processes: bool = True) -> str:
    """The conditions, in words."""
    where = (
        say("eingebettet", "embedded") if case.where == "embedded" else say("Rechenzentrum", "data centre")
    )
    parts = [where]
    if processes and case.where == "data_centre":
        parts.append(f"{case.processes} api")
    return ", ".join([*parts, f"{case.kilobytes} kB"])


def _intake(figures: Figures, say: Say) -> Table:
    cases = figures.cases("intake")
    rows = [
        (
            place(case, say),
            *(_number(figures.median(case, who, "per_second")) for who in (FLOOR, GATEWAY, PEER)),
            _least(figures.ratio(case, "per_second", GATEWAY, FLOOR), OF_THE_FLOOR, say),
            _least(figures.ratio(case, "per_second", GATEWAY, PEER), TIMES_THE_PEER, say),
        )
        for case in cases
    ]
    if any(case.where == "embedded" for case in cases):
        one = say(
            "eingebettet, 2 api: ein Prozess schreibt die Datei (Entscheidung 6)",
            "embedded, 2 api: one process writes the file (decision 6)",
        )
        rows.append((one, "-", "-", "-", "-", "-"))
    heads = (
        say("Annahme je Sekunde", "intake per second"),
        *_subjects(say),
        say(f"vom Boden (Ziel ≥ {OF_THE_FLOOR:.2f})", f"of the floor (goal ≥ {OF_THE_FLOOR:.2f})"),
        say(f"mal Peer (Ziel ≥ {TIMES_THE_PEER:g})", f"times the peer (goal ≥ {TIMES_THE_PEER:g})"),
    )
    return Table("intake", say("Annahme", "Intake"), heads, tuple(rows))


def _cost(figures: Figures, say: Say) -> Table:
    rows = [
        (
            place(case, say),
            *(_number(figures.median(case, who, "cpu")) for who in (FLOOR, GATEWAY, PEER)),
            _plain(figures.ratio(case, "cpu", FLOOR, GATEWAY)),
            _plain(figures.ratio(case, "cpu", PEER, GATEWAY)),
            _share(figures, case),
        )
        for case in figures.cases("intake")
    ]
    heads = (
        say("Rechenzeit je Nachricht, ms", "processor time per message, ms"),
        *_subjects(say),
        say("vom Boden", "of the floor"),
        say("mal Peer", "times the peer"),
        say("Lasterzeuger, von einem Kern", "load generator, of one core"),
    )
    return Table("cost", say("Was eine Annahme kostet", "What an acceptance costs"), heads, tuple(rows))


def _answers(figures: Figures, say: Say) -> Table:
    rows = [
        (place(case, say), *(_waits(figures, case, who) for who in (FLOOR, GATEWAY, PEER)))
        for case in figures.cases("intake")
    ]
    head = say("Antwort bei voller Last, ms: p50 / p95 / p99", "answer at full load, ms: p50 / p95 / p99")
    return Table("answers", say("Antworten", "Answers"), (head, *_subjects(say)), tuple(rows))


def _through(figures: Figures, say: Say) -> Table:
    def cells(case: Case) -> Iterator[tuple[str, ...]]:
        intake = case._replace(what="intake")
        for who, name in ((GATEWAY, say("Gateway", "gateway")), (PEER, say("Peer", "peer"))):
            ours = who == GATEWAY
            share = figures.ratio(case, "per_second", who, who, base_case=intake)
            p99 = figures.median(case, who, "p99")
            yield (
                f"{place(case, say, processes=False)}: {name}",
                _number(figures.median(case, who, "per_second")),
                _least(share, OF_INTAKE, say) if ours else _plain(share),
                *(_number(figures.median(case, who, each)) for each in ("p50", "p95")),
                _most(p99, P99, say) if ours else _number(p99),
                _number(figures.median(case, who, "cpu")),
            )

    rows = [row for case in figures.cases("through") for row in cells(case)]
    heads = (
        say("angenommen und zugestellt", "taken in and delivered"),
        say("je Sekunde, dauerhaft", "per second, sustained"),
        say(f"von der Annahme (Ziel ≥ {OF_INTAKE:.2f})", f"of intake (goal ≥ {OF_INTAKE:.2f})"),
        say("202 bis zugestellt, halbe Last, ms: p50", "202 to delivered, half load, ms: p50"),
        "p95",
        say(f"p99 (Ziel < {P99:g})", f"p99 (goal < {P99:g})"),
        say("Rechenzeit je Nachricht, ms", "processor time per message, ms"),
    )
    return Table("through", say("Vom Portal bis zum System", "From portal to system"), heads, tuple(rows))


def _parts(figures: Figures, say: Say) -> Table:
    checking = say("öffnen, bestimmen, prüfen, ein Thread", "open, identify, check, one thread")
    claiming = say("übernehmen und abschließen, nur der Speicher", "claim and settle, the store alone")
    rows = [
        (
            title,
            *(_number(figures.median(case, who, "per_second")) for who in (FLOOR, GATEWAY)),
            _plain(figures.ratio(case, "per_second", GATEWAY, FLOOR)),
        )
        for title, case in [
            *((f"{checking}, {case.kilobytes} kB", case) for case in figures.cases("validation")),
            *((f"{claiming}, {_where(case, say)}", case) for case in figures.cases("claims")),
        ]
    ]
    heads = (
        say("Teile für sich, je Sekunde", "parts alone, per second"),
        *_subjects(say)[:2],
        say("vom Boden", "of the floor"),
    )
    return Table("parts", say("Teile für sich", "Parts alone"), heads, tuple(rows))


def _where(case: Case, say: Say) -> str:
    return place(case, say, processes=False).partition(",")[0]


def _subjects(say: Say) -> tuple[str, str, str]:
    return say("Boden", "floor"), say("Gateway", "gateway"), say("Peer", "peer")


def _waits(figures: Figures, case: Case, who: str) -> str:
    return " / ".join(_number(figures.median(case, who, each)) for each in ("p50", "p95", "p99"))


def _share(figures: Figures, case: Case) -> str:
    """Of one core, that the load generator used at most."""
    shares = [figures.median(case, who, "generator") for who in (FLOOR, GATEWAY, PEER)]
    return f"{max(each or 0 for each in shares):.0%}" if any(shares) else "-"


def _least(value: float | None, goal: float, say: Say) -> str:
    return _judged(value, _plain(value), reached=value is not None and value >= goal, say=say)


def _most(value: float | None, goal: float, say: Say) -> str:
    return _judged(value, _number(value), reached=value is not None and value < goal, say=say)


def _judged(value: float | None, text: str, *, reached: bool, say: Say) -> str:
    if value is None:
        return text
    return f"{text} {say('erreicht', 'reached') if reached else say('verfehlt', 'missed')}"


def _plain(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}" if value < 3 else f"{value:.1f}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.2f}" if value < 3 else f"{value:.1f}" if value < 30 else f"{value:,.0f}"
