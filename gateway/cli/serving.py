"""`serve` and `db upgrade`: the long-running processes and what prepares them."""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import uvloop

from gateway import commands
from gateway.cli.output import Exit, fail, note
from gateway.commands import Role
from gateway.config import Configuration, Premises, load_premises
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
        return commands.configure(path)
    except ConfigurationInvalid as invalid:
        end_with_problems(invalid)


def premises(path: Path) -> Premises:
    """What `amtsbote.toml` says by itself, or a clear end. Whoever looks for what is wrong with a gateway must not be
    kept from it by another fault.
    """
    try:
        return load_premises(path)
    except ConfigurationInvalid as invalid:
        end_with_problems(invalid)


def unavailable(error: Unavailable) -> NoReturn:
    """End because the store or the broker does not answer."""
    fail(say(f"Nicht erreichbar: {error}", f"Unreachable: {error}"), Exit.UNREACHABLE)


def end_with_problems(invalid: ConfigurationInvalid) -> NoReturn:
    """End with every problem, each at its place."""
    for problem in invalid.problems:
        place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
        note(f"{place}: {say(problem.de, problem.en)}")
    count = len(invalid.problems)
    fail(say(f"Fehler in der Konfiguration: {count}", f"Problems in the configuration: {count}"), Exit.ERROR)


def until_told(run: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Run something that ends when its event is set, and set it on SIGTERM or Ctrl-C."""

    async def main() -> None:
        stop = asyncio.Event()
        for each in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(each, stop.set)
        await run(stop)

    try:
        uvloop.run(main())
    except* AmtsboteError as group:
        match group.exceptions[0]:
            case Unavailable() as error:
                unavailable(error)
            case ConfigurationInvalid() as invalid:
                end_with_problems(invalid)
            case error:
                fail(str(error), Exit.ERROR)


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
    from gateway import bootstrap  # noqa: PLC0415 - no other command needs all of it
    from gateway.telemetry import logs  # noqa: PLC0415 - no other command needs all of it

    logs.configure(json=not sys.stderr.isatty())
    loaded = configuration(config)
    until_told(lambda stop: bootstrap.serve(loaded, frozenset(role or Role), stop))


def upgrade(config: Config = DEFAULT_CONFIG) -> None:
    """Bring the store's tables up to date."""
    try:
        asyncio.run(commands.upgrade_store(premises(config)))
    except Unavailable as error:
        unavailable(error)
    note(say("Die Datenbank ist auf dem neuesten Stand.", "The database is up to date."))
