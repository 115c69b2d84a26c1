"""Live: the library of a running process, which takes up installed and changed bundles by itself."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Executor
from datetime import date
from pathlib import Path

import structlog

from gateway.core.document import Document
from gateway.core.errors import ConfigurationInvalid
from gateway.core.refusal import Finding, Verdict
from gateway.core.report import Sketch
from schemas.door import Limits
from schemas.library import SchemaLibrary

log = structlog.get_logger()

LOOK_EVERY = 2.0
"""Seconds between two looks at the folders of bundles."""

Signature = tuple[tuple[str, int, int, int], ...]


class LiveLibrary:
    """Implements `gateway.core.ports.DrawingSchemas` over whichever library is the present one.

    A new library is read and compiled beside the old one, with what has not changed taken over, and then
    takes its place in one step: no request waits, and a document that was opened before is checked by
    what opened it. Where the bundles contradict themselves, the old library stays.
    """

    def __init__(self, folders: Sequence[Path], limits: Limits, *, explanations: bool) -> None:
        """Read all bundles below `folders`.

        Raises:
            ConfigurationInvalid: naming every fault of every bundle.
        """
        self._folders = folders
        self._limits = limits
        self._explanations = explanations
        self._seen = signature(folders)
        self._library = SchemaLibrary.load(folders, limits=limits)

    def warm(self) -> None:
        """As `SchemaLibrary.warm`."""
        self._library.warm(explanations=self._explanations)

    def open(self, content: bytes) -> Document:
        """As `Schemas.open`."""
        return self._library.open(content)

    def check(self, document: Document, on: date) -> Verdict:
        """As `Schemas.check`."""
        return self._library.check(document, on)

    def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        """As `DrawingSchemas.sketch`."""
        return self._library.sketch(content, findings)

    async def watch(self, threads: Executor, every: float = LOOK_EVERY) -> None:
        """Look for changes until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(every)
            await loop.run_in_executor(threads, self.renew)

    def renew(self) -> bool:
        """Take up what has changed; whether anything was."""
        now = signature(self._folders)
        if now == self._seen:
            return False
        try:
            library = SchemaLibrary.load(self._folders, limits=self._limits, earlier=self._library)
            library.warm(explanations=self._explanations)
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
    """What changes when a bundle comes, goes or is edited: cheap enough to ask for every second."""
    found = []
    for folder in folders:
        for path in sorted(folder.glob("[!.]*/[!.]*/bundle.toml")):
            try:
                stat = path.stat()
            except FileNotFoundError:
                continue
            found.append((str(path), stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
