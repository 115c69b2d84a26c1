"""Builders: domain values with sensible defaults, so that a test names only what it is about."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from uuid_utils import uuid4, uuid7

from gateway.core.delivery import Ticket
from gateway.core.message import (
    DeliveryId,
    Kommunikationspartner,
    Message,
    MessageId,
    MessageKind,
    Nachrichtenkopf,
)
from gateway.core.tenants import Booking, Destination, Directory, Portal, Tenant

NOON = datetime(2026, 11, 2, 11, 0, tzinfo=UTC)
"""12 o'clock in Berlin, in winter time."""

ANMELDUNG = MessageKind(
    "ab-meldewesen", "1.0", "meldewesen.anmeldung.0101", "registration/anmeldung", "99115005104000"
)
ZOSSEN = "ags:12072477"
PORTAL = "psw:01003110"


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, moment: datetime = NOON) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def advance(self, by: timedelta) -> None:
        self.moment += by


def a_kopf(
    *, uuid: str | None = None, leser: str = ZOSSEN, autor: str = PORTAL, test: bool = False
) -> Nachrichtenkopf:
    return Nachrichtenkopf(
        nachrichten_uuid=uuid or str(uuid4()),
        nachrichtentyp="0101",
        erstellungszeitpunkt="2026-11-02T12:00:00+01:00",
        leser=Kommunikationspartner(leser, "DVDV"),
        autor=Kommunikationspartner(autor, "DVDV"),
        test=test,
    )


def a_message(
    *,
    content: bytes = b"<m/>",
    kind: MessageKind = ANMELDUNG,
    kopf: Nachrichtenkopf | None = None,
    tenant: str = "zossen",
    portal: str = "landesportal",
    received_at: datetime = NOON,
) -> Message:
    return Message(
        id=MessageId(str(uuid7())),
        tenant=tenant,
        portal=portal,
        kind=kind,
        kopf=kopf or a_kopf(),
        content=content,
        sha256=sha256(content).hexdigest(),
        received_at=received_at,
    )


def a_ticket(*, destination: str = "einwohner", attempt: int = 1) -> Ticket:
    return Ticket(DeliveryId(str(uuid7())), attempt, destination)


def a_portal(
    *,
    autoren: tuple[str, ...] = (PORTAL,),
    tenants: tuple[str, ...] = ("*",),
    services: tuple[str, ...] = ("*",),
) -> Portal:
    return Portal("landesportal", autoren, tenants, services)


def a_directory(*bookings: Booking, ags: tuple[str, ...] = ("12072477",)) -> Directory:
    return Directory(
        [Tenant("zossen", "Stadt Zossen", ags, bookings)], [Destination("einwohner", "registration")]
    )
