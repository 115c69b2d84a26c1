"""XTA: hands messages to an XTA 2.1.1 service, which carries them to the reader's mailbox and reports on it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import assert_never

from adapters.adapter import TransportKind
from adapters.checking import Look, failed, network_looks, ok, walk
from adapters.dispatch import Dispatch, Part
from adapters.transports.deadline import deadline
from adapters.transports.http.check import finding_of, looks
from adapters.transports.http.exchange import HttpTransport
from adapters.transports.http.outcomes import Answer, Trouble
from adapters.transports.xta import words
from adapters.transports.xta.answers import (
    SPOKEN,
    UNKNOWN_ID,
    UNREADABLE,
    Light,
    Report,
    Said,
    SoapFault,
    is_message_id,
    message_id_of,
    read,
    report_of,
)
from adapters.transports.xta.mailbox import Mailbox
from adapters.transports.xta.settings import Settings, author_of, letter_of
from adapters.transports.xta.words import Request
from gateway.core.check import Finding, Step, StepName
from gateway.core.errors import Unavailable
from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Collected, Leftovers, Surroundings
from gateway.core.tenants import Destination
from gateway.core.word import Answer as WordOrNothing
from gateway.core.word import Inquiry, NotThere, SpecialistStatus, Word, refusal_cause


class XtaTransport:
    """Speaks to one XTA service: an id for each message, the message under it, a report on it.

    The id is kept in the store before the message leaves, so that every attempt says the same message under the
    same id, and the service recognises it.
    """

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        self._settings = settings
        self._references = surroundings.references
        self._deadline = deadline(destination)
        self._author = author_of(settings)
        self._url = str(settings.url)
        self._management_url = str(settings.management_url or settings.url)
        self._http = HttpTransport(settings, destination, surroundings.clock)

    async def send(self, dispatch: Dispatch) -> Outcome:
        """Hand the message over, unless an earlier attempt has done so."""
        if len(dispatch.paper().content) > LARGEST:
            return TOO_LARGE
        end = asyncio.get_running_loop().time() + self._deadline
        try:
            async with asyncio.timeout_at(end):
                known = await self._references.reference(dispatch.delivery)
                id_ = await self._again(known, dispatch) if is_message_id(known) else None
                id_ = id_ or await self._new_id(known, dispatch.delivery)
        except Unavailable as error:
            return Failed(STORE_UNAVAILABLE, error.retry_after)
        except TimeoutError:
            return Failed(Cause("total-timeout", "The service was too slow: nothing was sent."))
        if not isinstance(id_, str):
            return id_
        try:
            async with asyncio.timeout_at(end):
                return await self._hand_over(id_, dispatch)
        except TimeoutError:
            return Unclear(Cause("total-timeout", "The service did not finish its answer in time."))

    async def ask(self, inquiry: Inquiry) -> WordOrNothing:
        """Ask for the report on a message."""
        if inquiry.reference is None:
            return NotThere()  # the id is kept before the message leaves: none was sent
        if not is_message_id(inquiry.reference):
            return None
        try:
            async with asyncio.timeout(self._deadline):
                report = await self._report(inquiry.reference, inquiry.delivery)
        except TimeoutError:
            return None
        if isinstance(report, Report):
            return self._word(report, inquiry.delivery)
        return report if isinstance(report, NotThere) else None

    def check(self) -> AsyncIterator[Step]:
        """Look at the way there, at the login, and whether our account is active."""
        return walk([*self._management_looks(), *looks(self._settings, self._http, self._account)])

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    def _management_looks(self) -> list[tuple[StepName, Look]]:
        if self._management_url == self._url:
            return []
        return network_looks(self._management_url, self._settings)

    async def _account(self) -> Finding:
        said = await self._call(self._management_url, words.check_account(self._management_url, self._author))
        if isinstance(said, Said):
            return ok("Das Konto ist aktiv.", "The account is active.")
        if isinstance(said, SoapFault):
            number = said.number or said.trouble.cause.code
            return failed(
                said.trouble.cause.code, f"Der Dienst lehnt ab ({number}).", said.trouble.cause.detail
            )
        return finding_of(said)

    async def _again(self, id_: str | None, dispatch: Dispatch) -> str | Outcome:
        """What became of an earlier attempt: its outcome, or its id where the service has no such message."""
        assert id_ is not None
        report = await self._report(id_, dispatch.delivery)
        match report:
            case Report():
                return self._outcome(report)
            case NotThere():
                return id_
            case Failed():
                return report
            case Unclear() | Rejected():
                return Unclear(report.cause)
            case _:
                assert_never(report)

    async def _new_id(self, known: str | None, delivery: DeliveryId) -> str | Failed:
        request = words.create_message_id(self._management_url, self._author)
        said = await self._call(self._management_url, request)
        if not isinstance(said, Said):
            return _nothing_sent(said.trouble if isinstance(said, SoapFault) else said)
        created = message_id_of(said)
        if created is None:
            return Failed(Cause("xta-no-message-id", "The service gave no message id."))
        kept = await self._references.keep_reference(delivery, created, instead_of=known)
        return kept if kept is not None and is_message_id(kept) else Failed(STORE_UNAVAILABLE)

    async def _hand_over(self, id_: str, dispatch: Dispatch) -> Outcome:
        letter = letter_of(self._settings, id_, dispatch)
        said = await self._call(self._url, words.send_message(self._url, letter, mtom=self._settings.mtom))
        match said:
            case Said():
                # A success is an empty body; anything else is not what the standard describes.
                return UNREADABLE if len(said.body) else self._taken(id_)
            case SoapFault(number="9024"):
                report = await self._report(id_, dispatch.delivery)
                return self._outcome(report) if isinstance(report, Report) else said.trouble
            case SoapFault():
                return said.trouble
            case Failed() | Unclear() | Rejected():
                return said
            case _:
                assert_never(said)

    async def _report(self, id_: str, delivery: DeliveryId) -> Report | NotThere | Trouble:
        request = words.get_transport_report(self._management_url, self._author, id_)
        said = await self._call(self._management_url, request)
        if isinstance(said, SoapFault):
            return NotThere() if said.number == UNKNOWN_ID else said.trouble
        if not isinstance(said, Said):
            return said
        report = report_of(said)
        is_ours = report is not None and report.message_id == id_ and report.process in {None, delivery}
        return report if report is not None and is_ours else UNREADABLE

    async def _call(self, url: str, request: Request) -> Said | SoapFault | Trouble:
        """Call an operation once."""
        headers = {
            "Content-Type": request.content_type,
            "Accept": "application/soap+xml, multipart/related",
        }
        answer = await self._http.call("POST", url, headers, content=request.content)
        if not isinstance(answer, Answer):
            return answer
        # A fault travels under status 400 or 500 (SOAP 1.2, part 2, 7.5.2.2): there the envelope knows more.
        is_fault = answer.status in {400, 500} and answer.content and answer.media_type in SPOKEN
        trouble = None if is_fault else self._http.judge(answer, SPOKEN)
        if trouble is not None:
            return trouble
        return read(answer) or UNREADABLE

    def _word(self, report: Report, delivery: DeliveryId) -> Word | None:
        if report.light is Light.RED:
            cause = refusal_cause(report.code)
            return Word(delivery, SpecialistStatus.REFUSED, report.message_id, cause, report.at)
        if self._is_confirmed(report):
            return Word(delivery, SpecialistStatus.RECEIVED, report.message_id, at=report.at)
        return None

    def _outcome(self, report: Report) -> Outcome:
        if report.light is Light.RED:
            return Rejected(
                replace(refusal_cause(report.code), detail="The service reports that it could not deliver.")
            )
        return Delivered(report.message_id) if self._is_confirmed(report) else Pending(report.message_id)

    def _is_confirmed(self, report: Report) -> bool:
        match self._settings.confirmed:
            case "handed-over":
                return True
            case "delivered":
                return report.light is not Light.OPEN
            case "fetched":
                return report.light is not Light.OPEN and report.fetched
            case _:
                assert_never(self._settings.confirmed)

    def _taken(self, id_: str) -> Outcome:
        return Delivered(id_) if self._settings.confirmed == "handed-over" else Pending(id_)


class CollectingXtaTransport(XtaTransport):
    """One that also has a mailbox of its own, where systems send their replies to."""

    def __init__(self, settings: Settings, destination: Destination, surroundings: Surroundings) -> None:
        super().__init__(settings, destination, surroundings)
        self._mailbox_url = str(settings.mailbox_url)
        self._mailbox = Mailbox(
            lambda request: self._call(self._mailbox_url, request),
            lambda type_: settings.reply_statuses.get(type_, SpecialistStatus.CLOSED),
            surroundings.references,
            surroundings.clock,
            test=destination.test,
            name=destination.name,
        )

    def collect(self) -> AsyncIterator[Collected | Leftovers]:
        """The replies that lie in the mailbox."""
        url, author = self._mailbox_url, self._author
        return self._mailbox.collect(
            lambda at_most: words.get_status_list(url, author, at_most),
            lambda id_: words.get_message(url, author, id_),
            lambda request_id, id_: words.close(url, author, request_id, id_),
        )


def _open(settings: Settings, destination: Destination, surroundings: Surroundings) -> XtaTransport:
    kind = XtaTransport if settings.mailbox_url is None else CollectingXtaTransport
    return kind(settings, destination, surroundings)


def _nothing_sent(trouble: Trouble) -> Failed:
    """Before there is an id nothing was sent, whatever went wrong."""
    return trouble if isinstance(trouble, Failed) else Failed(trouble.cause)


LARGEST = 40_000_000
"""Bytes of a message at most (XTA 2.1.1, GenericContentContainer)."""

TOO_LARGE = Rejected(Cause("message-too-large", "XTA carries at most 40 MB."))
STORE_UNAVAILABLE = Cause("store-unavailable", "The message id could not be kept: nothing was sent.")


def _needs(_: Settings) -> frozenset[Part]:
    return frozenset({Part.DOCUMENT})


TRANSPORT = TransportKind(Settings, _needs, _open)
