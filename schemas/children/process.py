"""Process: a child as its parent sees it: started, asked, and killed where it takes too long."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from schemas.children.frames import read_frame, write_frame

ENVIRONMENT: Mapping[str, str] = MappingProxyType({"LC_ALL": "C.UTF-8"})
"""All variables that a child has: it works on what strangers have made, and must know no secret."""

_ROOT = Path(__file__).parents[2]
_START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from importlib import import_module; "
    "import_module(sys.argv[2]).main(*sys.argv[3:])"
)
_LAST_BREATH = 2.0
"""Seconds between the end of its answers and that of a process."""


def command(module: str, *arguments: str) -> list[str]:
    """What runs `main` of a module of this program in an interpreter that looks at nothing else."""
    return [sys.executable, "-I", "-c", _START, str(_ROOT), module, *arguments]


class ChildEnded(Exception):
    """A child is gone, and has not answered."""

    def __init__(self, code: int | None, *, late: bool) -> None:
        super().__init__(f"exit {code}")
        self.code = code
        """With which it ended: below zero the number of a signal. None where it would not end by itself."""
        self.out_of_time = late or code == -signal.SIGXCPU
        """Whether it was killed for the time that it took."""


class Child:
    """A process that `schemas.children.inside` serves. For one thread at a time."""

    def __init__(self, module: str, *arguments: str, folder: Path = Path("/")) -> None:
        """Runs `main` of a module, which works in `folder`.

        Raises:
            OSError: no process can be started.
        """
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            command(module, *arguments),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=ENVIRONMENT,
        )

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def ask(self, *frames: bytes, seconds: float) -> object:
        """Send frames and wait for the next answer, both together for at most so many seconds.

        Raises:
            ChildEnded: there is none, and no child any more.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        late = threading.Event()
        # A killed child ends every wait for it, be it for its answer or for its taking a document.
        watch = threading.Timer(seconds, self._give_up, [late])
        watch.daemon = True
        watch.start()
        try:
            for each in frames:
                write_frame(stdin, each)
            answer = read_frame(stdout)
            if answer is not None:
                found: object = json.loads(answer)
                return found
        except (OSError, ValueError):
            pass
        finally:
            watch.cancel()
        code = self._last_word()
        raise ChildEnded(code, late=late.is_set())

    def end(self) -> None:
        """Kill it, and wait until it is gone."""
        self._process.kill()
        self._process.communicate()

    def _give_up(self, late: threading.Event) -> None:
        late.set()
        self._process.kill()

    def _last_word(self) -> int | None:
        try:
            return self._process.wait(_LAST_BREATH)
        except subprocess.TimeoutExpired:
            return None
        finally:
            self.end()
