"""Civil status: what a register office's system is told: facts to file by, and the message itself beside them."""

from adapters.adapter import AdapterKind
from adapters.civil_status.mapping import antrag
from adapters.dispatch import ORIGINAL, Form, Part

ADAPTER = AdapterKind(
    area="civil-status",
    forms={
        "antrag": Form(antrag, frozenset({Part.FIELDS, Part.DOCUMENT})),
        "original": ORIGINAL,
    },
    payload="antrag",
    transport="rest",
    settings={"body": "form", "receipt": "aktenzeichen"},
)
