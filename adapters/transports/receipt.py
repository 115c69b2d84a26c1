"""Receipt: what the content of an answer says about a delivery, by the settings of its destination."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from adapters.transports.http.outcomes import NO_RECEIPT
from adapters.transports.reading import Reading, text_of
from adapters.transports.reference import reference_of
from adapters.transports.settings import AnswerPath, TransportSettings
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected
from gateway.core.word import refusal_cause


class ReceiptSettings(TransportSettings):
    """Where in an answer the system says what became of a message."""

    receipt: AnswerPath = Field("id", description="Where the system's own reference stands.")
    status: AnswerPath | None = Field(None, description="Where the system says how far it is.")
    delivered: tuple[str, ...] = Field((), description="Values of `status` that mean: taken.")
    pending: tuple[str, ...] = Field((), description="Values of `status` that mean: a receipt follows.")
    failed: tuple[str, ...] = Field((), description="Values of `status` that mean: not taken, come again.")
    rejected: tuple[str, ...] = Field((), description="Values of `status` that mean: refused for good.")
    code: AnswerPath | None = Field(
        None, description="Where a refusal has its reason, a code of the system's own list."
    )

    @field_validator("delivered", "pending", "failed", "rejected")
    @classmethod
    def _are_values(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if not all(values):
            raise ValueError("an empty text is no value")
        return values

    @model_validator(mode="after")
    def _status_has_values(self) -> Self:
        taken = self.delivered + self.pending
        if self.status is not None and not taken:
            raise ValueError("with a status, delivered or pending say which of its values mean success")
        if self.status is None and taken + self.failed + self.rejected:
            raise ValueError("delivered, pending, failed and rejected are values of a status")
        known = [*taken, *self.failed, *self.rejected]
        if len(set(known)) < len(known):
            raise ValueError("a value of status means one thing")
        return self


def receipt_outcome(
    reading: Reading, settings: ReceiptSettings, *, later: bool = False, otherwise: str | None = None
) -> Outcome:
    """What an answer that speaks of success stands for.

    Args:
        reading: Its content.
        settings: Where to look.
        later: Without a `status`, whether it only says that the message was taken in (202).
        otherwise: The reference, where the content holds none.
    """
    status = text_of(reading.value(settings.status)) if settings.status else None
    if status in settings.rejected:
        return Rejected(refusal_cause(code_in(reading, settings.code)))
    if status in settings.failed:
        return NOT_READY
    reference = reference_of(reading.value(settings.receipt)) or otherwise
    if reference is None:
        return NO_RECEIPT
    if settings.status is None:
        return Pending(reference) if later else Delivered(reference)
    if status in settings.delivered:
        return Delivered(reference)
    return Pending(reference) if status in settings.pending else NO_RECEIPT


def code_in(reading: Reading, path: str | None) -> str | None:
    """The reason of a refusal as the system gives it, not yet fit to be shown."""
    return text_of(reading.value(path)) if path else None


NOT_READY = Failed(Cause("system-not-ready", "The system says that it has not taken the message."))
