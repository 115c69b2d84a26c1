"""`batches list|show|close-now`: files of many deliveries, what is in them, and writing one before its time."""

import asyncio
import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from gateway import commands
from gateway.cli.output import Exit, Format, Output, fail, note, show, show_one
from gateway.cli.serving import DEFAULT_CONFIG, Config, premises, unavailable
from gateway.core.acts import CloseBatch
from gateway.core.batch import BatchMember, BatchView
from gateway.core.errors import NotFound, Unavailable
from gateway.texts.terminal import say

batches = typer.Typer(
    no_args_is_help=True,
    help=say("Stapel: viele Zustellungen in einer Datei.", "Batches: many deliveries in one file."),
)

_COLUMNS = {
    "destination": say("Ziel", "destination"),
    "number": say("Nummer", "number"),
    "state": say("Zustand", "state"),
    "items": say("Sätze", "items"),
    "since": say("seit", "since"),
    "name": say("Datei", "file"),
    "written_at": say("geschrieben", "written"),
    "code": say("Grund", "cause"),
}
_MEMBERS = {
    "line": say("Satz", "line"),
    "delivery": say("Zustellung", "delivery"),
    "tenant": say("Mandant", "tenant"),
    "state": say("Zustand", "state"),
    "code": say("Grund", "cause"),
    "reference": say("Aktenzeichen", "reference"),
}

Destination = Annotated[str, typer.Argument(help=say("Name des Ziels", "Name of the destination"))]


@batches.command("list", help=say("Stapel zeigen, auch was gerade gesammelt wird.", "List batches."))
def list_batches(
    destination: Annotated[
        str | None, typer.Option(help=say("Nur dieses Ziel.", "This destination only."))
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help=say("Höchstens so viele.", "At most so many."))
    ] = 100,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """List what is being collected (without a state), then closed batches, the latest first."""

    async def query() -> list[BatchView]:
        async with commands.reading_store(opened) as store:
            return await store.batches(destination, limit)

    opened = premises(config)
    try:
        found = asyncio.run(query())
    except Unavailable as error:
        unavailable(error)
    if not found and output is Format.TABLE:
        note(say("Es gibt keine Stapel.", "There are no batches."))
        return
    show([asdict(view) for view in found], _COLUMNS, output)


@batches.command("show", help=say("Die Sätze eines Stapels zeigen, nie ihren Inhalt.", "Show its items."))
def show_batch(
    destination: Destination,
    number: Annotated[int, typer.Argument(help=say("Nummer des Stapels", "Number of the batch"))],
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Show the items of a batch in their order, and what became of each. Never their content."""

    async def query() -> list[BatchMember]:
        async with commands.reading_store(opened) as store:
            return await store.batch_members(destination, number)

    opened = premises(config)
    try:
        members = asyncio.run(query())
    except NotFound:
        fail(say("Einen solchen Stapel gibt es nicht.", "There is no such batch."), Exit.NOTHING_FOUND)
    except Unavailable as error:
        unavailable(error)
    show([asdict(member) for member in members], _MEMBERS, output)


@batches.command("close-now", help=say("Das Gesammelte jetzt schreiben lassen.", "Have a batch written now."))
def close_now(
    destination: Destination,
    reason: Annotated[
        str, typer.Option(help=say("Warum; steht danach im Protokoll.", "Why; goes into the audit."))
    ],
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Have what was collected until now closed and written, without waiting for its time."""
    act = CloseBatch(destination, reason, f"operator:{getpass.getuser()}")
    try:
        view = asyncio.run(commands.perform(premises(config), act))
    except NotFound:
        fail(
            say("Für dieses Ziel ist nichts gesammelt.", "Nothing is collected for this destination."),
            Exit.NOTHING_FOUND,
        )
    except Unavailable as error:
        unavailable(error)
    show_one(asdict(view), output)
