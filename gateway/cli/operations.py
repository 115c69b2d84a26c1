"""`failed`, `history`, `replay` and `dismiss`: what needs a person, what happened to it, and what becomes of it."""

import asyncio
import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from gateway import commands
from gateway.cli.output import Exit, Format, Output, fail, note, show, show_one
from gateway.cli.serving import DEFAULT_CONFIG, Config, premises, unavailable
from gateway.core.acts import Dismiss, Replay
from gateway.core.errors import ForbiddenTransition, NotFound, NotReplayable, Unavailable
from gateway.core.message import DeliveryId, MessageId
from gateway.core.views import MessageView
from gateway.texts.terminal import say

_COLUMNS = {
    "id": say("Zustellung", "delivery"),
    "message": say("Nachricht", "message"),
    "tenant": say("Mandant", "tenant"),
    "service": say("Leistung", "service"),
    "destination": say("Ziel", "destination"),
    "state": say("Zustand", "state"),
    "attempt": say("Versuch", "attempt"),
    "code": say("Grund", "cause"),
    "updated_at": say("seit", "since"),
}

_DELIVERY = {
    "id": say("Zustellung", "delivery"),
    "destination": say("Ziel", "destination"),
    "state": say("Zustand", "state"),
    "attempt": say("Versuch", "attempt"),
    "due_at": say("fällig", "due"),
    "waits_for": say("wartet auf", "waits for"),
    "reference": say("Aktenzeichen", "reference"),
    "code": say("Grund", "cause"),
    "detail": say("Erklärung", "detail"),
}
_TIMELINE = {
    "at": say("Zeit", "time"),
    "action": say("Ereignis", "event"),
    "actor": say("durch", "by"),
    "destination": say("Ziel", "destination"),
    "attempt": say("Versuch", "attempt"),
    "code": say("Grund", "cause"),
    "detail": say("Erklärung", "detail"),
}


def failed(
    destination: Annotated[
        str | None, typer.Option(help=say("Nur dieses Ziel.", "This destination only."))
    ] = None,
    limit: Annotated[
        int, typer.Option(min=1, max=10_000, help=say("Höchstens so viele.", "At most so many."))
    ] = 100,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """List deliveries that need a person, oldest first."""

    async def query() -> list[dict[str, object]]:
        async with commands.reading_store(opened) as store:
            page = await store.failed(destination=destination, limit=limit)
        if page.next:
            note(say(f"Nur die ersten {limit}.", f"Only the first {limit}."))
        return [asdict(delivery) for delivery in page.items]

    opened = premises(config)
    try:
        rows = asyncio.run(query())
    except Unavailable as error:
        unavailable(error)
    if not rows and output is Format.TABLE:
        note(say("Nichts ist liegen geblieben.", "Nothing needs attention."))
        return
    show(rows, _COLUMNS, output)


def history(
    id: Annotated[str, typer.Argument(help=say("Kennung der Nachricht", "Id of the message"))],
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Show a message, its deliveries and all that happened to them. Never its content."""

    async def query() -> MessageView:
        async with commands.reading_store(opened) as store:
            return await store.message(MessageId(id))

    opened = premises(config)
    try:
        view = asyncio.run(query())
    except NotFound:
        fail(say("Eine solche Nachricht gibt es nicht.", "There is no such message."), Exit.NOTHING_FOUND)
    except Unavailable as error:
        unavailable(error)
    facts = asdict(view)
    if output is Format.JSON:
        show_one(facts, output)
        return
    deliveries, timeline = facts.pop("deliveries"), facts.pop("timeline")
    show_one(facts, output)
    typer.echo()
    show(deliveries, _DELIVERY, output)
    typer.echo()
    show(timeline, _TIMELINE, output)


def replay(
    id: Annotated[str, typer.Argument(help=say("Kennung der Zustellung", "Id of the delivery"))],
    reason: Annotated[
        str, typer.Option(help=say("Warum; steht danach im Protokoll.", "Why; goes into the audit."))
    ],
    accept_doubling: Annotated[
        bool,
        typer.Option(
            "--accept-doubling",
            help=say(
                "Auch senden, obwohl unklar ist, ob das Fachverfahren die Nachricht schon hat.",
                "Send although it is unclear whether the system has the message already.",
            ),
        ),
    ] = False,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Send one delivery on its way again."""
    act = Replay(DeliveryId(id), f"operator:{getpass.getuser()}", reason, accept_doubling)
    opened = premises(config)
    try:
        view = asyncio.run(commands.perform(opened, act))
    except NotFound:
        fail(say("Eine solche Zustellung gibt es nicht.", "There is no such delivery."), Exit.NOTHING_FOUND)
    except NotReplayable as refused:
        fail(_why_not(refused.state), Exit.DENIED)
    except Unavailable as error:
        unavailable(error)
    show_one(asdict(view), output)


def dismiss(
    id: Annotated[str, typer.Argument(help=say("Kennung der Zustellung", "Id of the delivery"))],
    reason: Annotated[
        str, typer.Option(help=say("Warum; steht danach im Protokoll.", "Why; goes into the audit."))
    ],
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Close a failed delivery for good: it is not delivered."""
    act = Dismiss(DeliveryId(id), f"operator:{getpass.getuser()}", reason)
    opened = premises(config)
    try:
        view = asyncio.run(commands.perform(opened, act))
    except NotFound:
        fail(say("Eine solche Zustellung gibt es nicht.", "There is no such delivery."), Exit.NOTHING_FOUND)
    except ForbiddenTransition as refused:
        fail(
            say(
                f"Aus dem Zustand {refused.before!r} wird nichts geschlossen.",
                f"Nothing is closed from the state {refused.before!r}.",
            ),
            Exit.DENIED,
        )
    except Unavailable as error:
        unavailable(error)
    show_one(asdict(view), output)


def _why_not(state: str) -> str:
    if state == "unclear":
        return say(
            "Unklar, ob das Fachverfahren die Nachricht schon hat. Dort nachsehen; wenn sie fehlt oder "
            "doppelt sein darf: --accept-doubling.",
            "It is unclear whether the system has the message already. Look there first; if it is missing "
            "or may be doubled: --accept-doubling.",
        )
    if state == "expired":
        return say(
            "Das Portal weiß, dass die Nachricht nicht zugestellt ist, und kann sie anders übermittelt haben. Erst "
            "dort nachfragen; wenn sie doppelt sein darf: --accept-doubling.",
            "The portal knows that the message was not delivered, and may have transmitted it another way. Ask "
            "there first; if it may be doubled: --accept-doubling.",
        )
    return say(
        f"Aus dem Zustand {state!r} wird nichts erneut gesendet.",
        f"Nothing is sent again from the state {state!r}.",
    )
