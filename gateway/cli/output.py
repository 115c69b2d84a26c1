"""Output: data to standard output as a table or JSON, everything else to standard error."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, NoReturn

import orjson
import typer
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from gateway.texts.terminal import say


class Format(StrEnum):
    """How data is printed."""

    TABLE = "table"
    JSON = "json"


class Exit:
    """Exit codes, the same for every command."""

    OK = 0
    ERROR = 1
    USAGE = 2
    NOTHING_FOUND = 3
    DENIED = 4
    UNREACHABLE = 6


Output = Annotated[
    Format,
    typer.Option("-o", "--output", help=say("Ausgabe als Tabelle oder JSON.", "Print a table or JSON.")),
]

_WIDE = Console(width=100_000)
_err = Console(stderr=True)


def show(rows: Sequence[Mapping[str, object]], columns: Mapping[str, str], output: Format) -> None:
    """Print rows; `columns` maps the fields of a row to their headings in the table."""
    if output is Format.JSON:
        typer.echo(orjson.dumps(list(rows), option=orjson.OPT_INDENT_2))
        return
    table = Table(*columns.values(), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(_cell(row.get(field)) for field in columns))
    # As wide as it is: an id that was cut or broken up can't be copied into the next command.
    width = Measurement.get(_WIDE, _WIDE.options, table).maximum
    Console(width=max(width, 1), highlight=False).print(table)


def show_one(value: Mapping[str, object], output: Format) -> None:
    """Print one thing with all its fields."""
    if output is Format.JSON:
        typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2))
        return
    width = max(map(len, value))
    for field, content in value.items():
        typer.echo(f"{field:<{width}}  {_cell(content)}")


def note(text: str) -> None:
    """Tell the person something that is not data."""
    _err.print(text, highlight=False, soft_wrap=True)


def fail(text: str, code: int) -> NoReturn:
    """Say what went wrong and end with this exit code."""
    note(text)
    raise typer.Exit(code)


def _cell(value: object) -> str:
    match value:
        case None | "":
            return "-"
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        case list() | tuple():
            return ", ".join(str(each) for each in value)
        case dict():
            return "; ".join(f"{name}: {_cell(each)}" for name, each in value.items())
        case _:
            return str(value)
