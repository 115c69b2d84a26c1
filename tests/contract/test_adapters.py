"""Every adapter, over its real wire: what the other side does becomes an outcome, and never an exception."""

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from adapters import catalogue
from adapters.trade.mapping import MAPPINGS as TRADE
from gateway.core.errors import BrokerUnavailable
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.ports import Adapter
from gateway.core.tenants import Destination
from tests.unit.adapters.builders import (
    DELIVERY,
    Shelf,
    a_consignment,
    a_consignment_of,
    an_adapter,
    samples,
    surroundings,
)
from tests.unit.adapters.sftp_server import sftp_server
from tests.unit.adapters.wire import Wire, http, wire

NAMESPACE = 'xmlns="urn:amtsbote:einwohnerdienst:1.0"'
PROXY_PAGE = "<!DOCTYPE html><html><body>Bad Gateway: Frau Geheim</body></html>"


def envelope(body: str) -> str:
    soap = "http://schemas.xmlsoap.org/soap/envelope/"
    return f'<s:Envelope xmlns:s="{soap}"><s:Body>{body}</s:Body></s:Envelope>'


def fault(detail: str) -> str:
    return envelope(
        "<s:Fault><faultcode>s:Server</faultcode><faultstring>Frau Geheim</faultstring>"
        f"<detail>{detail}</detail></s:Fault>"
    )


@dataclass
class System:
    """A specialist system on its wire. What it can't do is None: no test asks it to."""

    area: str
    adapter: Adapter
    arrivals: Callable[[], list[str]]
    """Ids of the deliveries as they stood on the wire, or of what lies in the folder or on the shelf."""
    refuse: Callable[[], None] | None = None
    be_busy: Callable[[], None] | None = None
    go_away: Callable[[], None] | None = None
    answer: Callable[[bytes | None], None] | None = None
    error_inside: bytes = b""
    """A success by its HTTP status that is none by its content."""
    wire: Wire = field(default_factory=Wire)


def over_http(
    area: str, receipt: bytes, refusal: bytes, error_inside: bytes
) -> Callable[[Path], AbstractAsyncContextManager[System]]:
    @asynccontextmanager
    async def opened(_: Path) -> AsyncIterator[System]:
        async with wire() as served:
            served.say(receipt)
            yield System(
                area=area,
                adapter=an_adapter(area, url=served.url, read_timeout=2),
                arrivals=lambda: [id_on_the_wire(each.headers, each.body) for each in served.requests],
                refuse=lambda: served.say(refusal),
                be_busy=lambda: served.say(http(503, Retry_After="120")),
                go_away=served.hang_up_for_good,
                answer=served.say,
                error_inside=error_inside,
                wire=served,
            )

    return opened


def id_on_the_wire(headers: dict[str, str], body: bytes) -> str:
    inside = re.search(rb"vorgangsId>([^<]+)<", body)
    return inside[1].decode() if inside else headers["idempotency-key"]


@asynccontextmanager
async def trade_register(folder: Path) -> AsyncIterator[System]:
    inbox = folder / "eingang"
    inbox.mkdir()
    yield System(
        area="trade",
        adapter=an_adapter("trade", surroundings(folder), folder="eingang"),
        arrivals=lambda: [path.stem.partition("-")[2] for path in inbox.glob("*.ctl")],
        refuse=lambda: occupy(inbox),
        go_away=inbox.rmdir,
    )


@asynccontextmanager
async def trade_register_behind_sftp(folder: Path) -> AsyncIterator[System]:
    inbox = folder / "eingang"
    inbox.mkdir()
    async with sftp_server(folder) as server:
        settings = {**server.settings(), "folder": "eingang"}
        destination = Destination("gewerberegister", "trade", settings, transport="sftp")
        assert [*catalogue.faults(destination, folder)] == []
        yield System(
            area="trade",
            adapter=catalogue.build(destination, surroundings(folder)),
            arrivals=lambda: [path.stem.partition("-")[2] for path in inbox.glob("*.ctl")],
            refuse=lambda: occupy(inbox),
            go_away=inbox.rmdir,
        )


def occupy(inbox: Path) -> None:
    for vordruck in TRADE.values():
        (inbox / f"{vordruck.art}-{DELIVERY}.xml").write_bytes(b"of somebody else")


@asynccontextmanager
async def land_registry(_: Path) -> AsyncIterator[System]:
    shelf = Shelf()

    def fail() -> None:
        shelf.error = BrokerUnavailable()

    yield System(
        area="real_estate",
        adapter=an_adapter("real_estate", surroundings(shelf=shelf)),
        arrivals=lambda: list(shelf.parcels),
        be_busy=fail,
        go_away=fail,
    )


def xml(status: int, body: str) -> bytes:
    return http(status, body, "text/xml; charset=utf-8")


SYSTEMS = {
    "registration": over_http(
        "registration",
        xml(
            200,
            envelope(
                f"<Eingangsbestaetigung {NAMESPACE}><aktenzeichen>EMA-1</aktenzeichen>"
                "<status>angenommen</status></Eingangsbestaetigung>"
            ),
        ),
        xml(500, fault(f"<FachlicherFehler {NAMESPACE}><code>S999</code></FachlicherFehler>")),
        xml(200, envelope(f"<Fehlermeldung {NAMESPACE}>Frau Geheim</Fehlermeldung>")),
    ),
    "civil_status": over_http(
        "civil_status",
        http(201, '{"aktenzeichen": "SB-1"}'),
        http(422, '{"code": "Frau Geheim"}'),
        http(200, '{"fehler": "Frau Geheim"}'),
    ),
    "finance": over_http(
        "finance",
        http(201, '{"kassenzeichen": "KZ-1"}'),
        http(422, '{"code": "Frau Geheim"}'),
        http(200, '{"fehler": "Frau Geheim"}'),
    ),
    "trade": trade_register,
    "trade-sftp": trade_register_behind_sftp,
    "real_estate": land_registry,
}


ANSWERING = ["registration", "civil_status", "finance"]
REFUSING = [*ANSWERING, "trade", "trade-sftp"]
ASKING_FOR_TIME = [*ANSWERING, "real_estate"]


def only(systems: list[str]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("system", systems, indirect=True)


@pytest.fixture(params=SYSTEMS)
async def system(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[System]:
    async with SYSTEMS[request.param](tmp_path) as opened:
        yield opened
        await opened.adapter.aclose()


async def delivered(system: System, sample: Path | None = None) -> Outcome:
    sample = sample or samples(system.area.replace("_", "-"))[0]
    outcome = await system.adapter.deliver(a_consignment_of(sample))
    assert "Geheim" not in repr(outcome)
    return outcome


def cause_of(outcome: Outcome) -> Cause:
    assert isinstance(outcome, Failed | Unclear | Rejected)
    return outcome.cause


async def test_every_sample_of_the_area_arrives(system: System) -> None:
    for sample in samples(system.area.replace("_", "-"), "*-voll"):
        assert isinstance(await delivered(system, sample), Delivered | Pending)


async def test_a_delivery_arrives_once_under_its_id(system: System) -> None:
    assert isinstance(await delivered(system), Delivered | Pending)
    assert system.arrivals() == [DELIVERY]


async def test_a_repetition_is_recognised_by_its_id(system: System) -> None:
    assert await delivered(system) == await delivered(system)
    assert set(system.arrivals()) == {DELIVERY}


@only(REFUSING)
async def test_a_refusal_is_final(system: System) -> None:
    assert system.refuse
    system.refuse()
    assert isinstance(await delivered(system), Rejected)


@only(ASKING_FOR_TIME)
async def test_who_is_busy_says_when_to_come_again(system: System) -> None:
    assert system.be_busy
    system.be_busy()
    outcome = await delivered(system)
    assert isinstance(outcome, Failed)
    assert outcome.retry_after in {timedelta(seconds=120), BrokerUnavailable.retry_after}


async def test_who_is_not_there_got_nothing(system: System) -> None:
    assert system.go_away
    system.go_away()
    assert isinstance(await delivered(system), Failed)
    assert system.arrivals() == []


@only(ANSWERING)
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (None, "connection-lost"),
        (b"", "read-timeout"),
        (http(502, PROXY_PAGE, "text/html"), "http-502"),
        (http(200, PROXY_PAGE, "text/html"), "wrong-content-type"),
        (http(202), "no-receipt"),
        (http(500), "http-500"),
    ],
)
async def test_what_may_have_arrived_is_unclear(system: System, answer: bytes | None, code: str) -> None:
    assert system.answer
    system.answer(answer)
    outcome = await delivered(system)
    assert isinstance(outcome, Unclear)
    assert outcome.cause.code == code
    assert system.arrivals() == [DELIVERY]


@only(ANSWERING)
async def test_a_success_with_an_error_inside_is_unclear(system: System) -> None:
    assert system.answer
    system.answer(system.error_inside)
    outcome = await delivered(system)
    assert isinstance(outcome, Unclear)
    assert outcome.cause.code in {"no-receipt", "soap-unreadable"}


async def test_a_kind_without_mapping_is_rejected_before_anything_is_sent(system: System) -> None:
    outcome = await system.adapter.deliver(a_consignment(b"<etwas.neues.9999/>"))
    assert cause_of(outcome).code == "no-mapping"
    assert isinstance(outcome, Rejected)
    assert system.arrivals() == []


async def test_it_can_be_closed_twice(system: System) -> None:
    await delivered(system)
    await system.adapter.aclose()
    await system.adapter.aclose()


async def test_a_cancelled_attempt_leaves_neither_connection_nor_thread(system: System) -> None:
    before = set(threading.enumerate())
    if system.answer:
        system.answer(b"")
    attempt = asyncio.create_task(
        system.adapter.deliver(a_consignment_of(samples(system.area.replace("_", "-"))[0]))
    )
    await (system.wire.arrived.wait() if system.answer else asyncio.sleep(0))
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)
    await system.wire.all_hung_up()
    await system.adapter.aclose()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert set(threading.enumerate()) <= before
