"""`serve` and `db upgrade`: the long-running processes and what prepares them."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from gateway import bootstrap, logs
from gateway.bootstrap import Role
from gateway.cli.output import Exit, fail, note
from gateway.config import Configuration
from gateway.core.errors import AmtsboteError, ConfigurationInvalid, Unavailable
from gateway.texts.terminal import say

Config = Annotated[
    Path,
    typer.Option(
        "-c",
        "--config",
        envvar="AMTSBOTE_CONFIG",
        help=say("Pfad der Datei amtsbote.toml.", "Path of the file amtsbote.toml."),
    ),
]
DEFAULT_CONFIG = Path("config/amtsbote.toml")


def configuration(path: Path) -> Configuration:
    """The checked configuration, or a clear end with every problem."""
    try:
        return bootstrap.configure(path)
    except ConfigurationInvalid as invalid:
        for problem in invalid.problems:
            note(str(problem))
        count = len(invalid.problems)
        fail(say(f"{count} Fehler in der Konfiguration.", f"{count} problems found."), Exit.ERROR)


def until_told(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run something that ends when its event is set, and set it on SIGTERM or Ctrl-C."""

    async def main() -> None:
        stop = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, stop.set)
        await run(stop)

    try:
        asyncio.run(main())
    except* Unavailable as group:
        reason = group.exceptions[0]
        fail(say(f"Nicht erreichbar: {reason}", f"Unreachable: {reason}"), Exit.UNREACHABLE)
    except* AmtsboteError as group:
        fail(str(group.exceptions[0]), Exit.ERROR)


def serve(
    role: Annotated[
        list[Role] | None,
        typer.Option(
            help=say(
                "Nur diese Aufgabe übernehmen (mehrfach möglich); ohne Angabe alle.",
                "Take this role only (may be repeated); without it, all of them.",
            )
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Start the gateway."""
    logs.configure(json=not sys.stderr.isatty())
    loaded = configuration(config)
    until_told(lambda stop: bootstrap.serve(loaded, frozenset(role or Role), stop))


def upgrade(config: Config = DEFAULT_CONFIG) -> None:
    """Bring the store's tables up to date."""
    loaded = configuration(config)
    try:
        asyncio.run(bootstrap.upgrade_store(loaded))
    except Unavailable as unavailable:
        fail(say(f"Nicht erreichbar: {unavailable}", f"Unreachable: {unavailable}"), Exit.UNREACHABLE)
    note(say("Die Datenbank ist auf dem neuesten Stand.", "The database is up to date."))
