"""Finance: speaks to a tax and treasury system (Steuer- und Kassenverfahren) over REST with JSON."""

from adapters.finance.mapping import vorgang
from adapters.mapping import NO_MAPPING
from adapters.transports.http import HttpSettings
from adapters.transports.rest import RestTransport
from gateway.core.outcome import Outcome
from gateway.core.ports import Adapter, Consignment, Surroundings
from gateway.core.tenants import Destination


class Settings(HttpSettings):
    """Settings of a finance destination."""


def build(destination: Destination, surroundings: Surroundings) -> Adapter:
    """Make the adapter of one destination; no connection is opened yet."""
    settings = Settings.model_validate(destination.settings)
    return FinanceAdapter(
        RestTransport(settings, destination, surroundings.clock, receipt_field="kassenzeichen")
    )


class FinanceAdapter:
    """One JSON object per message; the receipt is the Kassenzeichen."""

    def __init__(self, rest: RestTransport) -> None:
        self._rest = rest

    async def deliver(self, consignment: Consignment) -> Outcome:
        payload = vorgang(consignment)
        if payload is None:
            return NO_MAPPING
        return await self._rest.post_json(consignment.delivery, payload)

    async def aclose(self) -> None:
        await self._rest.aclose()
