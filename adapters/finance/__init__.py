"""Finance: what a tax and treasury system (Steuer- und Kassenverfahren) is told: a case in fields."""

from adapters.adapter import AdapterKind
from adapters.dispatch import ORIGINAL, Form, Part
from adapters.finance.mapping import vorgang

ADAPTER = AdapterKind(
    area="finance",
    forms={
        "vorgang": Form(vorgang, frozenset({Part.FIELDS})),
        "original": ORIGINAL,
    },
    payload="vorgang",
    transport="rest",
    settings={"body": "json", "receipt": "kassenzeichen"},
)
