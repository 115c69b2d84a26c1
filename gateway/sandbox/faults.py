"""Faults: the ways in which the sandbox's systems misbehave, and the rules that say when."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from gateway.sandbox.journal import Arrival
from gateway.sandbox.systems import FOLDERS, HTTP, WAYS, System, Way


class Fault(StrEnum):
    """The ways to misbehave."""

    DELAY = "delay"
    """Takes `seconds` longer, then all is well."""
    ERROR_500 = "error-500"
    """An internal error, in the words of the system's own protocol."""
    UNAVAILABLE_503 = "unavailable-503"
    """Not now; asks with Retry-After to come again in `seconds`."""
    STATUS = "status"
    """A bare answer with the HTTP `status`: 401, 403, 404, 409, 429 or any other."""
    REFUSE = "refuse"
    """The system looks at the message and refuses it for good."""
    CUT = "cut"
    """The connection ends: without a single byte of an answer, or `during` it."""
    STALL = "stall"
    """Neither answers (or, `during`, answers on) nor hangs up for `seconds`; then the connection ends."""
    ERROR_IN_200 = "error-in-200"
    """An error of the system under the status of a success."""
    NO_RECEIPT = "no-receipt"
    """A success without the receipt that is owed."""
    HTML = "html"
    """An HTML page of a proxy with `status` instead of the system's answer."""
    WRONG_TYPE = "wrong-content-type"
    """The true answer under a content type that is not its own."""
    REDIRECT = "redirect"
    """Sends the caller to another address with `status`."""
    TOO_LARGE = "answer-too-large"
    """The true answer, followed by `size` bytes of blanks."""
    FORGET = "forget"
    """Does not recognise a repetition: it has another effect."""
    RECEIPT_TWICE = "receipt-twice"
    """The receipt that follows later comes twice."""
    RECEIPT_NEVER = "receipt-never"
    """The receipt that follows later never comes."""
    RECEIPT_LATE = "receipt-late"
    """The receipt that follows later comes `seconds` later."""
    FOLDER_FULL = "folder-full"
    """There is no space in the folder for `seconds`."""
    FOLDER_NOT_WRITABLE = "folder-not-writable"
    """Nobody may write into the folder for `seconds`."""


class When(StrEnum):
    """Whether the message had its effect when the fault shows."""

    BEFORE = "before"
    """It had none."""
    DURING = "during"
    """It had, and half of the answer is on its way. Without an answer: half of the work is done."""
    AFTER = "after"
    """It had, and nothing of the answer is on its way: this is what makes doubles."""


ANSWERS = frozenset(
    {
        Fault.ERROR_500,
        Fault.UNAVAILABLE_503,
        Fault.STATUS,
        Fault.ERROR_IN_200,
        Fault.NO_RECEIPT,
        Fault.HTML,
        Fault.WRONG_TYPE,
        Fault.REDIRECT,
        Fault.TOO_LARGE,
    }
)
"""What only a system can do that is called over HTTP."""
FOLDER = frozenset({Fault.FOLDER_FULL, Fault.FOLDER_NOT_WRITABLE})
"""What only a folder can be."""
RECEIPT = frozenset({Fault.RECEIPT_TWICE, Fault.RECEIPT_NEVER, Fault.RECEIPT_LATE})
"""What only a system can do that confirms later."""

SECONDS: Mapping[Fault, float] = {Fault.STALL: 300.0, Fault.UNAVAILABLE_503: 5.0, Fault.RECEIPT_LATE: 5.0}
"""How long a fault lasts where its rule does not say; any other 1."""
STATUSES: Mapping[Fault, int] = {Fault.HTML: 502, Fault.REDIRECT: 307, Fault.STATUS: 409}
"""HTTP status of a fault where its rule does not say."""


def shown_on(way: Way) -> frozenset[Fault]:
    """The faults that a system can show on this way."""
    faults = frozenset(Fault)
    if way not in HTTP:
        faults -= ANSWERS
    if way not in FOLDERS:
        faults -= FOLDER
    return faults


class FaultRule(BaseModel):
    """When one system misbehaves, how and how often."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    system: System
    fault: Fault
    way: Way | None = None
    """On which of the system's ways; null: on all that can show the fault."""
    match: str = ""
    """Part of the delivery's id or of its kind; empty matches all."""
    times: Annotated[int, Field(ge=1)] | None = 1
    """How often; null, or 0 where there is no null: until the rule is removed."""
    after: Annotated[int, Field(ge=0)] = 0
    """Matching arrivals that are left alone first."""
    every: Annotated[int, Field(ge=1)] = 1
    """Then strikes every one (1), every second one (2) ..."""
    share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Then strikes this share of what is left, drawn with `seed`."""
    seed: int = 0
    """The same seed draws the same."""
    per: Literal["rule", "delivery"] = "rule"
    """Whether `times`, `after` and `every` count all matching arrivals, or those of each delivery alone."""
    when: When = When.BEFORE
    seconds: Annotated[float, Field(ge=0, le=86_400)] | None = None
    """Default: delay 1, unavailable-503 5, receipt-late 5, stall 300; a folder stays so until it is removed."""
    retry_after: Literal["seconds", "date"] = "seconds"
    """How unavailable-503 names the time: both are HTTP."""
    status: Annotated[int, Field(ge=200, le=599)] | None = None
    """HTTP status. Default: html 502, redirect 307, status 409."""
    size: Annotated[int, Field(ge=1, le=100_000_000)] = 2_000_000
    """Bytes of answer-too-large."""

    @property
    def duration(self) -> float:
        """Seconds that this fault lasts or asks to wait."""
        return SECONDS.get(self.fault, 1.0) if self.seconds is None else self.seconds

    @property
    def http_status(self) -> int:
        """The status of an answer by this rule."""
        return self.status or STATUSES.get(self.fault, 200)

    @property
    def strikes_folders(self) -> bool:
        """Whether it says how a folder is, not what becomes of an arrival."""
        return self.fault in FOLDER

    def matches(self, arrival: Arrival) -> bool:
        """Whether the rule speaks of this arrival."""
        return (
            self.system is arrival.system
            and self.way in {None, arrival.way}
            and self.fault in shown_on(arrival.way)
            and (self.match in arrival.delivery or self.match in (arrival.kind or ""))
        )

    @field_validator("times", mode="before")
    @classmethod
    def _without_end(cls, value: object) -> object:
        return None if value in {0, "0"} else value

    @model_validator(mode="after")
    def _possible(self) -> Self:
        ways = WAYS[self.system] if self.way is None else WAYS[self.system] & {self.way}
        if not ways:
            raise ValueError(f"{self.system} knows the ways {', '.join(sorted(WAYS[self.system]))}")
        possible = frozenset[Fault]().union(*map(shown_on, ways))
        if self.fault not in possible:
            raise ValueError(f"{self.system} can show only {', '.join(sorted(possible))}")
        return self


class _FaultFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[FaultRule]


def load_faults(path: Path) -> list[FaultRule]:
    """Read rules from a TOML file of `[[faults]]` tables.

    Raises:
        ValueError: the file is no TOML, or a rule in it is wrong.
    """
    return _FaultFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8"))).faults
