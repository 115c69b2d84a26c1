"""Asking: what a system's answer to the question for a delivery says, by the settings of its destination."""

from collections.abc import Mapping
from urllib.parse import quote

from pydantic import Field

from adapters.transports.reading import Reading, text_of
from adapters.transports.receipt import code_in
from adapters.transports.reference import reference_of
from adapters.transports.settings import AnswerPath, TransportSettings
from gateway.core.word import Answer, Inquiry, NotThere, SpecialistStatus, Word, refusal_cause


class AskSettings(TransportSettings):
    """Where in the answer to a question the system says what became of a delivery."""

    status: AnswerPath = Field(description="Where the system says how far it is.")
    statuses: Mapping[str, SpecialistStatus] = Field(
        min_length=1, description="What the values of `status` mean; one that is not here says nothing."
    )
    not_there: tuple[str, ...] = Field(
        (), description="Values of `status` that mean: the system has surely never seen the delivery."
    )
    reference: AnswerPath | None = Field(None, description="Where the system's own reference stands.")
    code: AnswerPath | None = Field(
        None, description="Where a refusal has its reason, a code of the system's own list."
    )


def answer_of(reading: Reading, settings: AskSettings, inquiry: Inquiry) -> Answer:
    """The system's word on a delivery; None where its answer says nothing that the settings know."""
    said = text_of(reading.value(settings.status))
    if said is None:
        return None
    if said in settings.not_there:
        return NotThere()
    status = settings.statuses.get(said)
    if status is None:
        return None
    refused = status is SpecialistStatus.REFUSED
    return Word(
        inquiry.delivery,
        status,
        reference_of(reading.value(settings.reference)) if settings.reference else None,
        refusal_cause(code_in(reading, settings.code)) if refused else None,
    )


def filled(url: str, **values: str | None) -> str | None:
    """An address with `{name}` replaced in it; None where it needs something that is not known."""
    for name, value in values.items():
        for place in (f"{{{name}}}", f"%7B{name}%7D"):  # a URL that was parsed has its braces quoted
            if place in url:
                if value is None:
                    return None
                url = url.replace(place, quote(value, safe=""))
    return url


def places_left(url: str) -> bool:
    """Whether an address has braces that nothing will replace."""
    return any(each in url for each in ("{", "}", "%7B", "%7D"))
