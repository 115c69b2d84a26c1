"""Ends the servers of a test process that died before it could do so itself: killed, or timed out."""

import atexit
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import psutil


class Guard:
    """A process of its own that waits for the end of ours. It notices by the pipe that breaks then."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__], stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        atexit.register(self._close)

    def watch(self, process: psutil.Process, folder: Path | None = None) -> None:
        """End `process` with its children and remove `folder`, should we die before."""
        pipe = self._process.stdin
        assert pipe is not None
        pipe.write(f"{process.pid} {process.create_time()} {folder or ''}\n")
        pipe.flush()

    def _close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@cache
def guard() -> Guard:
    """The guard of this process, started when it is first needed."""
    return Guard()


def wait_and_clean() -> None:
    """Remember what is to be watched until the pipe breaks, then end what still runs."""
    watched = [line.rstrip("\n").split(" ", 2) for line in sys.stdin]
    for pid, created, _ in watched:
        kill_tree(int(pid), float(created))
    for folder in {folder for _, _, folder in watched if folder}:
        shutil.rmtree(folder, ignore_errors=True)


def kill_tree(pid: int, created: float) -> None:
    """Kill a process and its children, unless its number belongs to another one by now."""
    try:
        root = psutil.Process(pid)
        if root.create_time() != created:
            return
        for process in [root, *root.children(recursive=True)]:
            process.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        return


if __name__ == "__main__":
    wait_and_clean()
