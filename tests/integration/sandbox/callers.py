"""Callers: each system is spoken to as an adapter would, but word by word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx

from gateway.sandbox import System

BASIC = ("sandbox", "sandbox")
VORGANG = {"nachrichtenUUID": "m1", "nachrichtentyp": "finanzen.sepamandat.0411", "daten": {}}


def an_envelope(delivery: str, operation: str = "AnmeldungEntgegennehmen") -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
        <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
          <{operation} xmlns="urn:amtsbote:einwohnerdienst:1.0">
            <vorgang test="false">
              <vorgangsId>{delivery}</vorgangsId>
              <nachrichtenUUID>9d2f1a52-3a52-4bd5-9d06-5a52b8f2a001</nachrichtenUUID>
              <nachrichtentyp>0101</nachrichtentyp>
              <ags>12052000</ags>
            </vorgang>
            <person><familienname>Žurawina</familienname></person>
          </{operation}>
        </s:Body></s:Envelope>"""


async def post_soap(client: httpx.AsyncClient, envelope: str) -> httpx.Response:
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    return await client.post("/registration/soap", content=envelope.encode(), headers=headers)


async def post_antrag(
    client: httpx.AsyncClient, delivery: str, auth: tuple[str, str] = BASIC
) -> httpx.Response:
    parts: list[tuple[str, Any]] = [
        ("metadaten", (None, b'{"nachrichtenUUID": "m1"}', "application/json")),
        ("dokument", ("urkunde.xml", b"<urkunde/>", "application/xml")),
    ]
    headers = {"Idempotency-Key": delivery}
    return await client.post("/civil-status/v1/antraege", files=parts, headers=headers, auth=auth)


async def post_vorgang(
    client: httpx.AsyncClient, delivery: str, auth: httpx.Auth | tuple[str, str] = BASIC
) -> httpx.Response:
    headers = {"Idempotency-Key": delivery}
    return await client.post("/finance/v1/vorgaenge", json=VORGANG, headers=headers, auth=auth)


async def counts_of(client: httpx.AsyncClient, system: System) -> dict[str, int]:
    summary = (await client.get("/sandbox/summary")).json()
    counts: dict[str, int] = summary["systems"][system]
    return counts


def a_delivery() -> str:
    return str(uuid4())


class _Streaming(httpx.AsyncClient):
    """Posts as another client does, and leaves the answers unread."""

    def __init__(self, other: httpx.AsyncClient) -> None:
        super().__init__(base_url=other.base_url, timeout=60)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:  # noqa: ANN401
        return await super().send(request, **{**options, "stream": True})


class Caller:
    """Posts a delivery to one system as an adapter would."""

    def __init__(self, client: httpx.AsyncClient, system: System) -> None:
        self.client = client
        self.system = system

    async def post(self, delivery: str) -> httpx.Response:
        match self.system:
            case System.REGISTRATION:
                return await post_soap(self.client, an_envelope(delivery))
            case System.CIVIL_STATUS:
                return await post_antrag(self.client, delivery)
            case _:
                return await post_vorgang(self.client, delivery)

    @asynccontextmanager
    async def streamed(self, delivery: str) -> AsyncIterator[httpx.Response]:
        """The answer to a post, before it is read."""
        client = _Streaming(self.client)
        answer = await Caller(client, self.system).post(delivery)
        try:
            yield answer
        finally:
            await answer.aclose()

    async def fault(self, fault: str, **rule: object) -> None:
        answer = await self.client.post(
            "/sandbox/faults", json={"system": self.system, "fault": fault, **rule}
        )
        assert answer.status_code == 201, answer.text

    async def counts(self) -> dict[str, int]:
        return await counts_of(self.client, self.system)
