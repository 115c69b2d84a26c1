"""Document: a parsed message, read by paths. Nothing behind the door for XML sees a parser."""

from collections.abc import Sequence
from typing import Protocol

from gateway.core.message import MessageKind, Nachrichtenkopf


class Element(Protocol):
    """Read-only view of one element. A path is local names joined by `/`, without prefixes
    (`person/name/familienname`); each step matches in any namespace.
    """

    @property
    def name(self) -> str:
        """Local name."""
        ...

    def text(self, path: str = ".") -> str | None:
        """Text of the first element at `path` without surrounding blanks; None where there is none or it is empty."""
        ...

    def one(self, path: str) -> "Element | None":
        """The first element at `path`."""
        ...

    def all(self, path: str) -> "Sequence[Element]":
        """Every element at `path`, in document order."""
        ...

    def attribute(self, name: str) -> str | None:
        """Value of an attribute by its local name."""
        ...


class Document(Protocol):
    """A message that passed the door: safely parsed, and claimed by exactly one bundle."""

    @property
    def content(self) -> bytes:
        """The bytes as received."""
        ...

    @property
    def kind(self) -> MessageKind: ...

    @property
    def kopf(self) -> Nachrichtenkopf: ...

    @property
    def order_key(self) -> str | None:
        """Equal for all messages of one case, and nothing else is told by it; None where there is no case."""
        ...

    @property
    def root(self) -> Element: ...
