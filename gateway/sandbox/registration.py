"""Registration: a SOAP 1.1 service that takes registrations, moves, departures and requests of certificates, as its
WSDL describes.
"""

import hashlib
from functools import lru_cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from gateway.core.errors import Refused
from gateway.sandbox.answers import answer
from gateway.sandbox.desk import Desk
from gateway.sandbox.journal import Arrival, Entry, Result
from gateway.sandbox.settings import System
from schemas.door import parse

PATH = "/registration/soap"
NAMESPACE = "urn:amtsbote:einwohnerdienst:1.0"
OPERATIONS = (
    "AnmeldungEntgegennehmen",
    "UmmeldungEntgegennehmen",
    "AbmeldungEntgegennehmen",
    "MeldebescheinigungBeantragen",
)


def routes(desk: Desk, url: str) -> list[Route]:
    """`POST /registration/soap` takes envelopes, `GET /registration/soap?wsdl` shows the WSDL with the
    address of this sandbox.
    """

    async def take_vorgang(request: Request) -> Response:
        if not request.headers.get("content-type", "").startswith("text/xml"):
            return PlainTextResponse("SOAP 1.1 is text/xml", 415)
        arrival = _read(await request.body())
        if arrival is None:
            return soap_fault("Client", "Die Anfrage entspricht nicht der WSDL.")
        return await answer(desk, arrival, SoapVoice())

    async def show_wsdl(request: Request) -> Response:
        if "wsdl" not in request.query_params:
            return PlainTextResponse("?wsdl", 404)
        return Response(_wsdl(url), media_type="text/xml")

    return [Route(PATH, take_vorgang, methods=["POST"]), Route(PATH, show_wsdl, methods=["GET"])]


def _read(body: bytes) -> Arrival | None:
    """The arrival, or None where the request is not what the service takes."""
    try:
        envelope = parse(body)
    except Refused:
        return None
    operation = next(filter(None, (envelope.one(f"Body/{name}") for name in OPERATIONS)), None)
    if envelope.name != "Envelope" or operation is None:
        return None
    delivery = operation.text("vorgang/vorgangsId")
    if delivery is None:
        return None
    return Arrival(
        System.REGISTRATION,
        delivery,
        hashlib.sha256(body).hexdigest(),
        message=operation.text("vorgang/nachrichtenUUID"),
        kind=operation.text("vorgang/nachrichtentyp"),
    )


class SoapVoice:
    """The answers of the service. No text of a request is ever repeated in them."""

    def accepted(self, entry: Entry) -> Response:
        """A repetition gets the first Aktenzeichen and the status that says so."""
        status = "bereitsVorhanden" if entry.result is Result.REPEATED else "angenommen"
        return _envelope(
            f'<Eingangsbestaetigung xmlns="{NAMESPACE}"><aktenzeichen>{entry.reference}</aktenzeichen>'
            f"<status>{status}</status></Eingangsbestaetigung>"
        )

    def refused(self) -> Response:
        detail = f'<FachlicherFehler xmlns="{NAMESPACE}"><code>S999</code></FachlicherFehler>'
        return soap_fault("Client", "Der Vorgang wird nicht angenommen.", detail)

    def failed(self) -> Response:
        return soap_fault("Server", "Interner Fehler.")

    def unavailable(self, retry_after: int) -> Response:
        """SystemNichtBereit, under a status that already says it."""
        detail = f'<SystemNichtBereit xmlns="{NAMESPACE}"/>'
        response = soap_fault("Server", "Das System ist nicht bereit.", detail)
        response.status_code = 503
        response.headers["Retry-After"] = str(retry_after)
        return response


def soap_fault(code: str, text: str, detail: str = "") -> Response:
    """A fault, under HTTP 500 (SOAP 1.1, section 6.2)."""
    detail = f"<detail>{detail}</detail>" if detail else ""
    return _envelope(
        f"<soap:Fault><faultcode>soap:{code}</faultcode><faultstring>{text}</faultstring>{detail}</soap:Fault>",
        500,
    )


def _envelope(body: str, status: int = 200) -> Response:
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soap:Body>{body}</soap:Body></soap:Envelope>"
    )
    return Response(content, status, media_type="text/xml")


@lru_cache
def _wsdl(url: str) -> bytes:
    wsdl = files("adapters").joinpath("registration", "einwohnerdienst.wsdl").read_bytes()
    return wsdl.replace(b"http://localhost:8090", url.encode())
