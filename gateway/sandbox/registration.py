"""Registration: a SOAP service (1.1 and 1.2) that takes registrations, moves, departures and requests of
certificates, as its WSDL describes, and knows which it has taken.
"""

import hashlib
from functools import lru_cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.core.document import Element
from gateway.sandbox.answers import answer
from gateway.sandbox.checks import is_served
from gateway.sandbox.desk import Desk
from gateway.sandbox.journal import Arrival, Entry, Result, Tally
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.soap import FAILED_AUTHENTICATION, SOAP_11, SOAP_12, Soap, read_envelope
from gateway.sandbox.systems import System, Way
from gateway.sandbox.wsse import Demand, is_met

NAMESPACE = "urn:amtsbote:einwohnerdienst:1.0"
OPERATIONS = (
    "AnmeldungEntgegennehmen",
    "UmmeldungEntgegennehmen",
    "AbmeldungEntgegennehmen",
    "MeldebescheinigungBeantragen",
)
QUESTION = "VorgangErfragen"
"""The operation that only asks whether a delivery is known."""
REFUSED = "S999"
"""The code of a refusal by a rule, where no check of the system's own found anything."""
UNKNOWN_GEMEINDE = "EWO101"


def routes(desk: Desk, settings: SandboxSettings, url: str) -> list[Route]:
    """`POST /registration/soap` takes envelopes of SOAP 1.1 and `POST /registration/soap12` those of 1.2;
    below each, `.../username-token` and `.../x509` demand what they say of WS-Security. `GET ...?wsdl` shows
    the WSDL with the address of this sandbox.
    """

    def service(soap: Soap, demand: Demand) -> list[Route]:
        path = f"/registration/{soap.path}" + (f"/{demand}" if demand else "")
        voice = SoapVoice(soap)

        async def take_vorgang(request: Request) -> Response:
            if not soap.is_spoken(request):
                return PlainTextResponse(f"this address takes {soap.media_type}", 415)
            body = await request.body()
            envelope = read_envelope(body)
            if envelope and not is_met(demand, envelope, body, settings):
                return soap.fault(FAILED_AUTHENTICATION, "Die Anmeldung fehlt oder ist falsch.")
            asked = envelope.text(f"Body/{QUESTION}/vorgangsId") if envelope else None
            if asked is not None:
                return voice.standing(desk.journal.tallies[System.REGISTRATION].get(asked))
            operation = _operation(envelope) if envelope else None
            delivery = operation.text("vorgang/vorgangsId") if operation else None
            if operation is None or delivery is None:
                return soap.fault(soap.client, "Die Anfrage entspricht nicht der WSDL.")
            arrival = _arrival(delivery, operation, body)
            return (await answer(desk, arrival, voice, check(operation, settings))).response

        async def show_wsdl(request: Request) -> Response:
            if "wsdl" not in request.query_params:
                return PlainTextResponse("?wsdl", 404)
            return Response(_wsdl(url + path, soap), media_type="text/xml")

        return [Route(path, take_vorgang, methods=["POST"]), Route(path, show_wsdl, methods=["GET"])]

    return [route for soap in (SOAP_11, SOAP_12) for demand in Demand for route in service(soap, demand)]


def check(operation: Element, settings: SandboxSettings) -> str | None:
    """Why a case is refused, as a code of the service; None where it is taken."""
    return None if is_served(operation.text("vorgang/ags"), settings.gemeinden) else UNKNOWN_GEMEINDE


def _operation(envelope: Element) -> Element | None:
    return next(filter(None, (envelope.one(f"Body/{name}") for name in OPERATIONS)), None)


def _arrival(delivery: str, operation: Element, body: bytes) -> Arrival:
    return Arrival(
        System.REGISTRATION,
        Way.SOAP,
        delivery,
        hashlib.sha256(body).hexdigest(),
        message=operation.text("vorgang/nachrichtenUUID"),
        kind=operation.text("vorgang/nachrichtentyp"),
    )


class SoapVoice:
    """The answers of the service. No text of a request is ever repeated in them."""

    def __init__(self, soap: Soap) -> None:
        self._soap = soap

    def accepted(self, entry: Entry) -> Response:
        """A repetition gets the first Aktenzeichen and the status that says so."""
        status = "bereitsVorhanden" if entry.result is Result.REPEATED else "angenommen"
        return self._soap.envelope(
            f'<Eingangsbestaetigung xmlns="{NAMESPACE}"><aktenzeichen>{entry.reference}</aktenzeichen>'
            f"<status>{status}</status></Eingangsbestaetigung>"
        )

    def refused(self, entry: Entry) -> Response:
        code = UNKNOWN_GEMEINDE if entry.reason == UNKNOWN_GEMEINDE else REFUSED
        detail = f'<FachlicherFehler xmlns="{NAMESPACE}"><code>{code}</code></FachlicherFehler>'
        return self._soap.fault(self._soap.client, "Der Vorgang wird nicht angenommen.", detail)

    def failed(self) -> Response:
        return self._soap.fault(self._soap.server, "Interner Fehler.")

    def unavailable(self, retry_after: str) -> Response:
        """SystemNichtBereit, under a status that already says it."""
        detail = f'<SystemNichtBereit xmlns="{NAMESPACE}"/>'
        response = self._soap.fault(self._soap.server, "Das System ist nicht bereit.", detail)
        response.status_code = 503
        response.headers["Retry-After"] = retry_after
        return response

    def error_in_success(self) -> Response:
        """A fault under HTTP 200, as some services send it."""
        response = self.failed()
        response.status_code = 200
        return response

    def without_receipt(self) -> Response:
        return self._soap.envelope(f'<Eingangsbestaetigung xmlns="{NAMESPACE}"/>')

    def standing(self, tally: Tally | None) -> Response:
        """Whether there is a case of this delivery: `unbekannt` means that it is surely not there."""
        reference = f"<aktenzeichen>{tally.reference}</aktenzeichen>" if tally and tally.effects else ""
        status = "unbekannt" if tally is None else "angenommen" if tally.effects else "abgelehnt"
        return self._soap.envelope(
            f'<Vorgangsstand xmlns="{NAMESPACE}">{reference}<status>{status}</status></Vorgangsstand>'
        )


@lru_cache
def _wsdl(address: str, soap: Soap) -> bytes:
    wsdl = files("adapters").joinpath("registration", "einwohnerdienst.wsdl").read_bytes()
    own = wsdl.replace(b"http://localhost:8090/registration/soap", address.encode())
    return own.replace(SOAP_11.wsdl_namespace.encode(), soap.wsdl_namespace.encode())
