"""Child: runs stylesheets in a process of its own, which may be killed at any moment."""

import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from lxml import etree

from schemas.children.inside import Desk, allow, limit
from schemas.door import new_parser
from schemas.schematron.engine import CompileFailed, EvaluationFailed, Parameters
from schemas.schematron.libxslt import Libxslt

if TYPE_CHECKING:
    from schemas.schematron.saxon import Saxon

MOST_COMPILED = 64
"""Stylesheets that are kept; what was not asked for longest is compiled again when it is."""


def main(memory: str) -> None:
    """Answer requests until there are none. `memory`: bytes that may be filled."""
    # Saxon reserves more addresses than any limit of them lets it have; what it fills is what counts.
    limit(filled=int(memory), writes=False)
    desk = Desk()
    compiled = _Compiled(desk)
    while (request := desk.next()) is not None:
        desk.answer(compiled.answer(json.loads(request)))


class _Runner(Protocol):
    def run(self, document: bytes, parameters: Parameters) -> str: ...


class _ByLibxslt:
    def __init__(self, text: str) -> None:
        self._engine = Libxslt(text)
        self._engine.warm()

    def run(self, document: bytes, parameters: Parameters) -> str:
        return self._engine.run(etree.fromstring(document, new_parser()), parameters)


class _Compiled:
    """Keeps what is compiled."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._compiled: OrderedDict[str, _Runner] = OrderedDict()
        self._saxon: Saxon | None = None

    def answer(self, request: dict[str, object]) -> dict[str, object]:
        match request:
            case {"compile": str(key), "engine": str(engine), "text": str(text), "seconds": float(seconds)}:
                allow(seconds)
                return self._compile(key, engine, text)
            case {"run": str(key), "parameters": dict() as parameters, "seconds": float(seconds)}:
                allow(seconds)
                return self._run(key, parameters, self._desk.next() or b"")
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
