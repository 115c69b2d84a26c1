"""Apart: documents of a schema of XSD 1.1 are looked at in a process of its own, which may be killed.

Assertions of such a schema are XPath, which can take any time and memory, and no thread can be stopped.
"""

import json
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gateway.core.errors import Unavailable
from gateway.core.refusal import Finding
from schemas.closure import SchemaFiles
from schemas.forms import FormCache
from schemas.opinion import NO_OPINION, Opinion

_ROOT = Path(__file__).parents[1]
_CHILD = "import sys; sys.path.insert(0, sys.argv[1]); from schemas.apart_child import main; main()"


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
        self._running: list[_Child] = []
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
        child = self._child()
        answer = child.ask(content, self._bounds.wall_seconds)
        if answer is None:
            _end(self._running)
            return NO_OPINION if child.exhausted else None
        return _read(json.loads(answer))

    def _child(self) -> "_Child":
        if not self._running:
            self._running.append(_Child(self._order, self._bounds.starting_seconds))
        return self._running[0]


class _Child:
    def __init__(self, order: object, seconds: float) -> None:
        self.exhausted = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-I", "-c", _CHILD, str(_ROOT)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        except OSError as error:
            raise Unavailable(f"no process can be started: {error.strerror}") from None
        if self.ask(json.dumps(order).encode(), seconds) is None:
            self.end()
            raise Unavailable("the process that looks at documents does not start")

    def ask(self, content: bytes, seconds: float) -> bytes | None:
        """The answer, a line; None where there is none because the process has ended."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        watch = threading.Timer(seconds, self._stop)
        watch.start()
        try:
            stdin.write(b"%d\n%b" % (len(content), content))
            stdin.flush()
            answer = stdout.readline()
        except OSError:
            return None
        finally:
            watch.cancel()
        if answer.endswith(b"\n"):
            return answer
        # The kernel ends a process whose processor time is used up, Python one whose memory is.
        self._process.kill()
        self.exhausted = self.exhausted or self._process.wait() != 0
        return None

    def _stop(self) -> None:
        self.exhausted = True
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def _end(running: list[_Child]) -> None:
    while running:
        running.pop().end()


def _read(answer: dict[str, object]) -> Opinion:
    found = answer["findings"]
    assert isinstance(found, list)
    return Opinion(
        tuple(Finding(**each) for each in found), bool(answer["complete"]), shorn=bool(answer["shorn"])
    )
