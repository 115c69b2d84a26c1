"""Registration: speaks to a registration system (Einwohnermeldewesen) over SOAP."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.mapping import NO_MAPPING
from adapters.registration.mapping import call
from adapters.transports.http import HttpSettings, Trouble
from adapters.transports.reference import reference_of
from adapters.transports.soap import SoapTransport
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected
from gateway.core.ports import Adapter, Consignment, Surroundings
from gateway.core.tenants import Destination

WSDL = Path(__file__).parent / "einwohnerdienst.wsdl"


class Settings(HttpSettings):
    """Settings of a registration destination."""


def build(destination: Destination, surroundings: Surroundings) -> Adapter:
    """Make the adapter of one destination; it reads the WSDL, and opens no connection yet."""
    settings = Settings.model_validate(destination.settings)
    soap = SoapTransport(settings, destination, surroundings.clock, wsdl=WSDL, dialect=Einwohnerdienst())
    return RegistrationAdapter(soap)


class RegistrationAdapter:
    """One operation per kind of message; the receipt is the Eingangsbestaetigung."""

    def __init__(self, soap: SoapTransport) -> None:
        self._soap = soap

    async def deliver(self, consignment: Consignment) -> Outcome:
        called = call(consignment)
        return NO_MAPPING if called is None else await self._soap.call(called.operation, called.payload)

    async def aclose(self) -> None:
        await self._soap.aclose()


class Einwohnerdienst:
    """What the service's answers mean."""

    def receipt(self, reply: Any) -> Outcome | None:  # noqa: ANN401  # zeep makes its types from the WSDL
        """`bereitsVorhanden` is a repetition that the system has recognised: delivered, and once."""
        reference = reference_of(reply.aktenzeichen)
        if reference is None:
            return None
        match reply.status:
            case "angenommen" | "bereitsVorhanden":
                return Delivered(reference)
            case "inBearbeitung":
                return Pending(reference)
            case _:
                return None

    def fault(self, name: str, fields: Mapping[str, str]) -> Trouble | None:
        """`FachlicherFehler` is a refusal on the merits, `SystemNichtBereit` says that nothing was done."""
        match name:
            case "FachlicherFehler":
                code = fields.get("code", "")
                # Only what the WSDL allows as a code is repeated: anything else might be a value.
                suffix = f":{code}" if _FEHLERCODE.fullmatch(code) else ""
                detail = "The system refused the message for a reason of its own code list."
                return Rejected(Cause(f"soap-fault:fachlicher-fehler{suffix}", detail))
            case "SystemNichtBereit":
                return Failed(Cause("soap-fault:system-nicht-bereit", "The system is not ready."))
            case _:
                return None


_FEHLERCODE = re.compile(r"[A-Z]{1,3}[0-9]{1,4}")
