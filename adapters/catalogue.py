"""Catalogue: every adapter and every transport that a destination can name, and what it makes of a destination.

Each is imported when a destination names it: a gateway without SOAP never loads a SOAP library.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from pydantic import BaseModel, ValidationError

from adapters.adapter import AdapterKind, TransportKind, adapter_of
from adapters.dispatch import Form
from adapters.mapping_file.load import MappingInvalid, load, reads_of
from adapters.mapping_file.write import form_of
from gateway.core.errors import SettingFault
from gateway.core.mapped import MappedKind
from gateway.core.ports import Adapter, Surroundings
from gateway.core.tenants import Destination

ADAPTERS: Mapping[str, str] = {
    "registration": "adapters.registration",
    "civil_status": "adapters.civil_status",
    "trade": "adapters.trade",
    "finance": "adapters.finance",
    "real_estate": "adapters.real_estate",
}
"""Our own, each a module that shows `ADAPTER`."""

TRANSPORTS: Mapping[str, str] = {
    "soap": "adapters.transports.soap.transport",
    "rest": "adapters.transports.rest",
    "files": "adapters.transports.folders.files",
    "sftp": "adapters.transports.folders.sftp",
    "batch": "adapters.transports.batch.transport",
    "pickup": "adapters.transports.pickup",
    "xta": "adapters.transports.xta.transport",
}
"""Our own, each a module that shows `TRANSPORT`."""

FOREIGN_ADAPTERS = "amtsbote.adapters"
FOREIGN_TRANSPORTS = "amtsbote.transports"
"""Groups of entry points under which other packages bring an `AdapterKind` or a `TransportKind`."""


def adapters() -> list[str]:
    """The names of all adapters that there are."""
    return sorted({*ADAPTERS, *_foreign(FOREIGN_ADAPTERS)})


def transports() -> list[str]:
    """The names of all transports that there are."""
    return sorted({*TRANSPORTS, *_foreign(FOREIGN_TRANSPORTS)})


@cache
def adapter(name: str) -> AdapterKind:
    """Raises:
    KeyError: there is none of this name.
    """
    if name in ADAPTERS:
        kind = import_module(ADAPTERS[name]).ADAPTER
    else:
        kind = _foreign(FOREIGN_ADAPTERS)[name].load()
    assert isinstance(kind, AdapterKind)
    return kind


@cache
def transport(name: str) -> TransportKind:
    """Raises:
    KeyError: there is none of this name.
    """
    if name in TRANSPORTS:
        kind = import_module(TRANSPORTS[name]).TRANSPORT
    else:
        kind = _foreign(FOREIGN_TRANSPORTS)[name].load()
    assert isinstance(kind, TransportKind)
    return kind


def transport_of(destination: Destination) -> str:
    """The name of the transport by which a destination is reached: its own choice, or what is usual in its area."""
    return destination.transport or adapter(destination.adapter).transport


def fetches_from_queue(destination: Destination) -> bool:
    """Whether its system fetches from RabbitMQ, where the gateway runs on one."""
    return transport_of(destination) == "pickup" and destination.settings.get("over") != "http"


def is_mapping(destination: Destination) -> bool:
    """Whether its payload is a mapping file, and not one of its adapter's forms."""
    return (destination.payload or "").endswith(".toml")


def mapped(destination: Destination, folder: Path) -> Iterator[MappedKind]:
    """What the mapping file of a destination reads of messages; nothing where it has none that can be used."""
    if is_mapping(destination):
        file = _mapping(destination, folder)
        with suppress(MappingInvalid):
            yield from reads_of(file, load(file))


def area_of(name: str) -> str | None:
    """The area whose messages an adapter takes; None where there is no such adapter."""
    return adapter(name).area if name in adapters() else None


def build(destination: Destination, surroundings: Surroundings) -> Adapter:
    """Make the adapter of a destination that `faults` has nothing against; no connection is opened yet."""
    said = adapter(destination.adapter)
    wire = transport(transport_of(destination))
    settings = _settings(said, wire, destination, surroundings.config_folder)
    return adapter_of(
        _form(said, destination, surroundings.config_folder), wire.open(settings, destination, surroundings)
    )


def faults(destination: Destination, folder: Path) -> Iterator[SettingFault]:
    """Everything that is wrong with what a destination says to its adapter and its transport; `folder` is where
    the configuration lies.
    """
    if destination.adapter not in adapters():
        yield _unknown("adapter", destination.adapter, adapters())
        return
    said = adapter(destination.adapter)
    if is_mapping(destination):
        try:
            _form(said, destination, folder)
        except MappingInvalid as invalid:
            yield from invalid.faults
            return
    elif destination.payload and destination.payload not in said.forms:
        yield _unknown("payload", destination.payload, sorted(said.forms))
        return
    if transport_of(destination) not in transports():
        yield _unknown("transport", transport_of(destination), transports())
        return
    yield from _faults_of_settings(said, destination, folder)


def _faults_of_settings(said: AdapterKind, destination: Destination, folder: Path) -> Iterator[SettingFault]:
    name = transport_of(destination)
    wire = transport(name)
    try:
        settings = _settings(said, wire, destination, folder)
    except ValidationError as error:
        for fault in error.errors(include_input=False, include_url=False):
            place = ("settings", *fault["loc"])
            where = ".".join(str(part) for part in place)
            match fault["type"]:
                case "missing":
                    de, en = "diese Angabe fehlt", "this setting is missing"
                case "extra_forbidden":
                    de, en = "diesen Namen gibt es hier nicht", "there is no such setting"
                case _:
                    de, en = f"unzulässiger Wert ({fault['msg']})", fault["msg"]
            yield SettingFault(
                place, f"{where}: {de} (Transport {name})", f"{where}: {en} (transport {name})"
            )
        return
    if wire.recognises and not destination.idempotent:
        yield SettingFault(
            ("idempotent",),
            f"{name} erkennt Wiederholungen selbst: idempotent = true gehört dazu, sonst hält ein Neustart Zustellungen auf",
            f"{name} recognises repetitions by itself: it needs idempotent = true, or a restart holds deliveries up",
        )
    form = _form(said, destination, folder)
    missing = wire.needs(settings) - form.makes
    if missing:
        name_of_form, parts = destination.payload or said.payload, ", ".join(sorted(missing))
        yield SettingFault(
            ("payload",),
            f"{name} kann {name_of_form} nicht senden: es fehlt {parts}",
            f"{name} can't send {name_of_form}: it makes no {parts}",
        )
    for outline in form.outlines:
        for misfit in wire.misfits(settings, outline):
            yield SettingFault(misfit.place, misfit.de, misfit.en, _mapping(destination, folder))


@cache
def _foreign(group: str) -> Mapping[str, EntryPoint]:
    """What other packages bring, by name. Once: to find it, every installed package is looked through."""
    return {each.name: each for each in entry_points(group=group)}


def _settings(said: AdapterKind, wire: TransportKind, destination: Destination, folder: Path) -> BaseModel:
    # What is usual in an area belongs to the area's own words.
    usual = (
        said.settings if transport_of(destination) == said.transport and not is_mapping(destination) else {}
    )
    return wire.settings.model_validate({**usual, **destination.settings}, context={"folder": folder})


def _form(said: AdapterKind, destination: Destination, folder: Path) -> Form:
    """Raises:
    MappingInvalid: it is a mapping file that can't be used.
    """
    if is_mapping(destination):
        return form_of(load(_mapping(destination, folder)))
    return said.forms[destination.payload or said.payload]


def _mapping(destination: Destination, folder: Path) -> Path:
    return folder / (destination.payload or "")


def _unknown(place: str, name: str, known: list[str]) -> SettingFault:
    there = ", ".join(known)
    return SettingFault(
        (place,),
        f"{place}: {name} gibt es nicht (möglich: {there})",
        f"{place}: there is no {name} (possible: {there})",
    )
