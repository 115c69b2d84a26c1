"""Parts of deliveries that are not about the content of messages."""

from datetime import date

from gateway.answers.receipts import Receipts
from gateway.core.document import Document
from gateway.core.ports import Clock, Deadlines, ReceiptStore, no_deadlines
from gateway.core.refusal import Verdict
from gateway.telemetry.metrics import Metrics
from tests.unit.api.fakes import Now


class AnyDocument(Document):
    content = b""


class AnySchemas:
    def open(self, content: bytes) -> Document:
        return AnyDocument()  # type: ignore[abstract]  # the systems of these tests do not read it

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        return Verdict()


def words_of(store: ReceiptStore, clock: Clock) -> Receipts:
    """What systems say goes to the store; their replies are checked at once."""
    return Receipts(store, AnySchemas(), clock, Metrics(), slow=Now())
