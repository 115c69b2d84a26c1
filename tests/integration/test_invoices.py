"""An incoming invoice (XRechnung in UBL): routed by its Leitweg-ID, and passed on byte for byte over every wire."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import httpx
import orjson
import pytest
from lxml import etree

from gateway import bootstrap, commands
from gateway.core.acts import AddKey
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.security import keys
from gateway.testing import http, serving, wire
from gateway.testing.wire import Wire
from schemas.packages.install import install
from schemas.packages.order import Order
from tests.builders import NOON
from tests.unit.adapters.sftp_server import Served, sftp_server
from tests.unit.adapters.test_soap_foreign import WSDL, XML_12, envelope, ergebnis
from tests.unit.adapters.xta_service import XtaService

PACKAGE = Path(__file__).parents[1] / "corpus" / "rechnung" / "schema"
LEITWEG_ID = "120720477477-ZOSSEN01-04"
PATIENCE = 90.0

pytestmark = pytest.mark.timeout(240)

# All that a reader and a writer of XML would make something else of: a mark of the byte order, another prefix, quotes,
# ends of lines, a comment, an instruction, references of characters, blanks, a document within.
INVOICE = (
    b"\xef\xbb\xbf<?xml version='1.0'  encoding=\"utf-8\" standalone='yes'?>\r\n"
    b"<!-- Rechnung -->\r\n<?druck breit?>\r\n"
    b"<u:Invoice xmlns:u='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'\r\n"
    b"   xmlns:b='urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2'\r\n"
    b"   xmlns:unbenutzt='urn:unbenutzt'\r\n"
    b"   xmlns:a='urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2' >\r\n"
    b"  <b:ID>R&#x2D;2026/17</b:ID><b:IssueDate>2026-11-02</b:IssueDate>\r\n"
    + "  <b:Note><![CDATA[Straße & Hof, Chóśebuz]]></b:Note>\r\n".encode()
    + f"  <b:BuyerReference>{LEITWEG_ID}</b:BuyerReference>\r\n".encode()
    + b"  <a:AdditionalDocumentReference><b:ID>1</b:ID><b:EmbeddedDocumentBinaryObject>\r\nJVBERi0x\r\nLjcK\r\n"
    b"</b:EmbeddedDocumentBinaryObject></a:AdditionalDocumentReference>\r\n"
    b"  <a:AccountingSupplierParty><a:Party><b:EndpointID>rechnung@handwerk.example</b:EndpointID>"
    b"<b:Name>Tischlerei Nowak &amp; T\xc3\xb6chter</b:Name></a:Party></a:AccountingSupplierParty>\r\n"
    b"  <b:PayableAmount currencyID = 'EUR' >119.00</b:PayableAmount>\r\n</u:Invoice>\r\n\r\n"
)

MAPPING = """
[[kinds]]
root = "Invoice"
operation = "NeuerFall"

[kinds.fields]
"Kopf/Kennung" = "$delivery"
"Kopf/Mandant" = "$tenant"
"Halter/Name" = { path = "AccountingSupplierParty/Party/Name" }
"Original" = "$document"
"""


@dataclass
class Town:
    """A gateway with one system on every wire, and a portal that passes on invoices of anybody."""

    portal: httpx.AsyncClient
    system: httpx.AsyncClient
    rest: Wire
    soap: Wire
    xta: XtaService
    folder: Path
    sftp: Served

    async def post(self, content: bytes) -> httpx.Response:
        """As a portal does."""
        headers = {"Content-Type": "application/xml"}
        return await self.portal.post("/v1/messages", content=content, headers=headers)

    async def ended(self, message: str) -> dict[str, str]:
        """State of each delivery, once nothing is under way."""
        async with asyncio.timeout(PATIENCE):
            while True:
                deliveries = (await self.portal.get(f"/v1/messages/{message}")).json()["deliveries"]
                states = {each["destination"]: each["state"] for each in deliveries}
                if not {"queued", "claimed"} & set(states.values()):
                    return states
                await asyncio.sleep(0.1)


@asynccontextmanager
async def a_town(folder: Path) -> AsyncIterator[Town]:
    async with AsyncExitStack() as stack:
        rest, soap = [await stack.enter_async_context(wire()) for _ in range(2)]
        xta = await stack.enter_async_context(serving(XtaService()))
        (folder / "server").mkdir()
        files = await stack.enter_async_context(sftp_server(folder / "server"))
        rest.say(http(201, '{"id": "R-1"}'))
        soap.say(http(200, envelope(ergebnis("gebucht")), XML_12))
        config = _configuration(folder, rest, soap, xta, files)
        order = Order(str(PACKAGE), (), (), "rechnung", "1.0", "2026-01-01", into="")
        done = await asyncio.to_thread(install, order, folder / "var" / "schemas", [commands.BUNDLES])
        draft = done.folder / "bundle.toml"
        # What a person completes: what municipalities book.
        draft.write_text(draft.read_text().replace('"rechnung/invoice"', '"finance/eingangsrechnung"'))
        configuration = commands.configure(config, {})
        await commands.upgrade_store(configuration)
        gateway = await stack.enter_async_context(bootstrap.running(configuration))
        clients = []
        for holder in (Portal("portal", ("*",)), SpecialistSystem("abholer", ("abholung",))):
            key = keys.generate()
            await gateway.store.perform(AddKey(key.id, key.secret_hash, holder, "operator:test"), NOON)
            headers = {"Authorization": f"Bearer {key.reveal()}"}
            client = httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=PATIENCE)
            clients.append(await stack.enter_async_context(client))
        portal, system = clients
        yield Town(portal, system, rest, soap, xta, folder / "eingang", files)


def _configuration(folder: Path, rest: Wire, soap: Wire, xta: XtaService, files: Served) -> Path:
    (folder / "tenants").mkdir()
    (folder / "eingang").mkdir()
    (folder / "rechnung.toml").write_text(MAPPING, encoding="utf-8")
    wires: dict[str, tuple[str, dict[str, object]]] = {
        "dienst": ("rest", {"url": rest.url, "body": "document", "receipt": "id"}),
        "ordner": ("files", {"folder": str(folder / "eingang"), "confirms": False}),
        "server": ("sftp", {**files.settings(), "folder": "/", "confirms": False}),
        "seife": (
            "soap",
            {"url": soap.url, "wsdl": str(WSDL), "port": "Neu", "receipt": "Ergebnis/Fallnummer"},
        ),
        "postfach": (
            "xta",
            {
                "url": xta.url,
                "author": "ags:12072477",
                "reader": "rechnungseingang",
                "service": "urn:dienst",
                "message_types": {"uri": "urn:liste", "version": "1"},
                "confirmed": "handed-over",
            },
        ),
        "abholung": ("pickup", {}),
    }
    tenant = f"""name = "Zossen"
ags = ["12072477"]
leitweg_ids = ["{LEITWEG_ID}"]

[[bookings]]
service = "finance/eingangsrechnung"
destinations = {orjson.dumps(list(wires)).decode()}
"""
    for name, (transport, settings) in wires.items():
        payload = "rechnung.toml" if transport == "soap" else "original"
        tenant += f'\n[destinations.{name}]\nadapter = "finance"\ntransport = "{transport}"\npayload = "{payload}"\n'
        for key, value in settings.items():
            said = (
                f'{{ uri = "{value["uri"]}", version = "{value["version"]}" }}'
                if isinstance(value, dict)
                else orjson.dumps(value).decode()
            )
            tenant += f"settings.{key} = {said}\n"
    (folder / "tenants" / "zossen.toml").write_text(tenant, encoding="utf-8")
    file = folder / "amtsbote.toml"
    file.write_text(
        'data_folder = "var"\n[store]\nurl = "sqlite:///var/amtsbote.db"\ndisk_floor_mb = 0\n'
        '[broker]\nurl = "embedded"\n[http]\nport = 0\n',
        encoding="utf-8",
    )
    return file


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def the_file(folder: Path) -> bytes:
    (payload,) = folder.glob("[!.]*.xml")
    (control,) = folder.glob("[!.]*.ctl")
    content = payload.read_bytes()
    assert orjson.loads(control.read_bytes())["sha256"] == digest(content)
    return content


async def test_an_invoice_arrives_byte_for_byte_over_every_wire(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town:
        answer = await town.post(INVOICE)
        assert answer.status_code == 202, answer.text
        again = await town.post(INVOICE)
        assert again.json() == answer.json()

        states = await town.ended(answer.json()["id"])

        assert states.pop("abholung") == "pending"
        assert set(states.values()) == {"delivered"}, states
        (posted,) = [each for each in town.rest.requests if each.method == "POST"]
        (called,) = town.soap.requests
        parcels = (await town.system.post("/v1/pickup/abholung/lease", json={})).json()["parcels"]
        arrived = {
            "rest": posted.body,
            "files": the_file(town.folder),
            "sftp": the_file(town.sftp.root),
            "soap": b64decode(etree.fromstring(called.body).findtext(".//{urn:fremd:kasse}Original") or ""),
            "xta": next(iter(town.xta.contents.values())),
            "pickup": b64decode(parcels[0]["body"]),
        }
        assert {name: digest(content) for name, content in arrived.items()} == dict.fromkeys(
            arrived, digest(INVOICE)
        )
        assert (
            etree.fromstring(called.body).findtext(".//{urn:fremd:kasse}Name") == "Tischlerei Nowak & Töchter"
        )


async def test_an_invoice_for_nobody_here_is_refused(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town:
        other = INVOICE.replace(LEITWEG_ID.encode(), b"04011000-900X999-08")
        answer = await town.post(other)
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown-recipient")
        assert town.rest.requests == []
