"""Page: writes tables and picture into the documentation.

`python -m benchmarks.page` does so again with the figures of the last run.
"""

import re
from pathlib import Path

from benchmarks.figures import Figures
from benchmarks.picture import picture
from benchmarks.report import tables

DOCS = Path(__file__).parents[1] / "docs"


def write(figures: Figures, docs: Path = DOCS) -> None:
    """Renew the tables of `performance.md`, each between its markers, and `performance.svg`.

    Raises:
        ValueError: the page lacks a marker.
    """
    page = docs / "performance.md"
    text = page.read_text(encoding="utf-8")
    for table in tables(figures, _english):
        text = between(text, table.name, f"\n{table.markdown()}\n")
    text = between(text, "run", f"\n{how(figures)}\n\n")
    page.write_text(text, encoding="utf-8")
    (docs / "performance.svg").write_text(picture(figures), encoding="utf-8")


def how(figures: Figures) -> str:
    """Under which conditions the figures were made."""
    return (
        f"Figures of {figures.day}: medians of {figures.runs} runs, {figures.seconds:g} s each load, on {figures.cores} cores "
        "that gateway, servers, system and load generator shared."
    )


def between(text: str, name: str, content: str) -> str:
    """The text with other content between the markers of that name.

    Raises:
        ValueError: they are not there, or not once.
    """
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    parts = re.split(f"({re.escape(begin)}|{re.escape(end)})", text)
    if parts[1::2] != [begin, end]:
        raise ValueError(f"the page does not have the markers of {name} once each")
    return "".join([parts[0], begin, content, end, parts[4]])


def _english(_de: str, en: str) -> str:
    return en


if __name__ == "__main__":
    write(Figures.load())
