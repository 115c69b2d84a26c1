"""`demo` and `sandbox`: trying the gateway out without any specialist system."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.output import Exit, fail
from gateway.cli.serving import DEFAULT_CONFIG, Config, until_told
from gateway.texts.terminal import say


def demo(
    once: Annotated[
        bool, typer.Option("--once", help=say("Nach der Vorführung enden.", "End after the show."))
    ] = False,
    folder: Annotated[
        Path, typer.Option(help=say("Wird geleert und neu gefüllt.", "Emptied and filled anew."))
    ] = Path("var/demo"),
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Start gateway and stand-ins, submit real messages and show what becomes of each."""
    from gateway.demo import play  # noqa: PLC0415 - other commands need no stand-ins
    from gateway.telemetry import logs  # noqa: PLC0415 - as below

    logs.configure(json=not sys.stderr.isatty(), level=logging.ERROR)
    results: list[bool] = []

    async def show(stop: asyncio.Event) -> None:
        results.append(await play(config, folder, once=once, stop=stop))

    until_told(show)
    raise typer.Exit(Exit.OK if results == [True] else Exit.ERROR)


def sandbox(
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help=say("Port; 0 nimmt einen freien.", "Port; 0 takes a free one.")),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help=say("Für Journal und Ablagen.", "For journal and drop folders."))
    ] = None,
    faults: Annotated[
        Path | None,
        typer.Option(exists=True, help=say("TOML-Datei mit Störungen.", "TOML file with fault rules.")),
    ] = None,
) -> None:
    """Run stand-ins of the five systems; further settings as `AMTSBOTE_SANDBOX_...`."""
    from pydantic import ValidationError  # noqa: PLC0415 - as above

    from gateway.sandbox import SandboxSettings, run  # noqa: PLC0415 - as above
    from gateway.telemetry import logs  # noqa: PLC0415 - as above

    logs.configure(json=not sys.stderr.isatty())
    given: dict[str, Any] = {"port": port, "folder": folder, "faults": faults}
    try:
        settings = SandboxSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fail(str(error), Exit.USAGE)
    until_told(lambda stop: run(settings, stop=stop))
