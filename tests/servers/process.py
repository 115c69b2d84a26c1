"""A server process that a test may start, stop, kill and freeze."""

import itertools
import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import psutil

from tests.servers.guard import guard

START_SECONDS = 120.0
STOP_SECONDS = 30.0


class RunAs(TypedDict, total=False):
    """Arguments of `subprocess` that run a program as another user with that user's own group alone."""

    user: int
    group: int
    extra_groups: list[int]


class ServerProcess:
    """One server with all its child processes.

    Every method blocks. A test whose own event loop must go on meanwhile calls it with `asyncio.to_thread`.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        answers: Callable[[], bool],
        log: Path,
        env: Mapping[str, str] | None = None,
        identity: RunAs | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self._command = list(command)
        self._answers = answers
        self._log = log
        self._env = None if env is None else dict(env)
        self._identity = identity or RunAs()
        self._stop_signal = stop_signal
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        if self._process is not None:
            raise RuntimeError(f"{self._command[0]} runs already")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self._env,
                cwd=self._log.parent,
                # Ctrl-C in the terminal is for pytest, which then ends the server itself.
                start_new_session=True,
                **self._identity,
            )
        guard().watch(psutil.Process(self._process.pid), self._log.parent)
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"{self._command[0]} did not start:\n{self._last_lines()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server in good order."""
        if self._process is None:
            return
        self.resume()
        tree = self._tree()
        self._process.send_signal(self._stop_signal)
        psutil.wait_procs(tree, timeout=STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End the server and its children at once (SIGKILL)."""
        if self._process is None:
            return
        tree = self._tree()
        _signal_all(tree, signal.SIGKILL)
        psutil.wait_procs(tree, timeout=STOP_SECONDS)
        self._process.wait()
        self._process = None

    def pause(self) -> None:
        """Freeze the server: its sockets stay open, and nobody answers (SIGSTOP)."""
        _signal_all(self._tree(), signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server go on (SIGCONT)."""
        _signal_all(self._tree(), signal.SIGCONT)

    @property
    def pid(self) -> int:
        """Its process id while it runs."""
        assert self._process is not None
        return self._process.pid

    def cpu_seconds(self) -> float:
        """Processor time that the server itself has used so far, without its children."""
        assert self._process is not None
        times = psutil.Process(self._process.pid).cpu_times()
        return times.user + times.system

    def _tree(self) -> list[psutil.Process]:
        if self._process is None:
            return []
        try:
            root = psutil.Process(self._process.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _last_lines(self) -> str:
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-20:])


def run_as(account: pwd.struct_passwd) -> RunAs:
    """The arguments for one account of this machine."""
    return RunAs(user=account.pw_uid, group=account.pw_gid, extra_groups=[])


def free_port(row: int = 1) -> int:
    """A TCP port of the loopback interface that nobody uses at this moment, the first of `row` in a row.

    It lies below those that the system gives to outgoing connections, so that none of these takes it before a
    server does; and each process of pytest-xdist has ports of its own.
    """
    ports = _own_ports()
    for _ in ports:
        first = next(_turn) * row % (len(ports) - row) + ports.start
        wanted = range(first, first + row)
        # Between being given out and being listened at, a port of ours looks free.
        if not _given.intersection(wanted) and all(_is_free(each) for each in wanted):
            if len(_given) > len(ports) // 2:
                _given.clear()
            _given.update(wanted)
            return first
    raise OSError("no port is free")


_turn = itertools.count(os.getpid())
_given: set[int] = set()
"""By this process, of late."""
_PORTS = range(20_000, 32_000)
_SHARES = 16


def _own_ports() -> range:
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _SHARES
    size = len(_PORTS) // _SHARES
    return _PORTS[number * size : (number + 1) * size]


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _signal_all(processes: Sequence[psutil.Process], which: signal.Signals) -> None:
    for process in processes:
        try:
            os.kill(process.pid, which)
        except ProcessLookupError:
            continue
