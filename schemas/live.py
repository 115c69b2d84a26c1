"""Live: the library of a running process, which takes up installed and changed bundles by itself."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path

import structlog

from gateway.core.document import Document
from gateway.core.errors import ConfigurationInvalid
from gateway.core.handbook import Edition, Handbook
from gateway.core.ports import Deadlines, no_deadlines
from gateway.core.refusal import Finding, Verdict
from gateway.core.report import Sketch
from schemas.door import Limits
from schemas.forms import FormCache
from schemas.library import SchemaLibrary
from schemas.lists import list_files
from schemas.stock import stock

log = structlog.get_logger()

LOOK_EVERY = 2.0
"""Seconds between two looks at the folders of bundles."""

Signature = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Bundles as they were read once."""

    folders: tuple[Path, ...]
    seen: Signature
    library: SchemaLibrary

    @classmethod
    def of(cls, folders: Sequence[Path]) -> "Reading":
        """Read all bundles below `folders`.

        Raises:
            ConfigurationInvalid: naming every fault of every bundle.
        """
        seen = signature(folders)
        return cls(tuple(folders), seen, SchemaLibrary.load(folders))


class LiveLibrary:
    """Implements `gateway.core.ports.IntakeSchemas` and `Handbooks` over whichever library is the present one.

    A new library is read and compiled beside the old one, with what has not changed taken over, and then
    takes its place in one step: no request waits, and a document that was opened before is checked by
    what opened it. Where the bundles contradict themselves, the old library stays.
    """

    def __init__(self, reading: Reading, limits: Limits, forms: FormCache | None = None) -> None:
        """`forms` is where what explains refusals is kept; a process that explains none needs none."""
        self._folders = reading.folders
        self._limits = limits
        self._forms = forms
        self._seen = reading.seen
        read = reading.library
        self._library = SchemaLibrary(read.bundles, limits, read.lists, forms=forms)

    def warm(self) -> None:
        """Compile every schema and its rules, so that no document waits for it. What explains refusals is loaded
        when the first one comes; a process that explains none applies no rules.

        Raises:
            ConfigurationInvalid: a schema does not compile.
        """
        self._library.warm(rules=self._forms is not None)

    def open(self, content: bytes) -> Document:
        """As `Schemas.open`."""
        return self._library.open(content)

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        """As `Schemas.check`."""
        return self._library.check(document, on, deadlines)

    def glance(
        self, content: bytes, on: date, deadlines: Deadlines = no_deadlines
    ) -> tuple[Document, Verdict] | None:
        """As `IntakeSchemas.glance`."""
        return self._library.glance(content, on, deadlines)

    def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        """As `IntakeSchemas.sketch`."""
        return self._library.sketch(content, findings)

    def editions(self) -> tuple[Edition, ...]:
        """As `Handbooks.editions`."""
        return self._library.editions()

    def handbook(self, edition: Edition) -> Handbook | None:
        """As `Handbooks.handbook`."""
        return self._library.handbook(edition)

    async def watch(self, threads: Executor, every: float = LOOK_EVERY) -> None:
        """Look for changes until cancelled, and have built what is missing for what is there."""
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._prepare(threads))
            while True:
                await asyncio.sleep(every)
                if await loop.run_in_executor(threads, self.renew):
                    group.create_task(self._prepare(threads))

    async def _prepare(self, threads: Executor) -> None:
        if self._forms is None:
            return
        loop, library = asyncio.get_running_loop(), self._library
        if library.lacks_forms and self._forms.is_usable():
            await stock(self._folders, self._forms.folder)
        await loop.run_in_executor(threads, library.load_forms)

    def renew(self) -> bool:
        """Take up what has changed; whether anything was."""
        now = signature(self._folders)
        if now == self._seen:
            return False
        try:
            library = SchemaLibrary.load(
                self._folders, limits=self._limits, earlier=self._library, forms=self._forms
            )
            library.warm(rules=self._forms is not None)
        except ConfigurationInvalid as invalid:
            log.error("schemas_not_taken_up", problems=[str(problem) for problem in invalid.problems])  # noqa: TRY400 - the faults are what matters
            self._seen = now
            return False
        except OSError as error:
            # Something moved while it was read: the next look will see it whole.
            log.warning("schemas_moved", error=type(error).__name__)
            return False
        self._library, self._seen = library, now
        log.info("schemas_taken_up", bundles=[bundle.name for bundle in library.bundles])
        return True


def signature(folders: Sequence[Path]) -> Signature:
    """What changes when a bundle or a code list comes, goes or is edited: cheap enough to ask for every second."""
    bundles = (path for folder in folders for path in sorted(folder.glob("[!.]*/[!.]*/bundle.toml")))
    found = []
    for path in chain(bundles, list_files(folders)):
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        found.append((str(path), stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
