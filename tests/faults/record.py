"""Record: what a fault has cost, as one line of the table in `docs/reliability.md`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

from tests.acceptance.checker import Account


@dataclass(frozen=True)
class Line:
    """The account of one fault. All but `accepted` and `late` counts deliveries, not messages."""

    fault: str
    size: str
    accepted: int
    owed: int
    delivered: int
    parked: int
    """Not delivered as far as the systems say, and shown to operations staff with a reason."""
    lost: int
    """Neither delivered nor shown to anybody."""
    doubled: int
    out_of_order: int
    recognised: int
    unexpected: int
    late: int
    """Messages whose acceptance the portal heard of only when it came again."""
    recovered: float
    """Seconds from the end of the fault until everything had arrived or was shown."""
    answers: str

    @property
    def kept(self) -> bool:
        """Whether the promise was kept."""
        return self.lost == self.doubled == self.out_of_order == self.unexpected == 0


def line(
    fault: str, size: str, found: Account, *, shown: int, recovered: float, answers: Counter[str]
) -> Line:
    """`shown`: deliveries that the gateway shows to operations staff, delivered or not."""
    missing = found.owed - found.delivered
    parked = min(missing, shown)
    told = ", ".join(f"{number} x {answer}" for answer, number in sorted(answers.items()))
    return Line(
        fault,
        size,
        found.accepted,
        found.owed,
        found.delivered,
        parked,
        missing - parked,
        found.doubled,
        found.out_of_order,
        found.recognised,
        found.unexpected,
        found.acknowledged_late,
        round(recovered, 1),
        told,
    )


def table(lines: Iterable[Line]) -> str:
    """The lines as a table in Markdown."""
    names = [each.name for each in fields(Line)]
    rows: list[Sequence[object]] = [names, ["---"] * len(names)]
    rows += [[getattr(each, name) for name in names] for each in lines]
    return "".join("| " + " | ".join(str(cell) for cell in row) + " |\n" for row in rows)
