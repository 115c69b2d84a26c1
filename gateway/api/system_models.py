"""System models: the JSON of the API as specialist systems see it; field names are part of the contract."""

from typing import Literal, Self

from pydantic import (
    Field,
)

from gateway.answers.receipt_form import Judgement, Reason, Wish
from gateway.api.wire import Answer, Whole
from gateway.core.delivery import Parcel
from gateway.core.status import DeliveryState
from gateway.core.views import DeliveryView
from gateway.core.word import SpecialistStatus


class ReceiptTaken(Answer):
    """What is now recorded for the delivery."""

    delivery: str
    destination: str
    state: DeliveryState
    reference: str | None
    system_status: SpecialistStatus | None = Field(description="The status that counts now.")

    @classmethod
    def of(cls, view: DeliveryView) -> Self:
        """What a specialist system sees of a delivery to it."""
        return cls(
            delivery=view.id,
            destination=view.destination,
            state=view.state,
            reference=view.reference,
            system_status=view.system_status,
        )


class Acceptance(Judgement):
    """A specialist system has a parcel safe (Bestätigung)."""

    status: Literal["received", "in-progress", "waiting", "closed"] = Field(
        default="received", description="Where the matter stands."
    )


class Refusal(Judgement):
    """A specialist system does not take a parcel (Ablehnung)."""

    reason: Reason


class LeaseWish(Wish):
    """How many parcels, and for how long."""

    max: Whole = Field(default=10, ge=1, le=32)
    seconds: Whole = Field(default=60, ge=1, le=3600)
    wait: Whole = Field(
        default=0, ge=0, le=60,
        description="Seconds to wait for a parcel where there is none. The answer may come sooner, also an empty one.",
    )  # fmt: skip


class ExtendWish(Wish):
    """For how much longer, from now."""

    seconds: Whole = Field(default=60, ge=1, le=3600)


class ParcelOut(Answer):
    """A message laid out for a specialist system (Abholung)."""

    delivery: str = Field(description="Goes into the receipt.")
    message: str
    tenant: str
    service: str
    root: str
    content_type: str
    test: bool = Field(description="A test message: never to be processed productively.")
    order_key: str | None = Field(description="Parcels with the same key belong to one case, in this order.")
    body: str = Field(description="The content, base64.", json_schema_extra={"contentEncoding": "base64"})


class ParcelsOut(Answer):
    """Parcels handed out under a lease."""

    parcels: list[ParcelOut]


def parcel_fields(parcel: Parcel, body: str) -> dict[str, object]:
    """The JSON of a parcel. Not by way of `ParcelOut`: bodies are large, and nothing is to be checked."""
    return {
        "delivery": parcel.delivery,
        "message": parcel.message,
        "tenant": parcel.tenant,
        "service": parcel.service,
        "root": parcel.root,
        "contentType": parcel.content_type,
        "test": parcel.test,
        "orderKey": parcel.order_key,
        "body": body,
    }
