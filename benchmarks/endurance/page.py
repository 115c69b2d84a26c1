"""Page: writes tables between the markers of docs/endurance.md, and prints them."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs/endurance.md"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown; numbers as far as their digits say something."""
    lines = [list(head), ["---", *("---:" for _ in head[1:])]]
    lines += [[_cell(each) for each in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def publish(name: str, text: str, *, keep: bool) -> None:
    """Print what was measured; `keep` puts it in its place on the page."""
    print(text)
    if keep:
        PAGE.write_text(replaced(PAGE.read_text(encoding="utf-8"), name, text), encoding="utf-8")


def replaced(page: str, name: str, text: str) -> str:
    """The page with another text between the markers of this name.

    Raises:
        ValueError: it has no such markers, or several.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    written, number = re.subn(
        f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", lambda _: text, page, flags=re.DOTALL
    )
    if number != 1:
        raise ValueError(f"{number} places for {name}")
    return written


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, int):
        return f"{value:,}"
    return str(value)
