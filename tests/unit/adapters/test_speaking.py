"""What every adapter does between a form and a transport."""

import gc
import weakref

from adapters.adapter import SpeakingAdapter
from adapters.dispatch import ORIGINAL, Dispatch
from gateway.core.document import Document
from gateway.core.message import DeliveryId
from gateway.core.outcome import Delivered, Outcome
from gateway.core.ports import Consignment
from tests.builders import a_message


class Opened(Document):
    """A document of which nobody reads anything here."""


class Wire:
    """Notes whether the document is still there while it speaks."""

    def __init__(self) -> None:
        self.document: weakref.ref[Opened] | None = None
        self.kept = True

    async def send(self, dispatch: Dispatch) -> Outcome:
        assert self.document is not None
        gc.collect()
        self.kept = self.document() is not None
        return Delivered(dispatch.name)

    async def aclose(self) -> None: ...


async def test_the_document_is_let_go_before_anything_is_sent() -> None:
    wire = Wire()
    adapter = SpeakingAdapter(ORIGINAL, wire)
    document = Opened()  # type: ignore[abstract]
    wire.document = weakref.ref(document)
    handed = [Consignment(DeliveryId("d-1"), 1, a_message(), document)]
    del document

    await adapter.deliver(handed.pop())

    assert not wire.kept
