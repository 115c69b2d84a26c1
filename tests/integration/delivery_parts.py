"""Parts of deliveries that are not about the content of messages."""

from datetime import date

from gateway.core.document import Document
from gateway.core.ports import Deadlines, no_deadlines
from gateway.core.refusal import Verdict


class AnyDocument(Document):
    content = b""


class AnySchemas:
    def open(self, content: bytes) -> Document:
        return AnyDocument()  # type: ignore[abstract]  # the systems of these tests do not read it

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        return Verdict()
