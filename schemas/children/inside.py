"""Inside: what a child does to serve its parent within its limits."""

import json
import os
import resource
import signal
import sys
import time

from schemas.children.frames import read_frame, write_frame


class Desk:
    """Where a child hears its parent and answers. There is one in a process."""

    def __init__(self) -> None:
        # At the keyboard everybody is interrupted: when a child ends is its parent's matter.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # Whatever a library prints must not get between the answers.
        self._answers = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)

    def next(self) -> bytes | None:
        """What the parent says next; None where it is gone."""
        return read_frame(sys.stdin.buffer)

    def answer(self, answer: object) -> None:
        """Answer with anything that JSON can say."""
        write_frame(self._answers, json.dumps(answer).encode())


def limit(*, addresses: int | None = None, filled: int | None = None, writes: bool = True) -> None:
    """How much memory this process may have from now on, in bytes of address space and in bytes that it fills; without
    a number as much as whoever started all this allows. And whether it may write files.

    Only for this process: its own children may set themselves other limits.
    """
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, None if writes else 0)
    _set(resource.RLIMIT_AS, addresses)
    _set(resource.RLIMIT_DATA, filled)


def allow(seconds: float) -> None:
    """So much processor time from now on; then the process is gone."""
    _set(resource.RLIMIT_CPU, int(time.process_time() + seconds) + 1)


def _set(kind: int, to: int | None) -> None:
    hard = resource.getrlimit(kind)[1]
    if to is None:
        to = hard
    resource.setrlimit(kind, (to if hard == resource.RLIM_INFINITY else min(to, hard), hard))
