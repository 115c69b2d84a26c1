"""Mapping of real estate: the parcel that a land management system fetches, in the order of its plots.

The body is the message itself, byte for byte: such a system has its own reader for the standard, and what it
takes over (deeds, shares, plots) must not be reworded on the way.
"""

from hashlib import sha256

from adapters.mapping import Mappings
from gateway.core.delivery import Parcel
from gateway.core.document import Element
from gateway.core.ports import Consignment


def parcel(consignment: Consignment) -> Parcel | None:
    """What is laid out; None for a kind of message that is not mapped."""
    message = consignment.message
    flurstueck_of = MAPPINGS.get(message.kind.root)
    if flurstueck_of is None:
        return None
    flurstueck = flurstueck_of(consignment.document.root)
    return Parcel(
        delivery=consignment.delivery,
        message=message.id,
        tenant=message.tenant,
        service=message.kind.service,
        root=message.kind.root,
        content_type="application/xml",
        body=message.content,
        test=message.kopf.test,
        order_key=_order_key(flurstueck) if flurstueck else None,
    )


def negativzeugnis(root: Element) -> str | None:
    """The plot of a request about a right of first refusal: the first one, where there are several."""
    return root.text("flurstueck/flurstueckskennzeichen")


def katasterauskunft(root: Element) -> str | None:
    """The plot of a request for information: the first one, where there are several."""
    return root.text("flurstueckskennzeichen")


MAPPINGS: Mappings[str | None] = {
    "liegenschaften.negativzeugnis.0501": negativzeugnis,
    "liegenschaften.katasterauskunft.0511": katasterauskunft,
}


def _order_key(flurstueckskennzeichen: str) -> str:
    # It travels in a header, where no value of a message belongs; equal plots still have equal keys.
    return sha256(flurstueckskennzeichen.encode()).hexdigest()[:32]
