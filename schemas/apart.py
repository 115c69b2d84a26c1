"""Apart: documents of a schema of XSD 1.1 are looked at in a process of its own, which may be killed.

Assertions of such a schema are XPath, which can take any time and memory, and no thread can be stopped.
"""

import json
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass

from gateway.core.errors import Unavailable
from gateway.core.refusal import Finding
from schemas.children.process import Child, ChildEnded
from schemas.closure import SchemaFiles
from schemas.forms import FormCache
from schemas.opinion import NO_OPINION, Opinion


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a document may cost."""

    seconds: int = 20
    """Of processor time."""
    wall_seconds: float = 60.0
    memory: int = 1_500_000_000
    """Bytes of address space, the schema among them."""
    waiting_seconds: float = 2.0
    """For the documents before: whoever waits holds a thread in which other documents are explained."""
    starting_seconds: float = 120.0
    """For a process that has to build the schema first."""


class Apart:
    """One schema with its process. Safe to use from any number of threads; one document at a time."""

    def __init__(self, files: SchemaFiles, forms: FormCache | None, bounds: Bounds = Bounds()) -> None:
        self._order = {
            "namespace": files.namespace,
            "folder": str(files.folder),
            "entry": list(files.entry),
            "foreign": dict(files.foreign),
            "paths": [str(path) for path in files.paths],
            "stamp": files.stamp,
            "forms": str(forms.folder) if forms else None,
            "memory": bounds.memory,
            "seconds": bounds.seconds,
        }
        self._bounds = bounds
        self._turn = threading.Lock()
        self._running: list[Child] = []
        weakref.finalize(self, _end, self._running)

    def start(self) -> None:
        """Have the process ready before the first document comes."""
        with self._turn, suppress(Unavailable):
            self._child()

    def opinion(self, content: bytes) -> Opinion:
        """What xmlschema says about a document that passed the door. None of it where that takes more than the
        bounds allow.

        Raises:
            Unavailable: no process can be started, or others hold it for too long.
        """
        if not self._turn.acquire(timeout=self._bounds.waiting_seconds):
            raise Unavailable("the documents before this one take too long")
        try:
            return self._ask(content) or self._ask(content) or NO_OPINION
        finally:
            self._turn.release()

    def _ask(self, content: bytes) -> Opinion | None:
        """None where the process ended for no reason that lies in the document, as far as one can see."""
        try:
            return _read(self._child().ask(content, seconds=self._bounds.wall_seconds))
        except ChildEnded as ended:
            _end(self._running)
            # The kernel ends a process whose processor time is used up, Python one whose memory is.
            return NO_OPINION if ended.out_of_time or (ended.code or 0) > 0 else None

    def _child(self) -> Child:
        if not self._running:
            self._running.append(_started(self._order, self._bounds.starting_seconds))
        return self._running[0]


def _started(order: object, seconds: float) -> Child:
    try:
        child = Child("schemas.apart_child")
    except OSError as error:
        raise Unavailable(f"no process can be started: {error.strerror}") from None
    try:
        child.ask(json.dumps(order).encode(), seconds=seconds)
    except ChildEnded:
        raise Unavailable("the process that looks at documents does not start") from None
    return child


def _end(running: list[Child]) -> None:
    while running:
        running.pop().end()


def _read(answer: object) -> Opinion:
    assert isinstance(answer, dict)
    found = answer["findings"]
    return Opinion(
        tuple(Finding(**each) for each in found), bool(answer["complete"]), shorn=bool(answer["shorn"])
    )
