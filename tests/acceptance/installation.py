"""Installation: a gateway as it is run, one operating system process per role, with the sandbox beside it."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.acceptance.checker import Account, Ledger, account
from tests.acceptance.letters import Letter
from tests.servers.collector import Collector
from tests.servers.compose import ROOT
from tests.servers.guard import guard
from tests.servers.process import free_port

HERE = Path(__file__).parent
PATIENCE = 150.0
"""Seconds within which whatever must happen has happened, on a busy machine: longer than a lease, after which a
delivery that a killed process held is taken back.
"""

EMBEDDED = ("gateway",)
DATA_CENTRE = ("api", "relay", "worker-1", "worker-2")
"""Names of the processes; what stands before the dash is the role."""

AUTOR = "psw:01003110"

CONFIRMING = ("gewerbeamt", "kammer-cottbus", "liegenschaften", "liegenschaften-kurz")
"""Destinations whose systems send receipts."""


class Installation:
    """Starts, stops and kills the processes; asks and tells the sandbox; runs the command line."""

    def __init__(self, folder: Path, *, database_url: str, broker_url: str, processes: Sequence[str]) -> None:
        self.folder = folder
        self.processes = tuple(processes)
        self.database_url = database_url
        self.broker_url = broker_url
        self.ledger = Ledger()
        self.confirming: Sequence[str] = CONFIRMING
        self.keys: dict[str, str] = {}
        self.programs: dict[str, Sequence[str]] = {}
        """Another program than `amtsbote`, by the process that is to run it."""
        self.ways: dict[str, str] = {}
        """Variables of the environment that lead the gateway's processes elsewhere, over a line that can break."""
        self.own_ways: dict[str, dict[str, str]] = {}
        """The same for one process, the sandbox included."""
        self.hosts: dict[str, str] = {}
        """Where a process listens that does not do so on this machine's own interface."""
        self._ports: dict[str, int] = {}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        # One client for all calls: making one costs more than a call. A connection serves one call, so that
        # none outlives a process that a test kills.
        limits = httpx.Limits(max_keepalive_connections=0)
        self.client = httpx.Client(timeout=PATIENCE, limits=limits, trust_env=False)
        self.collector = Collector()
        self.line_port = free_port()
        """Where the systems of Fürstenberg are expected; nobody listens there by itself."""
        (folder / "logs").mkdir(parents=True)
        self.config = _configuration(folder)
        for name in ("gewerbeamt", "kammer-cottbus"):
            (folder / "var" / "trade" / name).mkdir(parents=True)

    # --- processes ------------------------------------------------------------------------------------

    def open(self) -> None:
        """Make the tables, start everything and give out the keys."""
        self.amtsbote("db", "upgrade")
        self.start(*self.processes)
        confirming = [f"--destination={each}" for each in self.confirming]
        wishes = {
            "portal": ("portals", "add", "acceptance", "--autor", AUTOR),
            "system": ("systems", "add", "sandbox", *confirming),
        }
        with ThreadPoolExecutor() as pool:
            added = pool.map(lambda wish: self.amtsbote(*wish, "-o", "json"), wishes.values())
            for name, done in zip(wishes, added, strict=True):
                self.keys[name] = json.loads(done.stdout)["key"]
        self.start("sandbox")

    def start(self, *names: str) -> None:
        """Start processes side by side and wait until each of them answers."""
        for name in names:
            command = ["sandbox"] if name == "sandbox" else ["serve", *_role(name)]
            with (self.folder / "logs" / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    [*self.programs.get(name, _AMTSBOTE), *command],
                    env=self._environment(name),
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            guard().watch(psutil.Process(self._running[name].pid))
        for name in names:
            self._wait_until_alive(name)

    def wait_until_ended(self, name: str) -> int:
        """Wait for a process that ends by itself; its exit code."""
        return self._running.pop(name).wait(PATIENCE)

    def kill(self, name: str) -> None:
        """End a process at once, with no chance to say anything (SIGKILL)."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def stop(self, *names: str) -> dict[str, int]:
        """Ask processes to end (SIGTERM) and wait until they have; their exit codes."""
        for name in names:
            self._running[name].terminate()
        return {name: self._running.pop(name).wait(PATIENCE) for name in names}

    def close(self) -> dict[str, int]:
        """Stop everything, the gateway first; exit codes by process."""
        names = [name for name in self._running if name != "sandbox"]
        codes = self.stop(*names)
        self.client.close()
        codes |= self.stop(*self._running)
        self.collector.close()
        return codes

    def pid(self, name: str) -> int:
        """The operating system's number of a process that runs."""
        return self._running[name].pid

    def url(self, name: str) -> str:
        """Where a process listens."""
        return f"http://{self.hosts.get(name, '127.0.0.1')}:{self._port(name)}"

    @property
    def api(self) -> str:
        """Where portals and specialist systems turn to."""
        return self.url(self.processes[0])

    def log(self, name: str) -> str:
        """What a process has written so far."""
        return (self.folder / "logs" / f"{name}.log").read_text(encoding="utf-8")

    # --- command line ---------------------------------------------------------------------------------

    def amtsbote(
        self, *arguments: str, exit_code: int = 0, env: Mapping[str, str] | None = None
    ) -> "subprocess.CompletedProcess[str]":
        """Run the command line beside the installation, and hold it to an exit code."""
        done = self._run(arguments, env or {})
        assert done.returncode == exit_code, f"{arguments} ended with {done.returncode}:\n{done.stderr}"
        return done

    def exit_code(self, *arguments: str) -> int:
        """Run the command line where the exit code is the answer."""
        return self._run(arguments, {}).returncode

    def _run(self, arguments: Sequence[str], env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
        done = subprocess.run(
            [*_AMTSBOTE, *arguments],
            env={**self._environment("cli"), **env},
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=PATIENCE,
        )
        with (self.folder / "logs" / "cli.log").open("a", encoding="utf-8") as log:
            log.write(done.stdout + done.stderr)
        return done

    # --- portal ---------------------------------------------------------------------------------------

    @property
    def portal(self) -> dict[str, str]:
        """Headers with which the portal submits."""
        return {"Authorization": f"Bearer {self.keys['portal']}", "Content-Type": "application/xml"}

    @property
    def system(self) -> dict[str, str]:
        """Headers with which a specialist system fetches and confirms."""
        return {"Authorization": f"Bearer {self.keys['system']}"}

    def submit(self, letter: Letter, **headers: str) -> dict[str, Any]:
        """Submit one letter that must be accepted, and note it in the ledger."""
        answer = self.post(letter.content, **headers)
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()
        self.ledger.acknowledged(receipt["id"], letter)
        return receipt

    def post(self, content: bytes, **headers: str) -> httpx.Response:
        """Post whatever it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"{self.api}/v1/messages", content=content, headers=self.portal | named)

    def message(self, id: str) -> dict[str, Any]:
        """Where a message stands, as its portal sees it."""
        answer = self.client.get(f"{self.api}/v1/messages/{id}", headers=self.portal)
        assert answer.status_code == 200, answer.text
        message: dict[str, Any] = answer.json()
        return message

    def delivered(self) -> set[str]:
        """The UUIDs of the portal's messages that are delivered to all their systems."""
        return self.in_state("delivered")

    def in_state(self, state: str) -> set[str]:
        """The UUIDs of the portal's messages in one state."""
        found: set[str] = set()
        address: str | None = f"/v1/messages?state={state}&limit=200"
        while address:
            answer = self.client.get(f"{self.api}{address}", headers=self.portal)
            page = answer.raise_for_status().json()
            found |= {each["nachrichtenUUID"] for each in page["items"]}
            address = page["next"]
        return found

    def wait_for(self, id: str, *states: str) -> list[dict[str, Any]]:
        """Wait until all of a message's deliveries are in one of these states; the deliveries."""

        def found() -> list[dict[str, Any]] | None:
            deliveries: list[dict[str, Any]] = self.message(id)["deliveries"]
            return deliveries if all(each["state"] in states for each in deliveries) else None

        deliveries: list[dict[str, Any]] = self.eventually(
            found, lambda: json.dumps(self.message(id), indent=1)
        )
        return deliveries

    # --- sandbox --------------------------------------------------------------------------------------

    def received(self) -> dict[str, list[dict[str, Any]]]:
        """What the specialist systems have received, by system."""
        answer = self.client.get(f"{self.url('sandbox')}/sandbox/received")
        received: dict[str, list[dict[str, Any]]] = answer.raise_for_status().json()
        return received

    def tally(self, system: str, delivery: str) -> dict[str, Any]:
        """What one system has received of one delivery."""
        (found,) = (each for each in self.received()[system] if each["delivery"] == delivery)
        return found

    def done(self, folder: str, delivery: str) -> list[Path]:
        """The payload files of one delivery that a trade system has taken from its folder."""
        return list((self.folder / "var" / "trade" / folder / "done").glob(f"*{delivery}.xml"))

    def fault(self, system: str, fault: str, **rule: object) -> None:
        """Have a system misbehave."""
        rule = {"system": system, "fault": fault, **rule}
        self.client.post(f"{self.url('sandbox')}/sandbox/faults", json=rule).raise_for_status()

    def no_faults(self) -> None:
        """Have all systems behave from now on."""
        self.client.delete(f"{self.url('sandbox')}/sandbox/faults").raise_for_status()

    # --- accounts -------------------------------------------------------------------------------------

    def account(self, letters: Sequence[Letter]) -> Account:
        """What has become of these letters by now."""
        return account(self.ledger, self.received(), letters)

    def settle(self, letters: Sequence[Letter]) -> Account:
        """Wait until these letters have arrived everywhere, and every delivery is delivered in the gateway's
        own words too; then give the account.
        """
        self.eventually(lambda: self.account(letters).lost == 0, lambda: str(self.account(letters)))
        uuids = {letter.uuid for letter in letters}
        self.eventually(lambda: uuids <= self.delivered(), lambda: f"{uuids - self.delivered()} delivered")
        return self.account(letters)

    def eventually(self, look: Callable[[], Any], told: Callable[[], str] = str) -> Any:  # noqa: ANN401
        """What `look` finds as soon as it finds something."""
        deadline = time.monotonic() + PATIENCE
        while not (found := look()):
            assert time.monotonic() < deadline, f"this did not come about: {told()}"
            time.sleep(0.2)
        return found

    # --- inside ---------------------------------------------------------------------------------------

    def _wait_until_alive(self, name: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not self._answers(f"{self.url(name)}/health/live"):
            ended = self._running[name].poll() is not None
            in_time = not ended and time.monotonic() < deadline
            assert in_time, f"{name} did not start:\n{self.log(name)}"
            time.sleep(0.1)

    def _answers(self, url: str) -> bool:
        try:
            return self.client.get(url, timeout=2).status_code == 200
        except httpx.HTTPError:
            return False

    def _environment(self, name: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "LANG": "de_DE.UTF-8",
            "PYTHONUTF8": "1",
            "AMTSBOTE_CONFIG": str(self.config / "amtsbote.toml"),
            "AMTSBOTE_DATABASE_URL": self.database_url,
            "AMTSBOTE_BROKER_URL": self.broker_url,
            "AMTSBOTE_DATA_FOLDER": str(self.folder / "var"),
            "AMTSBOTE_HTTP_PORT": str(self._port(name)),
            "AMTSBOTE_TRACES_ENDPOINT": self.collector.endpoint,
            "AMTSBOTE_URL": self.api,
            "SANDBOX_URL": self.url("sandbox"),
            "LEITUNG_URL": f"http://127.0.0.1:{self.line_port}",
            **(self._sandbox_settings() if name == "sandbox" else self.ways),
            **self.own_ways.get(name, {}),
        }

    def _sandbox_settings(self) -> dict[str, str]:
        trade = self.folder / "var" / "trade"
        settings = {
            "PORT": str(self._port("sandbox")),
            "FOLDER": str(self.folder / "sandbox"),
            "GATEWAY_URL": self.api,
            "TRADE_KEY": self.keys["system"],
            "REAL_ESTATE_KEY": self.keys["system"],
            "TRADE_FOLDERS": f"{trade / 'gewerbeamt'},{trade / 'kammer-cottbus'}",
            "PICKUP_DESTINATIONS": "liegenschaften",
        }
        if self.broker_url != "embedded":
            settings["AMQP_URL"] = self.broker_url
        return {f"AMTSBOTE_SANDBOX_{name}": value for name, value in settings.items()}

    def _port(self, name: str) -> int:
        if name not in self._ports:
            self._ports[name] = free_port()
        return self._ports[name]


_AMTSBOTE = (sys.executable, "-m", "gateway")


def _role(name: str) -> list[str]:
    role = name.partition("-")[0]
    return [] if role == "gateway" else ["--role", role]


def _configuration(folder: Path) -> Path:
    """The tests' own configuration, with the tenants of the example."""
    config = folder / "config"
    shutil.copytree(HERE / "config", config)
    shutil.copytree(ROOT / "config" / "tenants", config / "tenants", dirs_exist_ok=True)
    return config
