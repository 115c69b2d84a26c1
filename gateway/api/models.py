"""Models: the JSON of the API as portals see it; field names are part of the contract."""

from typing import Self

from pydantic import (
    Field,
)

from gateway.api.wire import Answer, Moment
from gateway.core.refusal import Finding
from gateway.core.status import DeliveryState, MessageState
from gateway.core.views import DeliveryView, EventView, MessageView, ReplyView
from gateway.core.word import SpecialistStatus
from gateway.texts import Language
from gateway.texts.states import DELIVERY_STATES, MESSAGE_STATES, SYSTEM_STATUSES


class Kind(Answer):
    """What a message is."""

    standard: str = Field(examples=["ab-meldewesen"])
    version: str = Field(examples=["1.0"])
    root: str = Field(examples=["meldewesen.anmeldung.0101"])
    service: str = Field(examples=["registration/anmeldung"])


class Hint(Answer):
    """Something that looks wrong and refuses nothing (Hinweis)."""

    path: str = Field(description="XPath of the element or attribute.")
    rule: str = Field(examples=["datum-zu-frueh"])
    text: str = Field(description="In German or English by Accept-Language; never a value of the message.")

    @classmethod
    def of(cls, finding: Finding, language: Language) -> Self:
        """What a portal sees of a warning."""
        text = finding.en if language is Language.EN else finding.de
        return cls(path=finding.path, rule=finding.rule, text=text)


class Receipt(Answer):
    """Proof of acceptance (Empfangsbestätigung): the message and all its deliveries are safe on disk."""

    id: str = Field(description="The gateway's id of the message, a UUID.")
    nachrichten_uuid: str = Field(description="From the message's header.")
    kind: Kind
    tenant: str = Field(description="Key of the addressed municipality or Amt.", examples=["zossen"])
    destinations: list[str] = Field(description="The specialist systems that get the message.")
    sha256: str = Field(description="Of the content as received, hexadecimal.", pattern="^[0-9a-f]{64}$")
    received_at: Moment
    status: str = Field(description="Where the message's status is, relative to this server.")
    warnings: list[Hint] = Field(description="What was accepted all the same.")


class SystemStatus(Answer):
    """What the specialist system itself says of the matter (Stand im Fachverfahren)."""

    status: SpecialistStatus
    explanation: str = Field(description="What the status means, in German or English by Accept-Language.")
    at: Moment = Field(description="When it came to that status, or else when it said so.")

    @classmethod
    def of(cls, view: DeliveryView, language: Language) -> Self | None:
        """The latest that the system said; None where it has said nothing."""
        if view.system_status is None or view.system_at is None:
            return None
        text = SYSTEM_STATUSES[view.system_status].speak(language)
        return cls(status=view.system_status, explanation=text, at=view.system_at)


class Delivery(Answer):
    """Where the delivery to one specialist system stands (Zustellung)."""

    id: str
    destination: str
    state: DeliveryState
    explanation: str = Field(description="What the state means, in German or English by Accept-Language.")
    attempt: int = Field(description="Number of the current or next attempt.")
    due_at: Moment | None = Field(description="Not before; only while it waits for an attempt.")
    waits_for: str | None = Field(
        description="Delivery of an earlier message of the same case, which has to end first."
    )
    updated_at: Moment
    reference: str | None = Field(description="The specialist system's own reference.")
    code: str | None = Field(description="Why it did not succeed, stable.", examples=["http-503"])
    detail: str | None
    system_status: SystemStatus | None = Field(description="null until the system has said anything.")

    @classmethod
    def of(cls, view: DeliveryView, language: Language) -> Self:
        """What a portal sees of a delivery."""
        return cls(
            id=view.id,
            destination=view.destination,
            state=view.state,
            explanation=DELIVERY_STATES[view.state].speak(language),
            attempt=view.attempt,
            due_at=view.due_at,
            waits_for=view.waits_for,
            updated_at=view.updated_at,
            reference=view.reference,
            code=view.code,
            detail=view.detail,
            system_status=SystemStatus.of(view, language),
        )


class Event(Answer):
    """One line of a message's timeline."""

    at: Moment
    action: str = Field(examples=["received"])
    actor: str = Field(
        description="`portal:NAME`, `system:NAME`, `operator` or `gateway`; people are never named.",
        examples=["gateway"],
    )
    destination: str | None
    attempt: int | None
    code: str | None
    detail: str | None

    @classmethod
    def of(cls, view: EventView) -> Self:
        """What a portal sees of an event: who of the operations staff acted, and why, is not its business."""
        by_operator = view.actor.startswith("operator:")
        return cls(
            at=view.at,
            action=view.action,
            actor="operator" if by_operator else view.actor,
            destination=view.destination,
            attempt=view.attempt,
            code=view.code,
            detail=None if by_operator else view.detail,
        )


class ReplyOut(Answer):
    """A document that a specialist system has sent back (Antwort): a notice, a certificate."""

    number: int
    delivery: str
    destination: str
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Of the content, bytes.")
    sha256: str = Field(description="Of the content, hexadecimal.", pattern="^[0-9a-f]{64}$")
    received_at: Moment
    fetched_at: Moment | None = Field(description="When it was first fetched; null until then.")
    kind: Kind | None = Field(description="null where it is no XML that the gateway knows.")
    valid: bool | None = Field(
        description="false where findings speak against it; null where nobody can tell."
    )
    findings: list[Hint] = Field(description="What speaks against it. It is handed on all the same.")
    content: str | None = Field(
        description="Where the document is, relative to this server; null where it is no longer kept."
    )

    @classmethod
    def of(cls, view: ReplyView, language: Language) -> Self:
        """What the portal that sent the message sees of a reply."""
        kind = view.kind
        return cls(
            number=view.number,
            delivery=view.delivery,
            destination=view.destination,
            media_type=view.media_type,
            size=view.size,
            sha256=view.sha256,
            received_at=view.received_at,
            fetched_at=view.fetched_at,
            kind=Kind(standard=kind.standard, version=kind.version, root=kind.root, service=kind.service)
            if kind
            else None,
            valid=view.valid,
            findings=[Hint.of(finding, language) for finding in view.findings],
            content=f"/v1/messages/{view.message}/replies/{view.number}" if view.kept else None,
        )


class Replies(Answer):
    """All replies to a message, in the order of arrival."""

    items: list[ReplyOut]


class MessageSummary(Answer):
    """A message with its deliveries, as the list shows it."""

    id: str
    nachrichten_uuid: str
    kind: Kind
    tenant: str
    sha256: str
    size: int = Field(description="Of the content as received, bytes.")
    received_at: Moment
    state: MessageState
    explanation: str = Field(description="What the state means, in German or English by Accept-Language.")
    deliveries: list[Delivery]
    warnings: list[Hint] = Field(description="As in the receipt.")

    @classmethod
    def of(cls, view: MessageView, language: Language) -> Self:
        """What the portal that sent a message sees of it."""
        return cls(
            id=view.id,
            nachrichten_uuid=view.nachrichten_uuid,
            kind=Kind(standard=view.standard, version=view.version, root=view.root, service=view.service),
            tenant=view.tenant,
            sha256=view.sha256,
            size=view.size,
            received_at=view.received_at,
            state=view.state,
            explanation=MESSAGE_STATES[view.state].speak(language),
            deliveries=[Delivery.of(delivery, language) for delivery in view.deliveries],
            warnings=[Hint.of(finding, language) for finding in view.warnings],
        )


class MessageStatus(MessageSummary):
    """A message with its deliveries and its timeline (Status einer Nachricht)."""

    timeline: list[Event] = Field(default=[])
    replies: list[ReplyOut] = Field(default=[])

    @classmethod
    def of(cls, view: MessageView, language: Language) -> Self:
        """What the portal that sent a message sees of it."""
        status = super().of(view, language)
        status.timeline = [Event.of(event) for event in view.timeline]
        status.replies = [ReplyOut.of(reply, language) for reply in view.replies]
        return status


class WithdrawnDelivery(Answer):
    """What became of a withdrawal at one destination."""

    id: str
    destination: str
    withdrawn: bool = Field(description="The destination does not get the message. false: it was too late.")
    state: DeliveryState
    explanation: str = Field(description="What the state means, in German or English by Accept-Language.")


class Withdrawal(Answer):
    """What became of a withdrawal (Rücknahme), by destination."""

    id: str
    complete: bool = Field(description="No destination gets the message.")
    deliveries: list[WithdrawnDelivery]

    @classmethod
    def of(cls, view: MessageView, language: Language) -> Self:
        """What the portal that sent a message learns."""
        deliveries = [
            WithdrawnDelivery(
                id=each.id,
                destination=each.destination,
                withdrawn=each.state is DeliveryState.WITHDRAWN,
                state=each.state,
                explanation=DELIVERY_STATES[each.state].speak(language),
            )
            for each in view.deliveries
        ]
        return cls(id=view.id, complete=all(each.withdrawn for each in deliveries), deliveries=deliveries)


class MessagePage(Answer):
    """A page of a portal's messages, oldest first."""

    items: list[MessageSummary]
    next: str | None = Field(description="Where the next page is, relative to this server; null at the end.")
