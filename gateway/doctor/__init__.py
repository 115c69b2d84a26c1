"""Doctor: looks at everything that a gateway stands on, beside it or without it, and says what to do."""

from gateway.doctor.examination import examine
from gateway.doctor.symptom import Area, Gravity, Symptom

__all__ = ["Area", "Gravity", "Symptom", "examine"]
