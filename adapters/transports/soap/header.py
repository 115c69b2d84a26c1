"""Header: elements that a service wants in the SOAP header, as the settings of a destination say them."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from adapters.adapter import Misfit
from adapters.dispatch import Dispatch, Outline
from adapters.mapping import Payload
from adapters.transports.soap.service import Service
from adapters.transports.soap.shape import lacking, unknown
from gateway.core.word import Inquiry


def facts_of(about: Dispatch | Inquiry) -> Mapping[str, str]:
    """What a header may say of a message, by the names that stand for it."""
    if isinstance(about, Inquiry):
        uuid, tenant, test, ags = about.nachrichten_uuid, about.tenant, about.test, {}
    else:
        kopf = about.message.kopf
        uuid, tenant, test = kopf.nachrichten_uuid, about.message.tenant, kopf.test
        ags = {"$ags": kopf.leser.schluessel}
    return {
        "$delivery": about.delivery,
        "$uuid": uuid,
        "$tenant": tenant,
        "$test": str(test).lower(),
        **ags,
    }


def filled_in(value: object, facts: Mapping[str, str]) -> Payload | Any:  # noqa: ANN401 - whatever a setting holds
    """A setting with the facts in the places of their names."""
    match value:
        case Mapping():
            return {name: filled_in(each, facts) for name, each in value.items()}
        case list() | tuple():
            return [filled_in(each, facts) for each in value]
        case str():
            return facts.get(value, value)
        case _:
            return value


def header_misfits(
    said: Mapping[str, JsonValue] | None, service: Service, operation: str, outline: Outline
) -> Iterator[Misfit]:
    """Whether the header of a request is what the WSDL names. An empty one is left out on purpose."""
    declared = service.headers(operation)
    for name in declared if said is None else ():
        yield Misfit(
            outline.place,
            f"{operation} verlangt im SOAP-Header das Element {name}: settings.header nennt keines",
            f"{operation} demands the element {name} in the SOAP header: settings.header names none",
        )
    for name, value in (said or {}).items():
        if name not in declared:
            known = ", ".join(declared) or "-"
            yield Misfit(
                outline.place,
                f"settings.header: {operation} kennt im SOAP-Header kein Element {name} (bekannt: {known})",
                f"settings.header: {operation} knows no element {name} in the SOAP header (known: {known})",
            )
            continue
        targets = [*_places(value)]
        for target in unknown(declared[name], targets):
            yield Misfit(
                outline.place,
                f"settings.header: {name} kennt kein Feld {target}",
                f"settings.header: {name} knows no field {target}",
            )
        for target in lacking(declared[name], targets):
            yield Misfit(
                outline.place,
                f"settings.header: {name} verlangt das Feld {target}",
                f"settings.header: {name} demands the field {target}",
            )


def _places(value: JsonValue, above: str = "") -> Iterator[str]:
    """Places of the fields in a setting, joined by `/`."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _places(each, f"{above}/{name}" if above else name)
    elif above:
        yield above
