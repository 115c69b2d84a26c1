"""Mapping of trade: a message as two files, the document byte for byte and a control file that vouches for it.

Trade registers and the authorities behind them read the standard themselves; a reworded filing would not be
the one that the tradesperson has made.
"""

import orjson

from adapters.transports.files import Drop
from gateway.core.ports import Consignment

ART = {
    "gewerbe.anmeldung.0301": "gewerbeanmeldung",
    "gewerbe.abmeldung.0303": "gewerbeabmeldung",
}
"""From the name of a message's root element to the kind that begins a file's name."""


def drop(consignment: Consignment) -> Drop | None:
    """Both files; None for a kind of message that is not mapped.

    Nothing in them depends on the attempt or on the clock, so that a repetition makes the same bytes.
    """
    message = consignment.message
    art = ART.get(message.kind.root)
    if art is None:
        return None
    name = f"{art}-{consignment.delivery}"
    control = {
        "delivery": consignment.delivery,
        "message": message.id,
        "nachrichtenUUID": message.kopf.nachrichten_uuid,
        "tenant": message.tenant,
        "service": message.kind.service,
        "kind": message.kind.root,
        "test": message.kopf.test,
        "file": f"{name}.xml",
        "size": len(message.content),
        "sha256": message.sha256,
    }
    return Drop(f"{name}.xml", message.content, f"{name}.ctl", orjson.dumps(control))
