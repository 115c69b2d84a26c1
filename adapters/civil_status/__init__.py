"""Civil status: speaks to a register office's system over REST, with the message itself as an attachment."""

import orjson

from adapters.civil_status.mapping import metadaten
from adapters.mapping import NO_MAPPING
from adapters.transports.http import HttpSettings
from adapters.transports.rest import Part, RestTransport
from gateway.core.outcome import Outcome
from gateway.core.ports import Adapter, Consignment, Surroundings
from gateway.core.tenants import Destination


class Settings(HttpSettings):
    """Settings of a civil status destination."""


def build(destination: Destination, surroundings: Surroundings) -> Adapter:
    """Make the adapter of one destination; no connection is opened yet."""
    settings = Settings.model_validate(destination.settings)
    return CivilStatusAdapter(
        RestTransport(settings, destination, surroundings.clock, receipt_field="aktenzeichen")
    )


class CivilStatusAdapter:
    """Facts to file by, and the document byte for byte: what the register records is its original."""

    def __init__(self, rest: RestTransport) -> None:
        self._rest = rest

    async def deliver(self, consignment: Consignment) -> Outcome:
        facts = metadaten(consignment)
        if facts is None:
            return NO_MAPPING
        return await self._rest.post_parts(
            consignment.delivery,
            Part("metadaten", "application/json", orjson.dumps(facts)),
            Part("dokument", "application/xml", consignment.message.content, f"{consignment.delivery}.xml"),
        )

    async def aclose(self) -> None:
        await self._rest.aclose()
