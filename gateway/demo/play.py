"""Play: start everything in one process, submit the scenes over HTTP, watch them, and hold them to account."""

import asyncio
import shlex
import shutil
import socket
from base64 import b64encode
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from gateway import bootstrap, commands
from gateway.config import Configuration
from gateway.core.acts import AddKey
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.demo.board import Board
from gateway.demo.scene import Delivered, Refused, Repeated, Scene
from gateway.demo.scenes import FAULTS, SCENES, bodies
from gateway.sandbox import Sandbox, SandboxSettings, System, sandbox
from gateway.security import keys
from gateway.texts.terminal import say

PATIENCE = 90.0
"""Seconds within which everything must have found its end."""

PORTAL = Portal("demo-portal", ("psw:01003110", "xga:12072477"))
"""It also sends for a trade office, which passes filings on."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where gateway and sandbox listen: the usual ports, or any free ones."""

    gateway: int
    sandbox: int

    @classmethod
    def choose(cls) -> "Ports":
        return cls(_free(8080), _free(8090))


async def play(config: Path, folder: Path, *, once: bool, stop: asyncio.Event) -> bool:
    """Run the demo; True only if every scene ended as it must. Without `once` it then stays up until `stop`.

    `folder` is emptied first and holds everything that the demo writes.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ports = Ports.choose()
    configuration = commands.configure(config, _environment(folder, ports))
    await commands.upgrade_store(configuration)
    portal_key = await _issue(configuration, PORTAL)
    system_keys = {each: await _issue(configuration, _system(configuration, each)) for each in System}
    async with AsyncExitStack() as stack:
        specialists = await stack.enter_async_context(
            sandbox(_sandbox_settings(configuration, folder, ports, system_keys))
        )
        for fault in FAULTS:
            specialists.desk.faults.add(fault)
        gateway = await stack.enter_async_context(bootstrap.running(configuration))
        client = await stack.enter_async_context(_client(gateway.url, portal_key))
        with Board(gateway.url, specialists.url) as board:
            good = await Performance(client, board, specialists).run()
        if not once:
            board.invite(_note_environment(folder, ports, portal_key))
            await stop.wait()
    return good


class Performance:
    """One run over all scenes."""

    def __init__(self, client: httpx.AsyncClient, board: Board, specialists: Sandbox) -> None:
        self._client = client
        self._board = board
        self._specialists = specialists
        self._receipts: dict[str, dict[str, object]] = {}

    async def run(self) -> bool:
        """Submit all, wait for the end of all; True if all is as it must be."""
        letters = bodies(commands.BUNDLES)
        for scene in SCENES:
            await self._submit(scene, letters[scene.key])
        accepted = [scene for scene in SCENES if isinstance(scene.expect, Delivered)]
        await asyncio.gather(*(self._follow(scene) for scene in accepted if scene.key in self._receipts))
        await self._count_effects()
        return self._board.all_good

    async def _submit(self, scene: Scene, content: bytes) -> None:
        answer = await self._client.post(
            "/v1/messages", content=content, headers={"Content-Type": "application/xml"}
        )
        body = answer.json()
        match scene.expect:
            case Refused(status, code):
                got = f"{answer.status_code} {body.get('code', '')}"
                self._board.show(scene, got, good=got == f"{status} {code}")
            case Repeated(of):
                same = answer.status_code == httpx.codes.ACCEPTED and body == self._receipts.get(of)
                text = say("dieselbe Quittung", "the same receipt") if same else str(answer.status_code)
                self._board.show(scene, text, good=same)
            case Delivered():
                if answer.status_code != httpx.codes.ACCEPTED:
                    self._board.show(scene, f"{answer.status_code} {body.get('code', '')}", good=False)
                    return
                self._receipts[scene.key] = body
                self._board.show(scene, "202", good=None)

    async def _follow(self, scene: Scene) -> None:
        expect = scene.expect
        assert isinstance(expect, Delivered)
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            answer = await self._client.get(f"/v1/messages/{self._receipts[scene.key]['id']}")
            deliveries = answer.json()["deliveries"]
            text = ", ".join(
                f"{each['destination']}: {each['state']} ({each['attempt']})" for each in deliveries
            )
            good = len(deliveries) == expect.destinations and all(
                each["state"] == expect.state and each["attempt"] == expect.attempts for each in deliveries
            )
            if good and expect.reply:
                fetched = await self._fetch_reply(answer.json()["replies"])
                text, good = f"{text}{fetched or ''}", fetched is not None
            over = asyncio.get_running_loop().time() > deadline
            self._board.show(scene, text, good=good or (False if over else None))
            if good or over:
                return
            await asyncio.sleep(0.2)

    async def _fetch_reply(self, replies: list[dict[str, Any]]) -> str | None:
        """Fetch the document that came back, as a portal does; None where there is none yet, or not all of it."""
        if not replies:
            return None
        answer = await self._client.get(replies[0]["content"])
        digest = b64encode(sha256(answer.content).digest()).decode("ascii")
        if answer.headers.get("Repr-Digest") != f"sha-256=:{digest}:":
            return None
        return say(", Antwort abgeholt", ", reply fetched") + f": {answer.headers['Content-Type']}"

    async def _count_effects(self) -> None:
        """The specialist systems' own count: each delivery had exactly one effect, none had two."""
        summary = (await self._client.get(f"{self._specialists.url}/sandbox/summary")).json()
        self._board.count(summary)


def _environment(folder: Path, ports: Ports) -> Mapping[str, str]:
    return {
        "AMTSBOTE_DATABASE_URL": f"sqlite:///{folder.resolve()}/amtsbote.db",
        "AMTSBOTE_BROKER_URL": "embedded",
        "AMTSBOTE_DATA_FOLDER": str(folder.resolve()),
        "AMTSBOTE_HTTP_PORT": str(ports.gateway),
        "SANDBOX_URL": f"http://127.0.0.1:{ports.sandbox}",
    }


def _note_environment(folder: Path, ports: Ports, portal_key: str) -> Path:
    """A file that a shell reads in, so that the command line speaks to this demo."""
    values = {
        "AMTSBOTE_URL": f"http://127.0.0.1:{ports.gateway}",
        "AMTSBOTE_KEY": portal_key,
        **_environment(folder, ports),
    }
    file = folder / "environment"
    lines = [f"export {name}={shlex.quote(value)}\n" for name, value in values.items()]
    file.write_text("".join(lines), encoding="utf-8")
    file.chmod(0o600)
    return file


def _sandbox_settings(
    configuration: Configuration, folder: Path, ports: Ports, system_keys: Mapping[System, str]
) -> SandboxSettings:
    destinations = configuration.directory.destinations.values()
    return SandboxSettings(
        port=ports.sandbox,
        tls=False,
        sftp=False,
        folder=folder / "sandbox",
        gateway_url=f"http://127.0.0.1:{ports.gateway}",
        trade_key=SecretStr(system_keys[System.TRADE]),
        real_estate_key=SecretStr(system_keys[System.REAL_ESTATE]),
        registration_key=SecretStr(system_keys[System.REGISTRATION]),
        civil_status_key=SecretStr(system_keys[System.CIVIL_STATUS]),
        finance_key=SecretStr(system_keys[System.FINANCE]),
        notice_seconds=1.0,
        trade_folders=tuple(
            configuration.data_folder / str(each.settings["folder"])
            for each in destinations
            if each.adapter == "trade"
        ),
        pickup_destinations=tuple(each.name for each in destinations if each.adapter == "real_estate"),
    )


def _system(configuration: Configuration, adapter: str) -> SpecialistSystem:
    destinations = configuration.directory.destinations.values()
    return SpecialistSystem(
        f"sandbox-{adapter}", tuple(each.name for each in destinations if each.adapter == adapter)
    )


async def _issue(configuration: Configuration, holder: Portal | SpecialistSystem) -> str:
    key = keys.generate()
    await commands.perform(configuration, AddKey(key.id, key.secret_hash, holder, "operator:demo"))
    return key.reveal()


def _client(url: str, key: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": say("de", "en")}
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=30, trust_env=False)


def _free(port: int) -> int:
    for candidate in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise OSError("no free port")
