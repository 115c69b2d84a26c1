"""Workers: the child processes in which stylesheets run that do not come with the program, or need Saxon."""

import json
import threading
import weakref
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256

from lxml import etree

from schemas.children.process import Child, ChildEnded
from schemas.schematron.engine import Cause, CompileFailed, EvaluationFailed, Parameters
from schemas.schematron.model import Binding
from schemas.schematron.stylesheet import Stylesheet
from schemas.view import Node


@dataclass(frozen=True, slots=True)
class Bounds:
    """What children may use."""

    processes: int = 2
    memory: int = 1_000_000_000
    """Bytes that one fills."""
    compile_seconds: float = 30.0
    """Of processor time. The largest public schemas take half a second."""
    run_seconds: float = 5.0
    """Of processor time, for a document of no size; a usual one takes some milliseconds."""
    seconds_per_megabyte: float = 1.0
    wall_factor: float = 12.0
    """A process may wait so much longer than it may work, on a busy machine."""


DEFAULT_BOUNDS = Bounds()


class Workers:
    """Up to `Bounds.processes` children, each started when it is needed. Safe to use from any number of threads.
    They end when this is closed or forgotten, and when the process itself ends in whatever way.
    """

    def __init__(self, bounds: Bounds = DEFAULT_BOUNDS) -> None:
        self._bounds = bounds
        self._idle: deque[_Judge] = deque()
        self._places = threading.BoundedSemaphore(bounds.processes)
        self._finalizer = weakref.finalize(self, _end, self._idle)

    def close(self) -> None:
        """End all children that are not at work."""
        _end(self._idle)

    def compile(self, job: "Job") -> None:
        """Have a stylesheet compiled and kept.

        Raises:
            CompileFailed: it can't be, or takes too much.
        """
        try:
            with self._child() as child:
                child.compile(job, self._bounds.compile_seconds)
        except EvaluationFailed as failed:
            raise CompileFailed([(None, str(failed))]) from None

    def run(self, job: "Job", document: bytes, parameters: Parameters) -> str:
        """The answer of a stylesheet about a document.

        Raises:
            EvaluationFailed: there was none, or it took too much.
        """
        try:
            return self._run(job, document, parameters)
        except _Died:
            # Perhaps of something that has nothing to do with this document: once more, with another child.
            return self._run(job, document, parameters)

    def _run(self, job: "Job", document: bytes, parameters: Parameters) -> str:
        seconds = self._bounds.run_seconds + self._bounds.seconds_per_megabyte * len(document) / 1_000_000
        with self._child() as child:
            try:
                answer = child.run(job, document, parameters, seconds)
                if answer is None:
                    child.compile(job, self._bounds.compile_seconds)
                    answer = child.run(job, document, parameters, seconds)
            except CompileFailed as failed:
                raise EvaluationFailed(type(failed).__name__) from None
        if answer is None:
            raise EvaluationFailed("forgotten")
        return answer

    @contextmanager
    def _child(self) -> "Iterator[_Judge]":
        """A child for one thread alone. One that fails is ended and not used again."""
        with self._places:
            child = self._living()
            try:
                yield child
            except (EvaluationFailed, CompileFailed):
                self._keep(child)
                raise
            except BaseException:
                child.end()
                raise
            self._keep(child)

    def _living(self) -> "_Judge":
        while self._idle:
            try:
                child = self._idle.pop()
            except IndexError:
                break
            if child.is_alive:
                return child
            child.end()
        try:
            return _Judge(self._bounds)
        except OSError as error:
            raise EvaluationFailed(type(error).__name__) from None

    def _keep(self, child: "_Judge") -> None:
        if child.is_alive:
            self._idle.append(child)
        else:
            child.end()


@dataclass(frozen=True, slots=True)
class Job:
    """A stylesheet for children."""

    binding: Binding
    text: str
    key: str

    @classmethod
    def of(cls, binding: Binding, text: str) -> "Job":
        """With its check sum as the key."""
        return cls(binding, text, sha256(f"{binding}\n{text}".encode()).hexdigest())


class _Died(EvaluationFailed):
    """A child ended without an answer."""


class _Judge:
    """One child that runs stylesheets."""

    def __init__(self, bounds: Bounds) -> None:
        self._wall_factor = bounds.wall_factor
        self._child = Child("schemas.schematron.child", str(bounds.memory))

    @property
    def is_alive(self) -> bool:
        return self._child.is_alive

    def compile(self, job: Job, seconds: float) -> None:
        engine = "libxslt" if job.binding == "xslt1" else "saxon"
        match self._ask({"compile": job.key, "engine": engine, "text": job.text}, seconds):
            case {"compiled": True}:
                return
            case {"causes": list() as found}:
                causes: list[Cause] = [(line, str(text)) for line, text in found]
                raise CompileFailed(causes)
            case _:
                raise EvaluationFailed("answer")

    def run(self, job: Job, document: bytes, parameters: Parameters, seconds: float) -> str | None:
        """The answer; None where the stylesheet must be compiled first."""
        match self._ask({"run": job.key, "parameters": dict(parameters)}, seconds, document):
            case {"answer": str(answer)}:
                return answer
            case {"unknown": True}:
                return None
            case {"failed": str(cause)}:
                raise EvaluationFailed(cause)
            case _:
                raise EvaluationFailed("answer")

    def end(self) -> None:
        self._child.end()

    def _ask(self, request: Mapping[str, object], seconds: float, *documents: bytes) -> object:
        """`seconds`: of processor time."""
        order = json.dumps({**request, "seconds": seconds}).encode()
        try:
            return self._child.ask(order, *documents, seconds=seconds * self._wall_factor)
        except ChildEnded as ended:
            failed = EvaluationFailed("time") if ended.out_of_time else _Died("died")
            raise failed from None


class Remote:
    """Implements `Engine` with workers."""

    def __init__(self, stylesheet: Stylesheet, workers: Workers) -> None:
        self._job = Job.of(stylesheet.binding, stylesheet.text)
        self._workers = workers

    def warm(self) -> None:
        self._workers.compile(self._job)

    def run(self, root: Node, parameters: Parameters) -> str:
        # Not the bytes that came: what passed the door, without comments, is what is judged.
        return self._workers.run(self._job, etree.tostring(root, encoding="UTF-8"), parameters)


def _end(children: "deque[_Judge]") -> None:
    while children:
        children.pop().end()
