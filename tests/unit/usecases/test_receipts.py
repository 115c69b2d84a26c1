"""The use case of a specialist system's word: replies are checked, and nothing about them is a reason to lose them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import sha256

import pytest

from gateway.answers.receipts import MOST_FINDINGS, Receipts, is_xml
from gateway.core.document import Document, Element
from gateway.core.errors import Refused
from gateway.core.message import DeliveryId, MessageKind, Nachrichtenkopf
from gateway.core.ports import Deadlines, no_deadlines
from gateway.core.refusal import Finding, Refusal, RefusalCode, Verdict
from gateway.core.tenants import SpecialistSystem
from gateway.core.views import DeliveryView
from gateway.core.word import CheckedReply, Reply, SpecialistStatus, Word
from gateway.telemetry.metrics import Metrics
from tests.builders import ANMELDUNG, NOON, FakeClock, a_kopf
from tests.unit.api.fakes import DELIVERY, Now, a_delivery

SYSTEM = SpecialistSystem("einwohnerwesen", ("liegenschaft-zossen",))
FINDING = Finding("/m", "cvc-content", "unerwartet", "unexpected")


@dataclass
class FakeDocument:
    content: bytes
    kind: MessageKind = ANMELDUNG
    kopf: Nachrichtenkopf = field(default_factory=a_kopf)
    order_key: str | None = None

    @property
    def root(self) -> Element:
        raise AssertionError("nobody looks into a reply")


@dataclass
class FakeSchemas:
    """Says `refused` when a document is opened, or finds `verdict` in it."""

    refused: Refused | None = None
    verdict: Verdict = field(default_factory=Verdict)
    opened: int = 0

    def open(self, content: bytes) -> Document:
        self.opened += 1
        if self.refused is not None:
            raise self.refused
        return FakeDocument(content)

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        return self.verdict


@dataclass
class KeepingStore:
    taken: list[tuple[Word, tuple[CheckedReply, ...]]] = field(default_factory=list)

    async def confirm(
        self,
        word: Word,
        system: SpecialistSystem,
        now: datetime,
        *,
        replies: Sequence[CheckedReply] = (),
        asked: bool = False,
    ) -> DeliveryView:
        self.taken.append((word, tuple(replies)))
        return a_delivery()


async def taken(
    schemas: FakeSchemas, *replies: Reply, at: datetime | None = None
) -> tuple[Word, list[CheckedReply]]:
    store = KeepingStore()
    receipts = Receipts(store, schemas, FakeClock(), Metrics(), slow=Now())
    word = Word(DeliveryId(DELIVERY), SpecialistStatus.CLOSED, at=at, replies=replies)
    await receipts.take(word, SYSTEM)
    [(kept, checked)] = store.taken
    return kept, list(checked)


async def test_what_is_no_xml_is_kept_unopened() -> None:
    schemas = FakeSchemas()

    _, [checked] = await taken(schemas, Reply("application/pdf", b"%PDF"))

    assert checked == CheckedReply(Reply("application/pdf", b"%PDF"), sha256(b"%PDF").hexdigest())
    assert schemas.opened == 0


async def test_a_valid_message_is_known_by_its_kind() -> None:
    _, [checked] = await taken(FakeSchemas(), Reply("application/xml", b"<m/>"))

    assert (checked.kind, checked.findings) == (ANMELDUNG, ())


async def test_an_invalid_message_is_kept_with_what_speaks_against_it() -> None:
    verdict = Verdict((Refusal(RefusalCode.SCHEMA_INVALID, findings=(FINDING,) * 80),))

    _, [checked] = await taken(FakeSchemas(verdict=verdict), Reply("text/xml", b"<m/>"))

    assert checked.kind == ANMELDUNG
    assert checked.findings == (FINDING,) * MOST_FINDINGS


async def test_xml_of_no_known_kind_is_not_judged() -> None:
    refused = Refused(Refusal(RefusalCode.UNKNOWN_KIND, {"namespace": "urn:x", "root": "x"}))

    _, [checked] = await taken(FakeSchemas(refused), Reply("application/soap+xml", b"<x/>"))

    assert (checked.kind, checked.findings) == (None, ())


async def test_what_says_xml_and_is_none_is_marked() -> None:
    refused = Refused(Refusal(RefusalCode.NOT_WELL_FORMED))

    _, [checked] = await taken(FakeSchemas(refused), Reply("application/xml", b"Erika"))

    assert checked.kind is None
    [finding] = checked.findings
    assert (finding.path, finding.rule) == ("/", "not-well-formed")
    assert finding.de
    assert finding.en


async def test_a_clock_that_is_ahead_does_not_make_later_words_late() -> None:
    ahead, _ = await taken(FakeSchemas(), at=NOON + timedelta(days=1))
    past, _ = await taken(FakeSchemas(), at=NOON - timedelta(days=1))

    assert (ahead.at, past.at) == (NOON, NOON - timedelta(days=1))


@pytest.mark.parametrize(
    ("media_type", "xml"),
    [
        ("application/xml", True),
        ("text/xml", True),
        ("application/xhtml+xml", True),
        ("application/pdf", False),
        ("application/json", False),
    ],
)
def test_what_says_xml(media_type: str, xml: bool) -> None:
    assert is_xml(media_type) is xml
