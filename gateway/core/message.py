"""Message: the facts about a submission that are fixed at intake and never change."""

from dataclasses import dataclass
from datetime import datetime
from typing import NewType

MessageId = NewType("MessageId", str)
"""The gateway's own id of a message: a UUID of version 7, lower case with hyphens."""

DeliveryId = NewType("DeliveryId", str)
"""The id of one (message, destination): a UUID of version 7, lower case with hyphens."""


@dataclass(frozen=True, slots=True)
class MessageKind:
    """What a message is: exactly one schema bundle claims its namespace, root and version.

    `service` names what a municipality books, `area/kind`, e.g. `registration/anmeldung`.
    `leistung` is the 14-digit Leistungsschluessel (LeiKa/FIM) where there is one.
    """

    standard: str
    version: str
    root: str
    service: str
    leistung: str | None = None

    @property
    def area(self) -> str:
        """The area of administration, the part of `service` before the slash."""
        return self.service.partition("/")[0]


@dataclass(frozen=True, slots=True)
class Kommunikationspartner:
    """`leser` or `autor` of a Nachrichtenkopf: an entry of a directory service (DVDV)."""

    kennung: str
    """`praefix:kennung`, e.g. `ags:12072477`."""
    verzeichnisdienst: str | None = None

    @property
    def praefix(self) -> str:
        """The part of the Kennung before the colon; empty where there is none."""
        praefix, colon, _ = self.kennung.partition(":")
        return praefix if colon else ""

    @property
    def schluessel(self) -> str:
        """The part of the Kennung behind the colon, e.g. the AGS; the whole where there is none."""
        return self.kennung.partition(":")[2] or self.kennung


@dataclass(frozen=True, slots=True)
class Nachrichtenkopf:
    """The header facts of an XÖV message; where they sit in the document is data of the bundle."""

    nachrichten_uuid: str
    """Identifies the content: a re-send keeps it, a correction gets a new one. Lower case."""
    nachrichtentyp: str
    erstellungszeitpunkt: str
    """As written in the message: the schemas do not enforce a time zone."""
    leser: Kommunikationspartner
    autor: Kommunikationspartner
    test: bool = False
    """The message carries the attribute `test` and must never be processed productively."""


@dataclass(frozen=True, slots=True)
class Message:
    """An accepted submission. `content` is byte for byte what the portal sent."""

    id: MessageId
    tenant: str
    portal: str
    kind: MessageKind
    kopf: Nachrichtenkopf
    content: bytes
    sha256: str
    """Of `content`, 64 lower-case hexadecimal digits."""
    received_at: datetime
    order_key: str | None = None
    """Equal for all messages of one case: a digest, never a value of the message."""
