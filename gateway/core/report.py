"""Report: what the gateway would say to a message, and the message drawn without its values."""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.core.message import MessageKind
from gateway.core.refusal import Finding, Refusal
from gateway.core.routing import Route


@dataclass(frozen=True, slots=True)
class Report:
    """The answer that a message would get, without being accepted."""

    kind: MessageKind | None
    """None where the message could not be identified."""
    objections: tuple[Refusal, ...] = ()
    """What is wrong with the message itself."""
    obstacles: tuple[Refusal, ...] = ()
    """Why it would not be taken here although it may be sound: sender, recipient, booking."""
    tenant: str | None = None
    destinations: tuple[str, ...] = ()
    """Where it would go; empty unless it would be accepted, or where nobody asked."""
    warnings: tuple[Finding, ...] = ()
    """What is remarkable and never refuses."""

    def on_route(self, routed: Route | tuple[Refusal, ...]) -> "Report":
        """The report, with what routing says."""
        if not isinstance(routed, Route):
            return replace(self, obstacles=routed)
        destinations = () if self.objections else routed.destinations
        return replace(self, tenant=routed.tenant.key, destinations=destinations)

    @property
    def valid(self) -> bool:
        """Whether the message itself is sound."""
        return not self.objections

    @property
    def accepted(self) -> bool | None:
        """Whether it would be accepted; None where nothing speaks against it and nobody asked for its way."""
        return False if self.refusals else bool(self.destinations) or None

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Every reason against it. First what no correction of the message helps against."""
        return self.obstacles + self.objections

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The places of all reasons, then those of the warnings."""
        return tuple(finding for refusal in self.refusals for finding in refusal.findings) + self.warnings


class LineForm(StrEnum):
    """What a line of a sketch shows."""

    OPEN = "open"
    CLOSE = "close"
    WHOLE = "whole"
    """An element without children, on one line."""
    GAP = "gap"
    """Elements that are left out."""


@dataclass(frozen=True, slots=True)
class SketchLine:
    """One line of a drawn document."""

    form: LineForm
    depth: int
    """0 for the root."""
    name: str = ""
    """Of the element, with its prefix."""
    attributes: tuple[tuple[str, str], ...] = ()
    """Names, and the shapes of the values."""
    text: str = ""
    """The shape of the element's own text."""
    findings: tuple[int, ...] = ()
    """Which findings are about this element: their numbers in the list, from 0."""
    hidden: int = 0
    """How many elements a gap stands for."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A document drawn with shapes such as `Aaaa 9999` in place of its values."""

    lines: tuple[SketchLine, ...]
    unplaced: tuple[int, ...] = ()
    """Findings whose place is not among the lines."""
