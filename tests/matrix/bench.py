"""Bench: an installation with all lines, what it is told to suffer, and the account of each line."""

import shutil
import socket
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.sandbox.certificates import Certificates
from gateway.sandbox.faults import FOLDER
from gateway.sandbox.sftp import host_key
from gateway.sandbox.systems import Way
from tests.acceptance.installation import Installation
from tests.acceptance.letters import a_letter
from tests.matrix.cases import Case
from tests.matrix.lines import Line
from tests.servers.process import free_port

LETTERS = 3
"""Per line and case."""
PATIENCE = 150.0
"""Seconds within which every delivery of a case has come to its end, on a busy machine too."""
ENDS = {"delivered", "rejected", "unclear", "parked", "expired"}


@dataclass
class Cell:
    """What became of one line's letters in one case. Deliveries, of which each letter makes one."""

    accepted: int = 0
    once: int = 0
    twice: int = 0
    lost: int = 0
    """The system does not have it, and nobody is told."""
    unfinished: int = 0
    """Still under way when patience ended."""
    parked: Counter[str] = field(default_factory=Counter)
    """Shown to a person, by state and reason."""
    struck: bool = True
    """What was to go wrong did so: else the cell says nothing."""

    @property
    def good(self) -> bool:
        """It went wrong, and nothing is lost, nothing has two effects, everything has come to an end."""
        return self.struck and self.twice == self.lost == self.unfinished == 0 < self.accepted


class Bench(Installation):
    """An installation whose tenants are the lines."""

    def __init__(self, folder: Path, lines: Sequence[Line], **sizes: Any) -> None:  # noqa: ANN401
        super().__init__(folder, **sizes)
        self.lines = [line for line in lines if not line.broker or self.broker_url != "embedded"]
        self.confirming = tuple(line.key for line in self.lines)
        self._tls_port = free_port(5)
        self._sftp_port = free_port()
        # The gateway looks for authority and keys before there is a sandbox, which takes what it finds.
        self._certificates = Certificates(folder / "sandbox" / "tls")
        self._certificates.prepare("127.0.0.1")
        self._host_key = host_key(folder / "sandbox" / "ssh").export_public_key().decode().strip()
        self._write_configuration()

    def try_case(self, case: Case, lines: Sequence[Line]) -> dict[str, Cell]:
        """Let one thing go wrong on these lines at once, and give the account of each."""
        for line in lines:
            rule = case.told(line.system, line.way, line.kind)
            if rule is not None:
                self.fault(**rule)  # type: ignore[arg-type]  # as the sandbox takes it
            if case.fault in FOLDER and line.way is Way.FILES:
                self.eventually(self._all_hit, lambda: f"{case.name}: {self._faults()}")
            if not line.recognises and case.fault is not None:
                self.fault(line.system, "forget", way=line.way, match=line.kind, times=0)
        ids = {line.key: [self._submit(line) for _ in range(LETTERS)] for line in lines}
        messages = self._ended(ids)
        struck = {
            (each["system"], each["way"], each["match"])
            for each in self._faults()
            if each["hits"] and each["fault"] == case.fault
        }
        self.no_faults()
        received = self.received()
        cells = {line.key: _account(messages[line.key], received[line.system]) for line in lines}
        for line in lines:
            cells[line.key].struck = case.fault is None or (line.system, line.way, line.kind) in struck
        return cells

    def _all_hit(self) -> bool:
        """The folders have become what the rules say."""
        return all(each["hits"] for each in self._faults() if each["way"] == Way.FILES)

    def _faults(self) -> list[dict[str, Any]]:
        faults: list[dict[str, Any]] = self.client.get(f"{self.url('sandbox')}/sandbox/faults").json()[
            "faults"
        ]
        return faults

    def _submit(self, line: Line) -> str:
        id: str = self.submit(a_letter(line.sample, line.ags))["id"]
        return id

    def _ended(self, ids: dict[str, list[str]]) -> dict[str, list[dict[str, Any]]]:
        """The deliveries of each line, when all have come to their end or patience has."""
        deadline = time.monotonic() + PATIENCE
        while True:
            found = {
                key: [each for id in of for each in self.message(id)["deliveries"]] for key, of in ids.items()
            }
            states = {each["state"] for deliveries in found.values() for each in deliveries}
            if states <= ENDS or time.monotonic() > deadline:
                return found
            time.sleep(0.3)

    def _write_configuration(self) -> None:
        shutil.rmtree(self.config)
        (self.config / "tenants").mkdir(parents=True)
        (self.config / "amtsbote.toml").write_text(_CONFIGURATION, encoding="utf-8")
        shutil.copy(Path(__file__).with_name("batch.toml"), self.config / "batch.toml")
        for line in self.lines:
            (self.config / "tenants" / f"{line.key}.toml").write_text(line.configuration, encoding="utf-8")
        for line in self._with_folder():
            (self.folder / "var" / "trade" / line.key).mkdir(parents=True, exist_ok=True)

    def _with_folder(self) -> Iterator[Line]:
        return (line for line in self.lines if line.way is Way.FILES)

    def _environment(self, name: str) -> dict[str, str]:
        kinds = ("VALID", "EXPIRED", "WRONG_HOST", "SELF_SIGNED", "CLIENT_CERTIFICATE")
        tls = {
            f"TLS_{kind}": f"https://127.0.0.1:{self._tls_port + number}" for number, kind in enumerate(kinds)
        }
        certificate, key = self._certificates.client()
        files = {
            "SANDBOX_CA": str(self._certificates.authority),
            "CLIENT_CERTIFICATE": str(certificate),
            "CLIENT_KEY": str(key),
        }
        files["SANDBOX_FOLDER"] = str(self.folder / "sandbox")
        ssh = {"SFTP_PORT": str(self._sftp_port), "SFTP_HOST_KEY": self._host_key}
        return super()._environment(name) | tls | files | ssh

    def _sandbox_settings(self) -> dict[str, str]:
        folders = [str(self.folder / "var" / "trade" / line.key) for line in self._with_folder()]
        pickup = [line.key for line in self.lines if line.way == "pickup"]
        own = {
            "TLS_PORT": str(self._tls_port),
            "SFTP_PORT": str(self._sftp_port),
            "TRADE_FOLDERS": ",".join(folders),
            "PICKUP_DESTINATIONS": ",".join(pickup),
            "PICKUP_LEASE": "2",
        }
        return super()._sandbox_settings() | {
            f"AMTSBOTE_SANDBOX_{name}": value for name, value in own.items()
        }


def _account(deliveries: Sequence[dict[str, Any]], received: Sequence[dict[str, Any]]) -> Cell:
    effects = {each["delivery"]: each["effects"] for each in received}
    cell = Cell(accepted=len(deliveries))
    for each in deliveries:
        has = effects.get(each["id"], 0)
        cell.once += has == 1
        cell.twice += has > 1
        if each["state"] not in ENDS:
            cell.unfinished += 1
        elif each["state"] != "delivered":
            cell.parked[f"{each['state']}: {each['code']}"] += 1
        elif not has:
            cell.lost += 1
    return cell


def _is_free(port: int) -> bool:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return True
    except OSError:
        return False


_CONFIGURATION = """\
data_folder = "../var"

[store]
url = "sqlite:///../var/amtsbote.db"
disk_floor_mb = 16

[limits]
requests_per_second = 10000
burst = 10000
"""
