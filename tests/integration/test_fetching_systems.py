"""Systems that fetch by themselves, on a whole gateway: over RabbitMQ by the documented program, and over HTTP."""

import asyncio
import json
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aio_pika
import httpx
import pytest

from gateway import bootstrap, commands
from gateway.core.acts import AddKey
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.security import keys
from tests.acceptance.letters import a_letter
from tests.builders import NOON
from tests.unit.docs.pages import blocks, page, section

AGS = "12061329"
PATIENCE = 120.0

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Line:
    """A gateway at work, and those who speak to it."""

    portal: httpx.AsyncClient
    system: httpx.AsyncClient
    broker_url: str

    @property
    def user(self) -> str:
        return urlsplit(self.broker_url).username or "guest"

    async def until(self, message: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            while True:
                status: dict[str, Any] = (await self.portal.get(message)).json()
                if reached(status):
                    return status
                await asyncio.sleep(0.05)


@pytest.fixture(params=["amqp", "http"])
async def line(request: pytest.FixtureRequest, tmp_path: Path, rabbitmq_url: str) -> AsyncIterator[Line]:
    file = _configuration(tmp_path, rabbitmq_url, request.param)
    configuration = commands.configure(file, {})
    await commands.upgrade_store(configuration)
    async with bootstrap.running(configuration) as gateway:
        portal, system = keys.generate(), keys.generate()
        holders: dict[keys.AccessKey, Portal | SpecialistSystem] = {
            portal: Portal("portal", ("*",)),
            system: SpecialistSystem("liegenschaften", ("liegenschaften",)),
        }
        for key, holder in holders.items():
            await gateway.store.perform(AddKey(key.id, key.secret_hash, holder, "operator:test"), NOON)
        async with _client(gateway.url, portal) as asking, _client(gateway.url, system) as fetching:
            yield Line(asking, fetching, rabbitmq_url)


@pytest.mark.parametrize("line", ["amqp"], indirect=True)
async def test_a_system_on_rabbitmq_fetches_and_answers_as_documented(line: Line) -> None:
    taken: list[tuple[str, bytes]] = []

    async def take(delivery: str, body: bytes) -> str:
        taken.append((delivery, body))
        return "NZ-2026-118"

    [program] = blocks(section(page("operating-a-system.md"), "RabbitMQ pickup"), "python")
    known: dict[str, Any] = {
        "aio_pika": aio_pika,
        "json": json,
        "Awaitable": Awaitable,
        "Callable": Callable,
    }
    exec(program, known)
    fetching = asyncio.create_task(known["fetch"](line.broker_url, line.user, take))
    message = await _submitted(line)

    status = await line.until(message, lambda each: each["state"] == "delivered")

    [delivery] = status["deliveries"]
    assert [each for each, _ in taken] == [delivery["id"]]
    assert (delivery["reference"], delivery["systemStatus"]["status"]) == ("NZ-2026-118", "received")
    assert ("confirmed", f"system:{line.user}") in [
        (each["action"], each["actor"]) for each in status["timeline"]
    ]
    reply = {"mediaType": "application/pdf", "content": b64encode(b"%PDF-1.7").decode()}
    await _publish(line, {"delivery": delivery["id"], "status": "closed", "replies": [reply]})
    status = await line.until(message, lambda each: bool(each["replies"]))
    assert status["deliveries"][0]["systemStatus"]["status"] == "closed"
    assert (await line.portal.get(status["replies"][0]["content"])).content == b"%PDF-1.7"
    fetching.cancel()
    with suppress(asyncio.CancelledError):
        await fetching


@pytest.mark.parametrize("line", ["http"], indirect=True)
async def test_on_rabbitmq_a_system_may_fetch_over_http_all_the_same(line: Line) -> None:
    waiting = asyncio.create_task(line.system.post("/v1/pickup/liegenschaften/lease", json={"wait": 60}))
    message = await _submitted(line)

    answer = await waiting

    [parcel] = answer.json()["parcels"]
    assert json.loads(b64decode(parcel["body"]))
    path = f"/v1/pickup/liegenschaften/{parcel['delivery']}"
    refused = await line.system.post(f"{path}/refuse", json={"reason": "plot-unknown"})
    assert refused.status_code == 200
    status = await line.until(message, lambda each: each["state"] == "needs-attention")
    assert (status["deliveries"][0]["state"], status["deliveries"][0]["code"]) == ("rejected", "plot-unknown")
    assert (await line.system.post("/v1/pickup/liegenschaften/lease", json={})).status_code == 204


def _client(url: str, key: keys.AccessKey) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        base_url=url, headers={"Authorization": f"Bearer {key.reveal()}"}, timeout=PATIENCE
    )


async def _submitted(line: Line) -> str:
    letter = a_letter("liegenschaften/negativzeugnis-voll", AGS)
    answer = await line.portal.post(
        "/v1/messages", content=letter.content, headers={"Content-Type": "application/xml"}
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["status"])


async def _publish(line: Line, receipt: dict[str, Any]) -> None:
    async with await aio_pika.connect(line.broker_url) as connection, connection.channel() as channel:
        exchange = await channel.get_exchange("amtsbote.receipts", ensure=False)
        await exchange.publish(aio_pika.Message(json.dumps(receipt).encode(), user_id=line.user), "")


def _configuration(folder: Path, broker_url: str, over: str) -> Path:
    tenants = folder / "tenants"
    tenants.mkdir()
    file = folder / "amtsbote.toml"
    file.write_text(
        f"""
data_folder = "var"
[store]
url = "sqlite:///var/amtsbote.db"
disk_floor_mb = 0
[broker]
url = "{broker_url}"
[http]
port = 0
[destinations.liegenschaften]
adapter = "real_estate"
rabbitmq_user = "{urlsplit(broker_url).username}"
settings.over = "{over}"
""",
        encoding="utf-8",
    )
    (tenants / "maerkische-heide.toml").write_text(
        f"""
name = "Märkische Heide"
ags = ["{AGS}"]
[[bookings]]
service = "real-estate"
destinations = ["liegenschaften"]
""",
        encoding="utf-8",
    )
    return file
