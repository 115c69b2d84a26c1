"""Registration: what a registration system (Einwohnermeldewesen) is told: an operation of the Einwohnerdienst."""

from pathlib import Path

from adapters.adapter import AdapterKind
from adapters.dispatch import ORIGINAL, Form, Part
from adapters.registration.mapping import einwohnerdienst

WSDL = Path(__file__).parent / "einwohnerdienst.wsdl"

ADAPTER = AdapterKind(
    area="registration",
    forms={
        "einwohnerdienst": Form(einwohnerdienst, frozenset({Part.FIELDS, Part.OPERATION})),
        "original": ORIGINAL,
    },
    payload="einwohnerdienst",
    transport="soap",
    settings={
        "wsdl": WSDL,
        "receipt": "aktenzeichen",
        "status": "status",
        # "bereitsVorhanden" is a repetition that the system has recognised: delivered, and once.
        "delivered": ["angenommen", "bereitsVorhanden"],
        "pending": ["inBearbeitung"],
        "faults": {
            "FachlicherFehler": {"outcome": "rejected", "code": "code"},
            "SystemNichtBereit": {"outcome": "failed"},
        },
    },
)
