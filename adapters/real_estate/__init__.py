"""Real estate: what a land management system (Liegenschaftsverfahren) is told: a case, in the order of its plots."""

from adapters.adapter import AdapterKind
from adapters.dispatch import Form, Part
from adapters.real_estate.mapping import original, vorgang

ADAPTER = AdapterKind(
    area="real-estate",
    forms={
        "vorgang": Form(vorgang, frozenset({Part.FIELDS})),
        "original": Form(original, frozenset({Part.DOCUMENT})),
    },
    payload="vorgang",
    transport="pickup",
)
