"""`portals` and `systems`: access keys of those who speak to the gateway."""

import asyncio
import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from gateway import commands
from gateway.cli.output import Exit, Format, Output, fail, note, show, show_one
from gateway.cli.serving import DEFAULT_CONFIG, Config, configuration, premises, unavailable
from gateway.core.acts import Act, AddKey, RevokeKey
from gateway.core.errors import NotFound, Unavailable
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.views import KeyView, Performed
from gateway.security import keys as access_keys
from gateway.texts.terminal import say

portals = typer.Typer(no_args_is_help=True, help=say("Zugänge der Portale.", "Access of the portals."))
systems = typer.Typer(
    no_args_is_help=True,
    help=say(
        "Zugänge der Fachverfahren, die selbst abholen oder quittieren.",
        "Access of specialist systems that fetch or confirm by themselves.",
    ),
)

_COLUMNS = {
    "id": say("Schlüssel", "key"),
    "holder": say("Inhaber", "holder"),
    "grants": say("Rechte", "grants"),
    "created_at": say("seit", "since"),
    "revoked_at": say("gesperrt", "revoked"),
}


@portals.command("add", help=say("Einem Portal einen Schlüssel geben.", "Give a portal a key."))
def add_portal(
    name: Annotated[str, typer.Argument(help=say("Name des Portals", "Name of the portal"))],
    autor: Annotated[
        list[str],
        typer.Option(
            help=say(
                "Kennung, für die es als Autor auftritt, z. B. psw:01003110; mehrfach möglich, * für alle.",
                "Kennung for which it acts as autor, e.g. psw:01003110; may be repeated, * for any.",
            )
        ),
    ],
    tenant: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "Mandant, dem es senden darf; mehrfach möglich, ohne Angabe alle.",
                "Tenant to which it may send; may be repeated, without it all of them.",
            )
        ),
    ] = None,
    service: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "Leistung oder Bereich, den es senden darf; mehrfach möglich, ohne Angabe alle.",
                "Service or area that it may send; may be repeated, without it all of them.",
            )
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Give a portal a key. It is printed once and can't be shown again."""
    loaded = configuration(config)
    known = loaded.directory.tenants
    if unknown := [each for each in tenant or () if each not in {*known, "*"}]:
        fail(say(f"Unbekannter Mandant: {unknown[0]}", f"Unknown tenant: {unknown[0]}"), Exit.USAGE)
    services = {kind.service for kind in commands.known_to_schemas(loaded.schemas_folder).kinds}
    areas = {each.partition("/")[0] for each in services}
    if unknown := [each for each in service or () if each not in {*services, *areas, "*"}]:
        fail(say(f"Unbekannte Leistung: {unknown[0]}", f"Unknown service: {unknown[0]}"), Exit.USAGE)
    _add(Portal(name, tuple(autor), tuple(tenant or ["*"]), tuple(service or ["*"])), config, output)


@systems.command("add", help=say("Einem Fachverfahren einen Schlüssel geben.", "Give a system a key."))
def add_system(
    name: Annotated[str, typer.Argument(help=say("Name des Fachverfahrens", "Name of the system"))],
    destination: Annotated[
        list[str],
        typer.Option(help=say("Ziel, für das es spricht; mehrfach möglich.", "Destination it speaks for.")),
    ],
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Give a specialist system a key for fetching and for receipts. It is printed once."""
    known = configuration(config).directory.destinations
    if unknown := [each for each in destination if each not in known]:
        fail(say(f"Unbekanntes Ziel: {unknown[0]}", f"Unknown destination: {unknown[0]}"), Exit.USAGE)
    _add(SpecialistSystem(name, tuple(destination)), config, output)


@portals.command("list", help=say("Die Schlüssel der Portale zeigen.", "List the portals' keys."))
def list_portals(config: Config = DEFAULT_CONFIG, output: Output = Format.TABLE) -> None:
    """List the portals' keys, without their secrets."""
    _list("autoren", config, output)


@systems.command("list", help=say("Die Schlüssel der Fachverfahren zeigen.", "List the systems' keys."))
def list_systems(config: Config = DEFAULT_CONFIG, output: Output = Format.TABLE) -> None:
    """List the specialist systems' keys, without their secrets."""
    _list("destinations", config, output)


@portals.command("revoke", help=say("Einen Schlüssel sperren.", "Make a key unusable."))
@systems.command("revoke", help=say("Einen Schlüssel sperren.", "Make a key unusable."))
def revoke(
    id: Annotated[str, typer.Argument(help=say("Kennung des Schlüssels", "Id of the key"))],
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Make a key unusable from now on."""
    show_one(asdict(_perform(RevokeKey(id, _actor()), config)), output)


def _add(holder: Portal | SpecialistSystem, config: Config, output: Format) -> None:
    key = access_keys.generate()
    view = _perform(AddKey(key.id, key.secret_hash, holder, _actor()), config)
    note(
        say(
            "Der Schlüssel wird nur jetzt gezeigt. Das Gateway kennt danach nur seinen Hash.",
            "The key is shown only now. The gateway keeps nothing but its hash.",
        )
    )
    show_one({**asdict(view), "key": key.reveal()}, output)


def _list(grant: str, config: Config, output: Format) -> None:
    async def query() -> list[KeyView]:
        async with commands.reading_store(opened) as store:
            return await store.keys()

    opened = premises(config)
    try:
        found = asyncio.run(query())
    except Unavailable as error:
        unavailable(error)
    show([asdict(key) for key in found if grant in key.grants], _COLUMNS, output)


def _perform(act: Act, config: Config) -> Performed:
    opened = premises(config)
    try:
        return asyncio.run(commands.perform(opened, act))
    except NotFound:
        fail(say("Einen solchen Schlüssel gibt es nicht.", "There is no such key."), Exit.NOTHING_FOUND)
    except Unavailable as error:
        unavailable(error)


def _actor() -> str:
    return f"operator:{getpass.getuser()}"
