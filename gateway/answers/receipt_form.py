"""Receipt form: the JSON in which specialist systems say what became of a delivery, over HTTP and AMQP alike."""

from base64 import b64decode
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from gateway.core.message import DeliveryId
from gateway.core.word import Reply, SpecialistStatus, Word, refusal_cause
from gateway.moments import GivenMoment


class Wish(BaseModel):
    """What a client sends: exactly these fields, of exactly these types."""

    model_config = ConfigDict(extra="forbid", strict=True)


_SHOWABLE = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+$"
"""No control characters, and none that hide or turn around what stands beside them: people read it in terminals."""

_FILE_NAME = _SHOWABLE.replace("[^", r"[^/\\", 1)


def _decoded(text: object) -> bytes:
    if isinstance(text, bytes) and text:
        # Out of a form, where documents lie beside the JSON.
        return text
    try:
        content = b64decode(text if isinstance(text, str) else "", validate=True)
    except ValueError:
        content = b""
    if not content:
        # binascii's own words may quote the content.
        raise ValueError("base64, RFC 4648, section 4")
    return content


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    WithJsonSchema(
        {
            "type": "string",
            "contentEncoding": "base64",
            "pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{4})$",
        }
    ),
]


class ReplyIn(Wish):
    """A document that goes to the portal (Antwort)."""

    media_type: str = Field(
        alias="mediaType", max_length=100, pattern=r"^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$",
        description="Lower case, without parameters.", examples=["application/pdf"],
    )  # fmt: skip
    content: Base64 = Field(description="At least one byte.")
    name: str | None = Field(
        default=None, min_length=1, max_length=200, pattern=_FILE_NAME,
        description="Name of the file, without a folder.", examples=["bescheid.pdf"],
    )  # fmt: skip


class Judgement(Wish):
    """What a specialist system says of a delivery, without naming it."""

    reference: str | None = Field(
        default=None, min_length=1, max_length=200, pattern=_SHOWABLE,
        description="The system's own reference for the case.", examples=["EWO-2026-000123"],
    )  # fmt: skip
    at: GivenMoment | None = Field(
        default=None,
        description="When the system came to that status (RFC 3339, with time zone). Without it, on arrival.",
    )
    replies: list[ReplyIn] = Field(
        default=[], max_length=8, description="Documents for the portal; the whole receipt has its limit."
    )

    def word(self, delivery: UUID, status: SpecialistStatus, reason: str | None = None) -> Word:
        """The same as the core has it."""
        return Word(
            DeliveryId(str(delivery)),
            status,
            self.reference,
            refusal_cause(reason) if status is SpecialistStatus.REFUSED else None,
            self.at,
            tuple(Reply(each.media_type, each.content, each.name) for each in self.replies),
        )


Reason = Annotated[
    str,
    Field(
        pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$",
        description="Short code for a refusal, never a value of the message.",
        examples=["duplicate-case"],
    ),
]


class SystemReceipt(Judgement):
    """A specialist system's own word on a delivery (Quittung des Fachverfahrens)."""

    # JSON has no UUID of its own: strict would refuse the string.
    delivery: Annotated[
        UUID, Field(strict=False, description="The delivery's id, as it came with the message.")
    ]
    status: Literal["accepted", "received", "in-progress", "waiting", "closed", "refused"] = Field(
        description="eingegangen (`received`, or `accepted`), in Bearbeitung, wartet, abgeschlossen, abgelehnt."
    )
    reason: Reason | None = None

    def spoken(self) -> Word:
        """The same as the core has it."""
        status = SpecialistStatus.RECEIVED if self.status == "accepted" else SpecialistStatus(self.status)
        return self.word(self.delivery, status, self.reason)
