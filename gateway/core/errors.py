"""The error tree.

    AmtsboteError
    |-- Refused                  a submission is not accepted; carries every Refusal at once
    |   (raised by the schemas door and by intake, mapped to HTTP by the API)
    |-- Unavailable              something we need does not answer; the caller may try again
    |   |-- StoreUnavailable     the store can't commit (down, disk full, timed out)
    |   `-- BrokerUnavailable    the broker can't confirm (down, blocked, timed out)
    |-- ParcelTooLarge           a parcel is larger than its pickup ever takes
    |-- ConfigurationInvalid     the configuration contradicts itself; carries every Problem
    |-- NotFound                 no such message, delivery, key or destination for whoever asks
    |-- TooManyReplies           a system has sent more for a delivery than is kept
    |-- NotReplayable            a delivery is not in a state from which it can be replayed
    `-- ForbiddenTransition      a change of state that the table does not allow: a bug

An adapter raises none of these: it returns an `Outcome`.
"""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gateway.core.document import Document
from gateway.core.refusal import Refusal


class AmtsboteError(Exception):
    """Root of all errors that the gateway raises on purpose."""


class Refused(AmtsboteError):
    """A submission is not accepted, for one reason or for several."""

    def __init__(self, *refusals: Refusal, document: Document | None = None) -> None:
        """`document` is what was refused, where it could be opened."""
        super().__init__(", ".join(refusal.code for refusal in refusals))
        self.refusals = refusals
        self.document = document


class Unavailable(AmtsboteError):
    """Something that we need does not answer; nothing was accepted, the caller may try again."""

    retry_after = timedelta(seconds=5)


class StoreUnavailable(Unavailable):
    """The store can't make anything durable now."""


class BrokerUnavailable(Unavailable):
    """The broker does not confirm now. What was published may or may not have arrived."""


class ParcelTooLarge(AmtsboteError):
    """A parcel is larger than its pickup ever takes: trying again is of no use."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of the configuration: where it is and what to do about it, in German and English."""

    file: str
    line: int | None
    de: str
    en: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.de} / {self.en}"


@dataclass(frozen=True, slots=True)
class SettingFault:
    """What is wrong with a destination, before anybody looks up in which file it stands."""

    place: tuple[str | int, ...]
    """The setting, as a path from the destination's table."""
    de: str
    en: str
    file: Path | None = None
    """A file of its own that the destination names, where the fault is in there: `place` is then meant from its top."""


class ConfigurationInvalid(AmtsboteError):
    """The configuration can't be used; every fault found is named."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class NotFound(AmtsboteError):
    """There is no such thing, or none that the asking party may see."""


class TooManyReplies(AmtsboteError):
    """A specialist system has sent more documents for one delivery, or larger ones, than are kept of it."""


class NotReplayable(AmtsboteError):
    """A delivery can't be replayed from the state in which it is."""

    def __init__(self, state: str) -> None:
        super().__init__(f"a delivery in state {state!r} can't be replayed this way")
        self.state = state


class ForbiddenTransition(AmtsboteError):
    """A change of state that the transition table does not allow."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"no delivery goes from '{before}' to '{after}'")
        self.before, self.after = before, after
