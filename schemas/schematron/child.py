"""Child: runs stylesheets in a process of its own, which may be killed at any moment."""

import json
import os
import resource
import signal
import sys
import time
from collections import OrderedDict
from typing import IO, TYPE_CHECKING, Protocol

from lxml import etree

from schemas.door import new_parser
from schemas.schematron.engine import CompileFailed, EvaluationFailed, Parameters
from schemas.schematron.frames import read_frame, write_frame
from schemas.schematron.libxslt import Libxslt

if TYPE_CHECKING:
    from schemas.schematron.saxon import Saxon

MOST_COMPILED = 64
"""Stylesheets that are kept; what was not asked for longest is compiled again when it is."""


def main() -> None:
    """Answer requests from standard input until it ends."""
    memory = int(sys.argv[2])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit(memory)
    # Whatever a library prints must not get between the answers.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    desk = _Desk()
    while (request := read_frame(sys.stdin.buffer)) is not None:
        write_frame(output, json.dumps(desk.answer(json.loads(request), sys.stdin.buffer)).encode())


def _limit(memory: int) -> None:
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, 0)
    # Saxon reserves more addresses than any limit of them lets it have; what it fills is what counts.
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    _set(resource.RLIMIT_DATA, memory)


def _set(limit: int, to: int) -> None:
    """As far as whoever started all this allows."""
    hard = resource.getrlimit(limit)[1]
    resource.setrlimit(limit, (to if hard == resource.RLIM_INFINITY else min(to, hard), hard))


def _allow(seconds: float) -> None:
    """So much processor time from now on; then the process is gone."""
    _set(resource.RLIMIT_CPU, int(time.process_time() + seconds) + 1)


class _Runner(Protocol):
    def run(self, document: bytes, parameters: Parameters) -> str: ...


class _ByLibxslt:
    def __init__(self, text: str) -> None:
        self._engine = Libxslt(text)
        self._engine.warm()

    def run(self, document: bytes, parameters: Parameters) -> str:
        return self._engine.run(etree.fromstring(document, new_parser()), parameters)


class _Desk:
    """Keeps what is compiled."""

    def __init__(self) -> None:
        self._compiled: OrderedDict[str, _Runner] = OrderedDict()
        self._saxon: Saxon | None = None

    def answer(self, request: dict[str, object], documents: IO[bytes]) -> dict[str, object]:
        match request:
            case {"compile": str(key), "engine": str(engine), "text": str(text), "seconds": float(seconds)}:
                _allow(seconds)
                return self._compile(key, engine, text)
            case {"run": str(key), "parameters": dict() as parameters, "seconds": float(seconds)}:
                _allow(seconds)
                return self._run(key, parameters, read_frame(documents) or b"")
            case _:
                raise ValueError("no such request")

    def _compile(self, key: str, engine: str, text: str) -> dict[str, object]:
        try:
            self._compiled[key] = _ByLibxslt(text) if engine == "libxslt" else self._with_saxon(text)
        except CompileFailed as failed:
            return {"causes": failed.causes}
        while len(self._compiled) > MOST_COMPILED:
            self._compiled.popitem(last=False)
        return {"compiled": True}

    def _with_saxon(self, text: str) -> _Runner:
        if self._saxon is None:
            # Only where it is needed: it takes a tenth of a second and 50 MB.
            from schemas.schematron.saxon import Saxon  # noqa: PLC0415

            self._saxon = Saxon()
        return self._saxon.compile(text)

    def _run(self, key: str, parameters: Parameters, document: bytes) -> dict[str, object]:
        runner = self._compiled.get(key)
        if runner is None:
            return {"unknown": True}
        self._compiled.move_to_end(key)
        try:
            return {"answer": runner.run(document, parameters)}
        except EvaluationFailed as failed:
            return {"failed": str(failed)}
