"""Gateway, floor and peer are given the same messages, and take and refuse the same."""

from collections.abc import AsyncIterator
from itertools import islice
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr

from benchmarks import floor
from benchmarks.letters import AGS, LARGE, SMALL, letters
from benchmarks.peer.app import create_app
from benchmarks.peer.settings import Settings
from gateway.clock import SystemClock, legal_date
from gateway.commands import load_schemas

INVALID = floor.SCHEMA.parent / "samples/invalid"
KEY = "key-of-this-test"


class Kept:
    """Keeps nothing but the count."""

    def __init__(self) -> None:
        self.contents: list[bytes] = []

    async def keep(self, _id: str, content: bytes) -> None:
        self.contents.append(content)


def client_of(app: object) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]  # any ASGI application
    return httpx.AsyncClient(
        transport=transport, base_url="http://subject", headers={"Authorization": f"Bearer {KEY}"}
    )


@pytest.fixture
async def peer(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Its interface for portals, with SQLite; it delivers nothing."""
    app = create_app(
        Settings(
            database_url=f"sqlite:///{tmp_path}/peer.db",
            schema_file=floor.SCHEMA,
            api_key=SecretStr(KEY),
            systems=dict.fromkeys(AGS, "http://127.0.0.1:9/"),
            deliveries_at_once=0,
        )
    )
    async with app.router.lifespan_context(app), client_of(app) as client:
        yield client


@pytest.fixture
async def bare() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(floor.create_app(Kept().keep)) as client:
        yield client


@pytest.mark.parametrize("kilobytes", [SMALL, LARGE])
async def test_floor_and_peer_take_what_the_gateway_takes(
    kilobytes: int, bare: httpx.AsyncClient, peer: httpx.AsyncClient
) -> None:
    library, on = load_schemas(), legal_date(SystemClock().now())
    for content in islice(letters(kilobytes), len(AGS)):
        assert not library.check(library.open(content), on).refusals
        for client in (bare, peer):
            answer = await client.post("/v1/messages", content=content)
            assert answer.status_code == 202
            assert str(UUID(answer.json()["id"])) == answer.json()["id"]


@pytest.mark.parametrize(
    "name", ["hundesteueranmeldung-ohne-hund.xml", "hundesteueranmeldung-reihenfolge.xml"]
)
async def test_floor_and_peer_refuse_an_invalid_message(
    name: str, bare: httpx.AsyncClient, peer: httpx.AsyncClient
) -> None:
    content = (INVALID / name).read_bytes()

    assert (await bare.post("/v1/messages", content=content)).status_code == 422
    refused = await peer.post("/v1/messages", content=content)
    assert refused.status_code == 422
    assert "hund" in refused.json()["detail"][0]


@pytest.mark.parametrize("content", [b"", b"<open>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"])
async def test_floor_and_peer_refuse_what_is_no_document(
    content: bytes, bare: httpx.AsyncClient, peer: httpx.AsyncClient
) -> None:
    for client in (bare, peer):
        assert (await client.post("/v1/messages", content=content)).status_code == 422


async def test_the_peer_gives_the_first_receipt_again(peer: httpx.AsyncClient) -> None:
    content = next(letters())
    first, again = [await peer.post("/v1/messages", content=content) for _ in range(2)]

    assert first.json() == again.json()
    status = await peer.get(f"/v1/messages/{first.json()['id']}")
    assert status.json()["state"] == "received"


async def test_the_peer_lets_nobody_in_without_the_key(peer: httpx.AsyncClient) -> None:
    answer = await peer.post("/v1/messages", content=next(letters()), headers={"Authorization": "Bearer x"})

    assert answer.status_code == 401


def test_messages_have_their_size_and_a_uuid_each() -> None:
    for kilobytes in (SMALL, LARGE):
        found = list(islice(letters(kilobytes), 8))
        assert len({len(each) for each in found}) == 1
        assert kilobytes * 950 < len(found[0]) < kilobytes * 1200
        assert len(set(found)) == 8
