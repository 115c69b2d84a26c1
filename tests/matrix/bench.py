"""Bench: an installation with all lines, what it is told to suffer, and the account of each line."""

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from gateway.sandbox.certificates import Certificates
from gateway.sandbox.faults import FOLDER
from gateway.sandbox.sftp import host_key
from gateway.sandbox.soap import SOAP_11, SOAP_12
from gateway.sandbox.systems import Way
from tests.acceptance.installation import Installation
from tests.acceptance.letters import a_letter
from tests.matrix.cases import Case
from tests.matrix.line import GIVE_UP_SECONDS, Line
from tests.servers.compose import ROOT
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
        self.lines = lines
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
        sharing = Counter(line.matched for line in lines)
        for line in {line.matched: line for line in lines}.values():
            rule = case.told(line)
            if rule is not None:
                self.fault(**rule)  # type: ignore[arg-type]  # as the sandbox takes it
            if not line.recognises and case.fault is not None:
                self.fault(line.system, "forget", way=line.way, match=line.kind, times=0)
        if case.fault in FOLDER:
            self.eventually(self._all_hit, lambda: f"{case.name}: {self._faults()}")
        ids = {line.key: [self._submit(line) for _ in range(LETTERS)] for line in lines}
        messages, held = self._ended(ids, case)
        hits = {
            (each["system"], each["way"], each["match"]): each["hits"]
            for each in self._faults()
            if each["fault"] == case.fault
        }
        received = self.received()
        self.no_faults()
        cells = {line.key: _account(messages[line.key], received[line.system], held) for line in lines}
        for line in lines:
            every_letter = 1 if case.fault in FOLDER else LETTERS * sharing[line.matched]
            cells[line.key].struck = case.fault is None or hits.get(line.matched, 0) >= every_letter
        return cells

    def _all_hit(self) -> bool:
        """The folders of this host have become what the rules say."""
        return all(each["hits"] for each in self._faults() if each["way"] in {Way.FILES, Way.BATCH})

    def _faults(self) -> list[dict[str, Any]]:
        faults: list[dict[str, Any]] = self.client.get(f"{self.url('sandbox')}/sandbox/faults").json()[
            "faults"
        ]
        return faults

    def _submit(self, line: Line) -> str:
        id: str = self.submit(a_letter(line.sample, line.ags))["id"]
        return id

    def _ended(
        self, ids: dict[str, list[str]], case: Case
    ) -> tuple[dict[str, list[dict[str, Any]]], dict[str, str]]:
        """The deliveries of each line when all have come to their end or patience has; and the open incidents by
        destination, where what lasts holds batches up: nothing of those ends.
        """
        begun = time.monotonic()
        while True:
            found = {
                key: [each for id in of for each in self.message(id)["deliveries"]] for key, of in ids.items()
            }
            waiting = {key for key, each in found.items() if not {one["state"] for one in each} <= ENDS}
            waited = time.monotonic() - begun
            held = self._held() if waiting and case.lasts and waited > GIVE_UP_SECONDS else {}
            if waiting <= held.keys() or waited > PATIENCE:
                return found, held
            time.sleep(0.3)

    def _held(self) -> dict[str, str]:
        """What keeps batches from being written, by destination."""
        listed = json.loads(self.amtsbote("incidents", "--open", "-o", "json").stdout)
        return {
            each["destination"]: f"{each['trouble']}: {each['code']}"
            for each in listed
            if each["trouble"] == "not-written"
        }

    @property
    def _return(self) -> Path:
        return self.folder / "sandbox" / "trade-return"

    def _write_configuration(self) -> None:
        shutil.rmtree(self.config)
        (self.config / "tenants").mkdir(parents=True)
        (self.config / "amtsbote.toml").write_text(_CONFIGURATION, encoding="utf-8")
        shutil.copy(Path(__file__).with_name("batch.toml"), self.config / "batch.toml")
        wsdl = WSDL.read_text(encoding="utf-8").replace(SOAP_11.wsdl_namespace, SOAP_12.wsdl_namespace)
        (self.config / "einwohnerdienst12.wsdl").write_text(wsdl, encoding="utf-8")
        for line in self.lines:
            (self.config / "tenants" / f"{line.key}.toml").write_text(line.configuration, encoding="utf-8")
        self._return.mkdir(parents=True)
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
        files["TRADE_RETURN"] = str(self._return)
        files["RABBITMQ_USER"] = urlsplit(self.broker_url).username or ""
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
        if self.broker_url != "embedded":
            own["TRADE_RETURN"] = str(self._return)
        settings = super()._sandbox_settings() | {
            f"AMTSBOTE_SANDBOX_{name}": value for name, value in own.items()
        }
        if self.broker_url != "embedded":
            # Without one its receipts go over RabbitMQ.
            del settings["AMTSBOTE_SANDBOX_REAL_ESTATE_KEY"]
        return settings


def _account(
    deliveries: Sequence[dict[str, Any]], received: Sequence[dict[str, Any]], held: Mapping[str, str]
) -> Cell:
    effects = {each["delivery"]: each["effects"] for each in received}
    cell = Cell(accepted=len(deliveries))
    for each in deliveries:
        has = effects.get(each["id"], 0)
        cell.once += has == 1
        cell.twice += has > 1
        if each["state"] not in ENDS and each["destination"] in held:
            cell.parked[f"{each['state']}, incident {held[each['destination']]}"] += 1
        elif each["state"] not in ENDS:
            cell.unfinished += 1
        elif each["state"] != "delivered":
            cell.parked[f"{each['state']}: {each['code']}"] += 1
        elif not has:
            cell.lost += 1
    return cell


WSDL = ROOT / "adapters" / "registration" / "einwohnerdienst.wsdl"

_CONFIGURATION = """\
data_folder = "../var"

[store]
url = "sqlite:///../var/amtsbote.db"
disk_floor_mb = 16

[limits]
requests_per_second = 10000
burst = 10000
"""
