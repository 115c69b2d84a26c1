"""`destinations list|pause|resume` and `incidents`: where the receiving systems stand, and holding them."""

import asyncio
import getpass
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from gateway import commands
from gateway.cli.moments import moment
from gateway.cli.output import Exit, Format, Output, fail, note, show, show_one
from gateway.cli.serving import DEFAULT_CONFIG, Config, configuration, premises, unavailable
from gateway.config import Configuration
from gateway.core.acts import Act, Pause, Resume
from gateway.core.check import Checked, Step, StepResult
from gateway.core.errors import Unavailable
from gateway.core.incident import Incident
from gateway.core.views import DestinationView
from gateway.texts.checks import STEP_NAMES, STEP_RESULTS
from gateway.texts.terminal import say

destinations = typer.Typer(
    no_args_is_help=True, help=say("Die Fachverfahren als Ziele.", "The specialist systems as destinations.")
)

_COLUMNS = {
    "name": say("Ziel", "destination"),
    "breaker": say("Sicherung", "breaker"),
    "code": say("Grund", "cause"),
    "opened_at": say("gestört seit", "away since"),
    "paused_until": say("angehalten bis", "paused until"),
    "reason": say("weil", "because"),
    "waiting": say("wartend", "waiting"),
    "oldest": say("älteste", "oldest"),
}
_INCIDENTS = {
    "destination": say("Ziel", "destination"),
    "trouble": say("Störung", "trouble"),
    "code": say("Grund", "cause"),
    "opened_at": say("von", "from"),
    "closed_at": say("bis", "until"),
    "affected": say("betroffen", "affected"),
}

_STEPS = {
    "destination": say("Ziel", "destination"),
    "named": say("Schritt", "step"),
    "said": say("Ergebnis", "result"),
    "text": say("Befund", "finding"),
    "milliseconds": "ms",
}

Name = Annotated[str, typer.Argument(help=say("Name des Ziels", "Name of the destination"))]


@destinations.command("list", help=say("Zeigen, wo die Ziele stehen.", "Show where destinations stand."))
def list_destinations(config: Config = DEFAULT_CONFIG, output: Output = Format.TABLE) -> None:
    """List every configured destination with its breaker, its pause and what waits for it."""

    async def query() -> list[DestinationView]:
        async with commands.reading_store(loaded) as store:
            return await store.destinations(names, datetime.now(UTC))

    loaded = configuration(config)
    names = sorted(loaded.directory.destinations)
    try:
        found = asyncio.run(query())
    except Unavailable as error:
        unavailable(error)
    show([asdict(each) for each in found], _COLUMNS, output)


@destinations.command("pause", help=say("Ein Ziel anhalten.", "Deliver nothing to a destination."))
def pause(
    name: Name,
    until: Annotated[
        str,
        typer.Option(
            help=say(
                "Bis wann: 90m, 2h, 3d oder 2026-12-24T18:00 (Berliner Zeit). Dann geht es von selbst weiter.",
                "Until when: 90m, 2h, 3d or 2026-12-24T18:00 (Berlin). Then it goes on by itself.",
            )
        ),
    ],
    reason: Annotated[
        str, typer.Option(help=say("Warum; steht danach im Protokoll.", "Why; goes into the audit."))
    ],
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Hold a destination; messages are accepted and wait. What is under way is finished."""
    loaded = configuration(config)
    end = moment(until, datetime.now(UTC))
    _perform(Pause(_known(loaded, name), end, reason, _actor()), loaded, output)


@destinations.command("resume", help=say("Ein angehaltenes Ziel weiterlaufen lassen.", "End a pause."))
def resume(name: Name, config: Config = DEFAULT_CONFIG, output: Output = Format.TABLE) -> None:
    """Let a destination go on before the end of its pause."""
    loaded = configuration(config)
    _perform(Resume(_known(loaded, name), _actor()), loaded, output)


@destinations.command("check", help=say("Ziele ansehen, ohne etwas zu senden.", "Look, and send nothing."))
def check(
    name: Annotated[
        str | None, typer.Argument(help=say("Name des Ziels; sonst alle", "Name of one; without it, all"))
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help=say("Dasselbe wie -o json.", "The same as -o json."))
    ] = False,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Look at destinations step by step: settings, secrets, files, name, connection, TLS, login, one harmless call.
    Ends with 1 where a step failed.
    """
    from gateway.telemetry import logs  # noqa: PLC0415 - other commands log nothing

    loaded = configuration(config)
    names = sorted(loaded.directory.destinations) if name is None else [_known(loaded, name)]
    with logs.silent():
        found = asyncio.run(commands.check_destinations(loaded, names))
    steps = [(checked, step) for checked in found for step in checked.steps]
    if json or output is Format.JSON:
        show([_step(*each) for each in steps], {}, Format.JSON)
    else:
        show([_step(*each) | _words(each[1]) for each in steps], _STEPS, output)
    if any(checked.result is StepResult.FAILED for checked in found):
        raise typer.Exit(Exit.ERROR)


def _step(checked: Checked, step: Step) -> dict[str, object]:
    return {
        "destination": checked.destination,
        "step": step.name.value,
        "result": step.finding.result.value,
        "code": step.finding.code,
        "text": say(step.finding.de, step.finding.en),
        "days": None if step.finding.days is None else int(step.finding.days),
        "milliseconds": round(step.seconds * 1000),
        "at": checked.at,
    }


def _words(step: Step) -> dict[str, str]:
    name, result = STEP_NAMES[step.name], STEP_RESULTS[step.finding.result]
    return {"named": say(name.de, name.en), "said": say(result.de, result.en)}


def incidents(
    open_only: Annotated[
        bool, typer.Option("--open", help=say("Nur was noch andauert.", "Only those that go on."))
    ] = False,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help=say("Höchstens so viele.", "At most so many."))
    ] = 100,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """List outages of destinations, newest first."""

    async def query() -> Sequence[Incident]:
        async with commands.reading_store(opened) as store:
            return await store.incidents(open_only=open_only, limit=limit)

    opened = premises(config)
    try:
        found = asyncio.run(query())
    except Unavailable as error:
        unavailable(error)
    if not found and output is Format.TABLE:
        note(say("Keine Ausfälle.", "No outages."))
        return
    show([asdict(each) for each in found], _INCIDENTS, output)


@destinations.command(
    "rabbitmq-grants",
    help=say(
        "Die Rechte der Fachverfahren in RabbitMQ als Befehle zeigen.",
        "Print the systems' rights in RabbitMQ.",
    ),
)
def rabbitmq_grants(
    name: Annotated[
        str | None, typer.Argument(help=say("Nur für dieses Ziel", "For this destination only"))
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Print the `rabbitmqctl` commands that make each system's user and limit it to its own queues and the receipts."""
    loaded = configuration(config)
    if name is not None:
        _known(loaded, name)
    printed = commands.rabbitmq_grants(loaded, name)
    if not printed:
        fail(
            say(
                "Kein RabbitMQ (broker.url), oder kein Ziel nennt einen rabbitmq_user.",
                "No RabbitMQ (broker.url), or no destination names a rabbitmq_user.",
            ),
            Exit.NOTHING_FOUND,
        )
    for line in printed:
        typer.echo(line)


def _perform(act: Act, loaded: Configuration, output: Format) -> None:
    try:
        view = asyncio.run(commands.perform(loaded, act))
    except Unavailable as error:
        unavailable(error)
    show_one(asdict(view), output)


def _known(loaded: Configuration, name: str) -> str:
    if name not in loaded.directory.destinations:
        fail(say(f"Unbekanntes Ziel: {name}", f"Unknown destination: {name}"), Exit.NOTHING_FOUND)
    return name


def _actor() -> str:
    return f"operator:{getpass.getuser()}"
