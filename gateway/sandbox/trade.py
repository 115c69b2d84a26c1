"""Trade: a folder watcher that takes a payload once its control file is there."""

import asyncio
import hashlib
import itertools
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from pydantic import BaseModel, ValidationError

from gateway.core.errors import Refused
from gateway.sandbox import sftp
from gateway.sandbox.board import ARRIVALS
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.folders import Folder
from gateway.sandbox.journal import Arrival, Result
from gateway.sandbox.receipts import Receipts
from gateway.sandbox.settings import SandboxSettings
from gateway.sandbox.systems import System, Way
from schemas.door import parse

log = structlog.get_logger()

CONTROL = ".ctl"
DONE, REFUSED = "done", "refused"
"""Folders below, for what was taken and what was not."""


@dataclass(frozen=True, slots=True)
class Drop:
    """A control file and what it says, held against the payload beside it."""

    control: Path
    payload: Path | None
    arrival: Arrival
    finding: str | None = None
    """Why it is refused: size and SHA-256 of the payload are not those that the control file names, or
    there is nothing to read.
    """


def watchers(
    desk: Desk, receipts: Receipts, settings: SandboxSettings
) -> Iterator[Coroutine[None, None, None]]:
    """One watcher per folder."""
    for folder in settings.watched:
        yield _watch_own(folder, desk, receipts, settings)
    if settings.sftp:
        yield _watch_sftp(settings.sftp_folder / sftp.IN, desk, receipts, settings)


async def _watch_sftp(folder: Path, desk: Desk, receipts: Receipts, settings: SandboxSettings) -> None:
    # What goes wrong on the way into the folder is the server's: here it has arrived.
    for name in (DONE, REFUSED):
        (folder / name).mkdir(parents=True, exist_ok=True)
    while True:
        await _look(folder, Way.SFTP, desk, receipts, settings)
        await asyncio.sleep(settings.trade_interval)


async def _watch_own(folder: Path, desk: Desk, receipts: Receipts, settings: SandboxSettings) -> None:
    place = Folder(folder)
    await place.prepare()
    for name in (DONE, REFUSED):
        (folder / name).mkdir(exist_ok=True)
    try:
        while True:
            if await place.become(desk.faults.folder(System.TRADE, Way.FILES)):
                await _look(folder, Way.FILES, desk, receipts, settings)
            await asyncio.sleep(settings.trade_interval)
    finally:
        await place.become(None)


async def _look(folder: Path, way: Way, desk: Desk, receipts: Receipts, settings: SandboxSettings) -> None:
    for drop in await asyncio.to_thread(_complete, folder, way, settings.trade_grace):
        await _take(drop, desk, receipts)


async def _take(drop: Drop, desk: Desk, receipts: Receipts) -> None:
    """Take one drop, or leave it lying for the next look where a rule wants a crash."""
    over_the_wire = drop.arrival.way is Way.SFTP
    rule = desk.faults.pick(drop.arrival, only=ARRIVALS - sftp.TRANSFER if over_the_wire else ARRIVALS)
    if rule and rule.when is When.BEFORE and await crashes(desk, rule):
        return
    entry = await desk.file(drop.arrival, rule, drop.finding)
    if rule and rule.when is not When.BEFORE and await crashes(desk, rule):
        return
    target = REFUSED if entry.result is Result.REFUSED else DONE
    await asyncio.to_thread(_move, drop, drop.control.parent / target)
    await receipts.send(entry, rule)


async def crashes(desk: Desk, rule: FaultRule) -> bool:
    """Be slow, or crash, where a rule wants it: for a system that speaks no HTTP."""
    if rule.fault in {Fault.DELAY, Fault.STALL}:
        await desk.pause(rule.duration)
    return rule.fault in {Fault.CUT, Fault.STALL}


def _complete(folder: Path, way: Way, grace: float) -> list[Drop]:
    """Drops that can be judged, oldest name first. One whose parts are still being written waits for
    `grace` seconds from its control file's time.
    """
    drops = []
    for control in sorted(folder.glob(f"[!.]*{CONTROL}")):
        try:
            late = time.time() - control.stat().st_mtime > grace
            drop = _read(control, way, late=late)
        except OSError as error:
            log.warning("drop_unreadable", file=control.name, error=type(error).__name__)
            continue
        if drop is not None:
            drops.append(drop)
    return drops


class _Control(BaseModel):
    """What a control file says."""

    delivery: str
    file: str
    size: int
    sha256: str
    message: str | None = None
    kind: str | None = None


def _read(control: Path, way: Way, *, late: bool) -> Drop | None:
    """Judge a control file; None where it and its payload may still become complete."""
    try:
        says = _Control.model_validate_json(control.read_bytes())
    except ValidationError:
        return _unreadable(control, way) if late else None
    # Only a name: a control file can't point out of its folder.
    payload = control.parent / Path(says.file).name
    content = payload.read_bytes() if payload.is_file() else b""
    if len(content) < says.size and not late:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    return Drop(
        control,
        payload,
        Arrival(System.TRADE, way, says.delivery, sha256, says.message, says.kind),
        _check(says, payload, content, sha256),
    )


def _check(says: _Control, payload: Path, content: bytes, sha256: str) -> str | None:
    if len(content) != says.size or sha256 != says.sha256:
        return "pruefsumme-falsch"
    if payload.suffix == ".xml":
        try:
            parse(content)
        except Refused:
            return "datei-unlesbar"
    return None


def _unreadable(control: Path, way: Way) -> Drop:
    sha256 = hashlib.sha256(control.read_bytes()).hexdigest()
    return Drop(control, None, Arrival(System.TRADE, way, control.stem, sha256), "steuerdatei-unlesbar")


def _move(drop: Drop, target: Path) -> None:
    # The control file first: without it a payload means nothing, so a crash in between repeats nothing.
    for path in (drop.control, drop.payload):
        if path is not None and path.exists():
            path.rename(_free_name(target / path.name))


def _free_name(path: Path) -> Path:
    """The path, or one beside it with a number where a repetition has been moved before."""
    for number in itertools.count(2):
        if not path.exists():
            break
        path = path.with_name(f"{path.name.partition('~')[0]}~{number}")
    return path
