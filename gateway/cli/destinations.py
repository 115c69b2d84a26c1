"""`incidents`: outages of destinations."""

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from gateway import bootstrap
from gateway.cli.output import Format, Output, note, show
from gateway.cli.serving import DEFAULT_CONFIG, Config, configuration, unavailable
from gateway.core.errors import Unavailable
from gateway.core.incident import Incident
from gateway.texts.terminal import say

_INCIDENTS = {
    "destination": say("Ziel", "destination"),
    "trouble": say("Störung", "trouble"),
    "code": say("Grund", "cause"),
    "opened_at": say("von", "from"),
    "closed_at": say("bis", "until"),
    "affected": say("betroffen", "affected"),
}


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

    async def query() -> list[Incident]:
        async with bootstrap.reading_store(loaded) as store:
            return await store.incidents(open_only=open_only, limit=limit)

    loaded = configuration(config)
    try:
        found = asyncio.run(query())
    except Unavailable as error:
        unavailable(error)
    if not found and output is Format.TABLE:
        note(say("Keine Ausfälle.", "No outages."))
        return
    show([asdict(each) for each in found], _INCIDENTS, output)
