"""Trade: what a trade register (Gewerberegister) is told: the fields of the form that was filled in."""

from adapters.adapter import AdapterKind
from adapters.dispatch import ORIGINAL, Form, Part
from adapters.trade.mapping import felder, vorgang

ADAPTER = AdapterKind(
    area="trade",
    forms={
        "felder": Form(felder, frozenset({Part.DOCUMENT})),
        "vorgang": Form(vorgang, frozenset({Part.FIELDS})),
        "original": ORIGINAL,
    },
    payload="felder",
    transport="files",
)
