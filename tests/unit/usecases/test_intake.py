"""Where a document is read: at once, in a thread, or where it holds up nobody else."""

import asyncio
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from gateway.core.delivery import Receipt, Submission
from gateway.core.document import Document, Element
from gateway.core.errors import Refused
from gateway.core.message import MessageKind, Nachrichtenkopf
from gateway.core.ports import Deadlines, IntakeSchemas, no_deadlines
from gateway.core.refusal import Finding, Refusal, RefusalCode, Verdict
from gateway.core.report import Sketch
from gateway.core.tenants import Directory, Portal, Tenant
from gateway.disk import DiskFloor
from gateway.intake import INLINE_BYTES, Intake
from schemas.library import SchemaLibrary
from tests.builders import ANMELDUNG, FakeClock, a_kopf

LARGE = b" " * INLINE_BYTES


@dataclass
class FakeDocument:
    content: bytes
    kind: MessageKind = ANMELDUNG
    kopf: Nachrichtenkopf = field(default_factory=a_kopf)
    order_key: str | None = None

    @property
    def root(self) -> Element:
        raise NotImplementedError


@dataclass
class FakeSchemas:
    """Sees at a glance what does not begin with `slow`, and remembers which thread did what."""

    calls: list[tuple[str, str]] = field(default_factory=list)

    def glance(
        self, content: bytes, on: date, deadlines: Deadlines = no_deadlines
    ) -> tuple[Document, Verdict] | None:
        self._remember("glance")
        if content.startswith(b"refused"):
            raise Refused(Refusal(RefusalCode.UNKNOWN_KIND))
        return None if content.startswith(b"slow") else (FakeDocument(content), Verdict())

    def open(self, content: bytes) -> Document:
        self._remember("open")
        return FakeDocument(content)

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        self._remember("check")
        return Verdict()

    def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        self._remember("sketch")
        return None

    def _remember(self, call: str) -> None:
        current = threading.current_thread()
        self.calls.append(
            (call, "loop" if current is threading.main_thread() else current.name.partition("_")[0])
        )


NOBODY = Directory([], [])


class NoStore:
    async def accept(self, submission: Submission) -> Receipt:
        raise NotImplementedError


@contextmanager
def an_intake(schemas: IntakeSchemas, directory: Directory = NOBODY) -> Iterator[Intake]:
    with ThreadPoolExecutor(1, "threads") as threads, ThreadPoolExecutor(1, "slow") as slow:
        disk = DiskFloor(Path(), 0)
        yield Intake(schemas, directory, NoStore(), FakeClock(), disk=disk, threads=threads, slow=slow)


@pytest.mark.parametrize(
    ("content", "calls"),
    [
        (b"", [("glance", "loop")]),
        (LARGE + b" ", [("glance", "threads")]),
        (b"slow", [("glance", "loop"), ("open", "slow"), ("check", "slow")]),
        (b"slow" + LARGE, [("glance", "threads"), ("open", "slow"), ("check", "slow")]),
        (b"refused", [("glance", "loop")]),
    ],
    ids=["small", "large", "small-slow", "large-slow", "refused"],
)
def test_who_reads_it(content: bytes, calls: list[tuple[str, str]]) -> None:
    schemas = FakeSchemas()
    with an_intake(schemas) as intake:
        asyncio.run(intake.validate(content, Portal("p", ("*",))))
    assert schemas.calls == calls


def test_sketches_are_drawn_where_they_hold_up_nobody() -> None:
    schemas = FakeSchemas()
    with an_intake(schemas) as intake:
        asyncio.run(intake.sketch(b"", ()))
    assert schemas.calls == [("sketch", "slow")]


BUNDLES = Path(__file__).parents[3] / "schemas" / "bundles"
LATE = (BUNDLES / "ab-finanzen/1.0/samples/warned/hundesteueranmeldung-spaet.xml").read_bytes()


@pytest.mark.parametrize(
    ("deadlines", "days"),
    [
        ({}, ["14"]),
        ({"anmeldung": 900}, ["14"]),
        ({"hundesteuer-anmeldung": 21}, ["21"]),
        ({"hundesteuer-anmeldung": 900}, []),
    ],
)
@pytest.mark.parametrize("content", [LATE, LATE + b" " * INLINE_BYTES], ids=["small", "large"])
def test_the_deadline_of_the_recipient_counts(
    content: bytes, deadlines: dict[str, int], days: list[str]
) -> None:
    zossen = Tenant("zossen", "Zossen", ("12072477",), (), deadlines=deadlines)
    other = Tenant("bremen", "Bremen", ("04011000",), (), deadlines={"hundesteuer-anmeldung": 1})
    library = SchemaLibrary.load([BUNDLES])

    with an_intake(library, Directory([zossen, other], [])) as intake:
        report = asyncio.run(intake.validate(content, Portal("p", ("*",))))

    assert [re.findall("[0-9]+", each.de) for each in report.warnings] == [[each] for each in days]
    assert all(each.path.endswith("/haltung/beginn") for each in report.warnings)
    # What is late in a broken message is looked at another way.
    broken = content.replace(b"<anzahlHunde>1<", b"<anzahlHunde>x<")
    with an_intake(library, Directory([zossen, other], [])) as intake:
        assert asyncio.run(intake.validate(broken, Portal("p", ("*",)))).warnings == report.warnings
