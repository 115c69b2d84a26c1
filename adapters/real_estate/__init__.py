"""Real estate: what a land management system (Liegenschaftsverfahren) is told: a case."""

from adapters.adapter import AdapterKind
from adapters.dispatch import Form, Part, original
from adapters.real_estate.mapping import vorgang

ADAPTER = AdapterKind(
    area="real-estate",
    forms={
        "vorgang": Form(vorgang, frozenset({Part.FIELDS})),
        "original": Form(original, frozenset({Part.DOCUMENT})),
    },
    payload="vorgang",
    transport="pickup",
)
