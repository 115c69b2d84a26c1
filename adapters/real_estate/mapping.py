"""Mapping of real estate: the parcel that a land management system fetches, in the order of its plots."""

from hashlib import sha256
from typing import Literal

import orjson

from adapters.bausteine import anlage, beteiligter, zahlung, zustellung
from adapters.mapping import Mappings, Payload, code, codes, kopf_of, numbers, part, parts, present, texts
from adapters.real_estate.bauantrag import bauantrag
from adapters.real_estate.eigentumswechsel import eigentumswechsel
from adapters.real_estate.grundstueck import flurstueck, flurstueckskennzeichen, grundbuch, notar, urkunde
from gateway.core.delivery import Parcel
from gateway.core.document import Element
from gateway.core.ports import Consignment

PayloadForm = Literal["json", "original"]
"""`json`: the case in fields. `original`: the message byte for byte, for a system that has a reader of its own
for the standard.
"""


def parcel(consignment: Consignment, payload: PayloadForm = "json") -> Parcel | None:
    """What is laid out; None for a kind of message that is not mapped."""
    message = consignment.message
    if message.kind.root not in MAPPINGS:
        return None
    match payload:
        case "json":
            content_type, body = "application/json", orjson.dumps(vorgang(consignment))
        case "original":
            content_type, body = "application/xml", message.content
    return Parcel(
        delivery=consignment.delivery,
        message=message.id,
        tenant=message.tenant,
        service=message.kind.service,
        root=message.kind.root,
        content_type=content_type,
        body=body,
        test=message.kopf.test,
        order_key=_order_key(consignment.document.root),
    )


def vorgang(consignment: Consignment) -> Payload:
    """The JSON of a case of a kind that is mapped."""
    kind = consignment.message.kind
    daten = MAPPINGS[kind.root](consignment.document.root)
    return kopf_of(consignment) | {"art": kind.service.partition("/")[2], "daten": daten}


def negativzeugnis(root: Element) -> Payload:
    """A notary asks whether the municipality has a right of first refusal and uses it."""
    return (
        part(root, "notar", notar)
        | part(root, "urkunde", urkunde)
        | parts(root, "verkaeufer", _vertragspartei)
        | parts(root, "kaeufer", _vertragspartei)
        | parts(root, "flurstueck", flurstueck)
        | parts(root, "grundbuch", grundbuch)
        | parts(root, "vorkaufsrecht", code)
        | part(root, "gebuehrenschuldner", _gebuehrenschuldner)
        | part(root, "zustellung", zustellung)
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


def katasterauskunft(root: Element) -> Payload:
    """Somebody asks for information from the cadastre; the plots look as in the other kind."""
    flurstuecke = [flurstueckskennzeichen(each.text() or "") for each in root.all("flurstueckskennzeichen")]
    return (
        part(root, "antragsteller", beteiligter)
        | texts(root, "aktenzeichen")
        | present(flurstueck=[*flurstuecke])
        | parts(root, "auskunft", _auskunft)
        | texts(root, "zweck")
        | part(root, "berechtigtesInteresse", _berechtigtes_interesse)
        | part(root, "zustellung", zustellung)
        | part(root, "zahlung", zahlung)
        | parts(root, "anlage", anlage)
        | texts(root, "bemerkung")
    )


MAPPINGS: Mappings[Payload] = {
    "liegenschaften.negativzeugnis.0501": negativzeugnis,
    "liegenschaften.katasterauskunft.0511": katasterauskunft,
    "liegenschaften.bauantrag.0521": bauantrag,
    "liegenschaften.eigentumswechsel.0531": eigentumswechsel,
}


def _order_key(root: Element) -> str | None:
    """Equal for messages about one plot: the first one, where there are several."""
    plot = root.text("flurstueck/flurstueckskennzeichen") or root.text("flurstueckskennzeichen")
    # It travels in a header, where no value of a message belongs; equal plots still have equal keys.
    return sha256(plot.encode()).hexdigest()[:32] if plot else None


def _vertragspartei(element: Element) -> Payload:
    return part(element, "person", beteiligter) | texts(element, "anteil")


def _gebuehrenschuldner(element: Element) -> Payload:
    return codes(element, "schuldner") | part(element, "person", beteiligter)


def _auskunft(element: Element) -> Payload:
    return codes(element, "art", "format") | texts(element, "massstab") | numbers(element, "anzahl")


def _berechtigtes_interesse(element: Element) -> Payload:
    return codes(element, "grund") | texts(element, "darlegung") | parts(element, "nachweis", anlage)
