"""House: a whole gateway in this process, around one destination, to see a message all the way through."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import orjson

from gateway import bootstrap, commands
from gateway.core.acts import AddKey
from gateway.core.tenants import Destination, Portal
from gateway.security import keys
from gateway.testing.messages import consignment_of

PATIENCE = 60.0
"""Seconds within which a delivery has found its state, on a busy machine."""

_UNDER_WAY = {"queued", "claimed"}


@dataclass(frozen=True, slots=True)
class House:
    """A gateway at work, and a portal that may send everything."""

    client: httpx.AsyncClient

    async def submit(self, content: bytes) -> str:
        """Post a message as a portal does; its id. Fails where it is refused, with every reason."""
        answer = await self.client.post(
            "/v1/messages", content=content, headers={"Content-Type": "application/xml"}
        )
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    async def delivery(self, message: str) -> dict[str, Any]:
        """The first delivery of a message, once it is not under way any more: `state`, `reference`, `code` ..."""
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.client.get(f"/v1/messages/{message}")
                delivery: dict[str, Any] = answer.json()["deliveries"][0]
                if delivery["state"] not in _UNDER_WAY:
                    return delivery
                await asyncio.sleep(0.05)


@asynccontextmanager
async def house(
    folder: Path, destination: Destination, sample: bytes, *, further: str = ""
) -> AsyncIterator[House]:
    """A gateway that has one destination, and one tenant that has booked it: the reader of `sample`. `folder` is
    empty; it gets the configuration and the store. `further` are lines of TOML for the destination's table.
    """
    config = _configuration(folder, destination, sample, further)
    configuration = commands.configure(config, {})
    await commands.upgrade_store(configuration)
    key = keys.generate()
    act = AddKey(key.id, key.secret_hash, Portal("portal", ("*",)), "operator:test")
    await commands.perform(configuration, act)
    async with bootstrap.running(configuration) as gateway:
        headers = {"Authorization": f"Bearer {key.reveal()}"}
        async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=PATIENCE) as client:
            yield House(client)


def _configuration(folder: Path, destination: Destination, sample: bytes, further: str) -> Path:
    message = consignment_of(sample).message
    (folder / "tenants").mkdir(parents=True)
    (folder / "tenants" / "gemeinde.toml").write_text(
        f"""name = "Gemeinde"
ags = ["{message.kopf.leser.schluessel}"]

[[bookings]]
service = "{message.kind.area}"
destinations = ["{destination.name}"]
""",
        encoding="utf-8",
    )
    lines = [f'adapter = "{destination.adapter}"']
    lines += [f'transport = "{destination.transport}"'] if destination.transport else []
    lines += [f'payload = "{destination.payload}"'] if destination.payload else []
    lines += [f"settings.{name} = {_toml(value)}" for name, value in destination.settings.items()]
    file = folder / "amtsbote.toml"
    file.write_text(
        '[store]\nurl = "sqlite:///amtsbote.db"\n\n[http]\nhost = "127.0.0.1"\nport = 0\n\n'
        f"[destinations.{destination.name}]\n" + "\n".join([*lines, further]) + "\n",
        encoding="utf-8",
    )
    return file


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case dict():
            return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_toml(each) for each in value) + "]"
        case _:
            # A basic string of TOML is written as one of JSON is.
            return orjson.dumps(str(value)).decode()
