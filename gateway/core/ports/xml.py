"""XML: the only door for it, and what is known about each kind of message."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Protocol

from gateway.core.document import Document
from gateway.core.handbook import Edition, Handbook
from gateway.core.message import Kommunikationspartner
from gateway.core.refusal import Finding, Verdict
from gateway.core.report import Sketch

Deadlines = Callable[[Kommunikationspartner], Mapping[str, int]]
"""The days of the deadlines that a message's reader has set itself, by the names that rules give them."""


def no_deadlines(_leser: Kommunikationspartner) -> Mapping[str, int]:
    """Every recipient goes by the days of the rules."""
    return {}


class Schemas(Protocol):
    """The only door for XML."""

    def open(self, content: bytes) -> Document:
        """Parse safely, identify by exactly one bundle, read the header facts.

        Raises:
            Refused: not well-formed, not UTF-8, DOCTYPE, too deep, unknown or ambiguous kind,
                header facts missing (then together with the schema's findings).
        """
        ...

    def check(self, document: Document, on: date, deadlines: Deadlines = no_deadlines) -> Verdict:
        """Hold a document against its version's validity window on a legal date (Europe/Berlin), against
        its schema, the code lists and the rules of its bundle. `deadlines`: those of its reader, which count
        in place of the days of the rules.
        """
        ...


class IntakeSchemas(Schemas, Protocol):
    """`Schemas` for intake, which answers many portals at once and explains refusals to people."""

    def glance(
        self, content: bytes, on: date, deadlines: Deadlines = no_deadlines
    ) -> tuple[Document, Verdict] | None:
        """What `open` and `check` say, where that takes little time for a small document. None where they have
        to explain what is wrong, or where a bundle has its documents looked at by more than a fast validator:
        then they are asked in a thread, from the start, because a tree belongs to the thread that parsed it.

        Raises:
            Refused: as `open` does, without findings.
        """
        ...

    def sketch(self, content: bytes, findings: Sequence[Finding]) -> Sketch | None:
        """Draw a document without its values, with the places of findings marked. None where it can't be
        read, or is too large to be looked at.
        """
        ...


class Handbooks(Protocol):
    """What is known about each kind of message, for those who write them."""

    def editions(self) -> Sequence[Edition]:
        """The handbooks that there are, one for each kind."""
        ...

    def handbook(self, edition: Edition) -> Handbook | None:
        """One of them; None where there is no such edition any more. Takes up to a second: not for an event
        loop.
        """
        ...
