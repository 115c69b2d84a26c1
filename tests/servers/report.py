"""What is told at the end of a test run: which server was used for what, and what was left out."""

from collections import Counter
from collections.abc import Mapping


class ServerReport:
    """Counts uses and absences of servers; the counts of several test processes add up."""

    def __init__(self) -> None:
        self.used: Counter[str] = Counter()
        self.missing: Counter[str] = Counter()

    def count(self, use: str) -> None:
        """Note one use."""
        self.used[use] += 1

    def add(self, counts: Mapping[str, Mapping[str, int]]) -> None:
        """Take over the counts of another process, as `counts` gave them."""
        self.used.update(counts["used"])
        self.missing.update(counts["missing"])

    def counts(self) -> dict[str, dict[str, int]]:
        """The counts as plain values."""
        return {"used": dict(self.used), "missing": dict(self.missing)}

    def lines(self) -> list[str]:
        """One line per server and use, one per reason of absence."""
        used = [f"{what}: {times}" for what, times in sorted(self.used.items())]
        missing = [f"tests skipped: {why}" for why in sorted(self.missing)]
        return [*used, *missing]
