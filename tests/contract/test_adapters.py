"""Every adapter of ours, over its real wire, against the contract that is there for everybody's."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from adapters.finance.mapping import MAPPINGS as FINANCE
from adapters.trade.mapping import MAPPINGS as TRADE
from gateway.core.errors import BrokerUnavailable
from gateway.core.message import DeliveryId
from gateway.core.ports import Surroundings
from gateway.core.tenants import Destination
from gateway.testing import (
    DELIVERY,
    AdapterContract,
    Basket,
    HttpSystem,
    Names,
    Request,
    Shelf,
    System,
    http,
    serving,
    surroundings,
)
from tests.unit.adapters.sftp_server import Served, sftp_server
from tests.unit.adapters.test_soap_foreign import WSDL, ergebnis, fault_12
from tests.unit.adapters.test_soap_foreign import envelope as envelope_12
from tests.unit.adapters.xta_service import META, XtaService
from tests.unit.adapters.xta_service import fault as xta_fault

NAMESPACE = 'xmlns="urn:amtsbote:einwohnerdienst:1.0"'


class Fast(HttpSystem):
    """Who waits for an answer that never comes waits two seconds."""

    adapter: str

    def destination(self) -> Destination:
        return Destination("system", self.adapter, {"url": self.wire.url, "read_timeout": 2})

    def samples(self) -> Sequence[Path]:
        return [path for path in super().samples() if path.stem.endswith(("voll", "klein"))]

    def refuses_unknown_kinds(self) -> None: ...


def envelope(body: str) -> str:
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    return f'<s:Envelope xmlns:s="{soap}"><s:Body>{body}</s:Body></s:Envelope>'


def fault(detail: str) -> str:
    return envelope(
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>Frau Geheim</faultstring>"
        f"<detail>{detail}</detail></s:Fault>"
    )


def xml(status: int, body: str) -> bytes:
    return http(status, body, "text/xml; charset=utf-8")


class Einwohnerdienst(Fast):
    area = adapter = "registration"
    receipt = xml(
        200,
        envelope(
            f"<Eingangsbestaetigung {NAMESPACE}><aktenzeichen>EMA-1</aktenzeichen>"
            "<status>angenommen</status></Eingangsbestaetigung>"
        ),
    )
    refusal = xml(500, fault(f"<FachlicherFehler {NAMESPACE}><code>S999</code></FachlicherFehler>"))
    error_inside = xml(200, envelope(f"<Fehlermeldung {NAMESPACE}>Frau Geheim</Fehlermeldung>"))

    def id_of(self, request: Request) -> str:
        inside = re.search(rb"vorgangsId>([^<]+)<", request.body)
        assert inside
        return inside[1].decode()


class Standesamt(Fast):
    area, adapter = "civil-status", "civil_status"
    receipt = http(201, '{"aktenzeichen": "SB-1"}')
    refusal = http(422, '{"code": "Frau Geheim"}')
    error_inside = http(200, '{"fehler": "Frau Geheim"}')


class Kasse(Fast):
    area = adapter = "finance"
    receipt = http(201, '{"kassenzeichen": "KZ-1"}')
    refusal = http(422, '{"code": "Frau Geheim"}')
    error_inside = http(200, '{"fehler": "Frau Geheim"}')


class Unseen(Fast):
    """A treasury system that no adapter was written for, attached by settings and a mapping file."""

    area = adapter = "finance"
    transport: str
    says: ClassVar[Mapping[str, object]]

    def destination(self) -> Destination:
        (self.folder / "kasse.toml").write_text("\n".join(map(MAPPING.format, FINANCE)), encoding="utf-8")
        settings = {"url": self.wire.url, "read_timeout": 2, **self.says}
        return Destination("kasse", "finance", settings, transport=self.transport, payload="kasse.toml")


MAPPING = """\
[[kinds]]
root = "{}"
operation = "NeuerFall"
[kinds.fields]
"Kopf/Kennung" = "$delivery"
"Kopf/Mandant" = "$ags"
"Halter/Name" = {{ path = "halter/person/natuerlichePerson/name/familienname", default = "unbekannt" }}
"""


def soap_12(status: int, body: str) -> bytes:
    return http(status, body, "application/soap+xml; charset=utf-8")


class UnseenSoap(Unseen):
    transport = "soap"
    says: ClassVar = {
        "wsdl": str(WSDL),
        "port": "Neu",
        "receipt": "Ergebnis/Fallnummer",
        "status": "Ergebnis/Stand",
        "delivered": ["gebucht"],
    }
    receipt = soap_12(200, envelope_12(ergebnis("gebucht")))
    refusal = soap_12(400, fault_12("Sender"))
    error_inside = soap_12(200, envelope_12(ergebnis("etwas Neues")))

    def id_of(self, request: Request) -> str:
        inside = re.search(rb"Kennung>([^<]+)<", request.body)
        assert inside
        return inside[1].decode()


class UnseenRest(Unseen):
    transport = "rest"
    says: ClassVar = {"answers": "xml", "receipt": "fall/nummer"}
    receipt = xml(201, "<antwort><fall><nummer>F-1</nummer></fall></antwort>")
    refusal = xml(422, "<fehler>Frau Geheim</fehler>")
    error_inside = xml(200, "<antwort><fall>Frau Geheim</fall></antwort>")


class Gewerberegister(System):
    area = "trade"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.inbox = folder / "eingang"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        self.inbox.mkdir()
        (self.folder / "ausgang").mkdir()
        yield

    def destination(self) -> Destination:
        return Destination("register", "trade", {"folder": "eingang", **ANSWERS})

    def leave_a_word(self, delivery: DeliveryId) -> None:
        receipt = f'{{"delivery": "{delivery}", "status": "accepted"}}'
        (self.folder / "ausgang" / f"{delivery}.json").write_text(receipt)
        (self.folder / "ausgang" / f"{delivery}.ok").touch()

    def arrivals(self) -> Sequence[str]:
        return [path.stem.partition("-")[2] for path in self.inbox.glob("*.ctl")]

    def refuse(self) -> None:
        for vordruck in TRADE.values():
            (self.inbox / f"{vordruck.art}-{DELIVERY}.xml").write_bytes(b"of somebody else")

    def go_away(self) -> None:
        self.inbox.rmdir()

    def refuses_unknown_kinds(self) -> None: ...


class GewerberegisterOverSftp(Gewerberegister):
    """The same folder, behind a real SFTP server."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.server = Served(folder)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with super().running(), sftp_server(self.folder) as self.server:
            yield

    def destination(self) -> Destination:
        settings = {**self.server.settings(), "folder": "eingang", **ANSWERS}
        return Destination("register", "trade", settings, transport="sftp")


class Stapelkasse(System):
    """Takes a batch: what is collected for it has arrived as far as the adapter goes."""

    area = "finance"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.basket = Basket()
        (folder / "layout.toml").write_text(STAPEL)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        (self.folder / "kasse").mkdir()
        (self.folder / "ausgang").mkdir()
        yield

    def destination(self) -> Destination:
        settings = {"layout": self.folder / "layout.toml", "folder": "kasse", **ANSWERS}
        return Destination("kasse", "finance", settings, transport="batch", idempotent=True)

    def surroundings(self) -> Surroundings:
        return surroundings(self.folder, basket=self.basket)

    def arrivals(self) -> Sequence[str]:
        return list(self.basket.items)

    def be_busy(self) -> None:
        self.basket.error = BrokerUnavailable()

    def leave_a_word(self, delivery: DeliveryId) -> None:
        receipt = f'{{"delivery": "{delivery}", "status": "refused", "reason": "iban"}}'
        (self.folder / "ausgang" / f"{delivery}.json").write_text(receipt)
        (self.folder / "ausgang" / f"{delivery}.ok").touch()

    def refuses_unknown_kinds(self) -> None: ...


ANSWERS = {"answers_folder": "ausgang", "answers_marker": ".ok"}
STAPEL = """\
form = "csv"
[[records]]
columns = [{ name = "vorgang", source = "vorgangsId", required = true }]
"""


class Liegenschaftsamt(System):
    area = "real-estate"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.shelf = Shelf()

    def destination(self) -> Destination:
        return Destination("amt", "real_estate")

    def surroundings(self) -> Surroundings:
        return surroundings(self.folder, self.shelf)

    def arrivals(self) -> Sequence[str]:
        return self.shelf.deliveries()

    def be_busy(self) -> None:
        self.shelf.error = BrokerUnavailable()

    def go_away(self) -> None:
        self.shelf.error = BrokerUnavailable()

    def refuses_unknown_kinds(self) -> None: ...


class StandesamtOverXta(System):
    """A register office behind an XTA service, which remembers what it has taken."""

    area = "civil-status"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.service = XtaService()
        self.names = Names()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with serving(self.service):
            yield

    def destination(self) -> Destination:
        settings = {
            "url": self.service.url,
            "mailbox_url": self.service.url,
            "author": "ags:12052000",
            "service": "urn:dienst",
            "message_types": {"uri": "urn:liste", "version": "1"},
            "confirmed": "handed-over",
        }
        return Destination("standesamt", "civil_status", settings, transport="xta")

    def surroundings(self) -> Surroundings:
        return surroundings(self.folder, names=self.names)

    def arrivals(self) -> Sequence[str]:
        return [order.findtext(f".//{META}Requester") or "" for order in self.service.orders.values()]

    def leave_a_word(self, delivery: DeliveryId) -> None:
        self.service.send(1, delivery)

    def refuse(self) -> None:
        self.service.instead["SendMessage"] = [xta_fault("ParameterIsNotValidException", "9022")]

    def be_busy(self) -> None:
        self.service.instead["SendMessage"] = [http(503, Retry_After="120")]

    def go_away(self) -> None:
        self.service.hang_up_for_good()

    def refuses_unknown_kinds(self) -> None: ...


class TestRegistration(AdapterContract):
    system = Einwohnerdienst


class TestCivilStatus(AdapterContract):
    system = Standesamt


class TestFinance(AdapterContract):
    system = Kasse


class TestFinanceInBatches(AdapterContract):
    system = Stapelkasse


class TestUnseenSoap(AdapterContract):
    system = UnseenSoap


class TestUnseenRest(AdapterContract):
    system = UnseenRest


class TestTrade(AdapterContract):
    system = Gewerberegister


class TestTradeOverSftp(AdapterContract):
    system = GewerberegisterOverSftp


class TestRealEstate(AdapterContract):
    system = Liegenschaftsamt


class TestCivilStatusOverXta(AdapterContract):
    system = StandesamtOverXta
