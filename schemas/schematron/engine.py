"""Engine: what runs a stylesheet, be it in this process or in one of its own."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.schematron.model import Place
from schemas.schematron.stylesheet import Stylesheet
from schemas.view import Node

Parameters = Mapping[str, str | bool]
Cause = tuple[int | None, str]
"""A line of the stylesheet, where it is known, and what is wrong there. Never content of a document."""


class Engine(Protocol):
    """One stylesheet, ready for work. Safe to use from any number of threads."""

    def warm(self) -> None:
        """Compile, so that no document waits for it.

        Raises:
            CompileFailed: the stylesheet can't be compiled.
        """
        ...

    def run(self, root: Node, parameters: Parameters) -> str:
        """The stylesheet's answer about a document; see `Stylesheet`.

        Raises:
            EvaluationFailed: it ended without one.
        """
        ...


class CompileFailed(Exception):
    """A stylesheet can't be compiled."""

    def __init__(self, causes: Sequence[Cause]) -> None:
        super().__init__("; ".join(cause for _, cause in causes))
        self.causes = causes

    def named(self, stylesheet: Stylesheet) -> ConfigurationInvalid:
        """The same as faults of the schema, one for each place in it: what has none belongs to the others."""
        origins = [stylesheet.origin(line) for line, _ in self.causes]
        places = dict.fromkeys(place for place in origins if place is not None)
        text = "; ".join(dict.fromkeys(cause for _, cause in self.causes))
        de, en = f"Die Regel lässt sich nicht übersetzen: {text}", f"does not compile: {text}"
        return ConfigurationInvalid(
            *(Problem(place.file, place.line, de, en) for place in places or [Place(stylesheet.file, None)])
        )


class EvaluationFailed(Exception):
    """A stylesheet gave no answer about a document. Its text is the kind of failure."""
