"""Line: one way to one system, as an installation has it: a municipality, a service and a kind of message."""

from dataclasses import dataclass
from itertools import count

from gateway.sandbox.systems import System, Way

GIVE_UP_SECONDS, CONFIRM_SECONDS = 25, 25
"""What takes days in an installation takes seconds here."""
NEVER = 1_000_000
"""An open circuit stops the clock of giving up, and tells somebody at once: here each delivery goes its own way."""

_AREAS = {System.CIVIL_STATUS: "civil-status", System.REAL_ESTATE: "real-estate"}
_AGS = (f"120600{number:02}" for number in count(5))


@dataclass(frozen=True)
class Line:
    """One way to one system."""

    key: str
    """Name of its tenant and its destination."""
    name: str
    sample: str
    kind: str
    """Part of the name of the messages' root: by it, system and way the rules of faults match. Lines may share it."""
    system: System
    way: Way
    settings: str
    """Of its destination, as TOML."""
    ags: str
    recognises: bool = True
    """The system recognises a repetition. Where it does not, another one is another effect."""
    silent: bool = False
    """Nobody confirms: no receipt follows."""
    data_centre: bool = False
    """Stands in the installation with PostgreSQL and RabbitMQ, not in the embedded one."""
    quiet: bool = False
    """Its fault is not the sandbox's behaviour: it runs with nothing else going wrong."""

    @property
    def matched(self) -> tuple[System, Way, str]:
        """By what rules of faults match its messages."""
        return (self.system, self.way, self.kind)

    @property
    def configuration(self) -> str:
        """The file of its tenant."""
        return f"""\
name = "{self.name}"
ags = ["{self.ags}"]

[[bookings]]
service = "{_AREAS.get(self.system, str(self.system))}"
destinations = ["{self.key}"]

[destinations.{self.key}]
adapter = "{self.system}"
lease_seconds = 5
attempt_seconds = 10
confirm_within_days = {CONFIRM_SECONDS / 86_400:.6f}
retry.first_seconds = 0.2
retry.longest_minutes = 0.02
retry.give_up_after_days = {GIVE_UP_SECONDS / 86_400:.6f}
breaker.failures = {NEVER}
ask_every_seconds = 1
collect_every_seconds = 1
{"idempotent = true" if self.recognises else ""}
{self.settings}
"""


def line(
    key: str, name: str, sample: str, system: System, way: Way, *settings: str, kind: str = "", **facts: bool
) -> Line:
    """A line in a municipality of its own; `sample` as in `finanzen/sepamandat-klein`."""
    kind = kind or sample.partition("/")[2].partition("-")[0]
    return Line(key, name, sample, kind, system, way, "\n".join(settings), next(_AGS), **facts)
