"""Check: what a look at a destination finds, step by step, without sending anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StepName(StrEnum):
    """What is looked at, in the order in which it is."""

    SETTINGS = "settings"
    """Einstellungen: they fit together, and the adapter can be made of them."""
    SECRETS = "secrets"
    """Geheimnisse: files that the settings take secrets from."""
    FILES = "files"
    """Dateien: whatever else the settings name (WSDL, certificates, layouts)."""
    OWN_CERTIFICATE = "own-certificate"
    """Eigenes Zertifikat: how long it is valid."""
    NAME = "name"
    """Namensauflösung."""
    CONNECTION = "connection"
    """Verbindung: somebody listens there (TCP)."""
    CERTIFICATE = "certificate"
    """TLS: it is agreed on; how long the system's certificate is valid."""
    CREDENTIALS = "credentials"
    """Anmeldung: a token is to be had, a login is taken."""
    FOLDER = "folder"
    """Ordner: it is there and can be written to."""
    SPACE = "space"
    """Platz: what is left in the folder."""
    CALL = "call"
    """Aufruf: one that changes nothing over there."""


class StepResult(StrEnum):
    """How a step went."""

    OK = "ok"
    WARNING = "warning"
    """It works, and somebody should do something."""
    FAILED = "failed"
    SKIPPED = "skipped"
    """Not looked at, for the reason that is given."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one look finds. Its texts hold no secret and nothing that the other side wrote."""

    result: StepResult
    code: str
    """Stable and machine-readable, e.g. `tls-expired`."""
    de: str
    en: str
    days: float | None = None
    """Until a certificate expires, where the look was at one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a check."""

    name: StepName
    finding: Finding
    seconds: float
    """How long it took."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A destination that was looked at."""

    destination: str
    at: datetime
    steps: tuple[Step, ...]

    @property
    def result(self) -> StepResult:
        """The worst of its steps; a skipped one says nothing."""
        return worst(step.finding.result for step in self.steps)


def worst(results: Iterable[StepResult]) -> StepResult:
    """FAILED before WARNING before OK."""
    there = set(results)
    for each in (StepResult.FAILED, StepResult.WARNING):
        if each in there:
            return each
    return StepResult.OK
