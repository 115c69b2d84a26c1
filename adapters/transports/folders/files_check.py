"""Check of a folder of this host: there, open to us, with room in it."""

import os
import shutil
from pathlib import Path
from uuid import uuid4

from adapters.checking import LITTLE_SPACE, Look, failed, in_thread, ok, warning
from adapters.transports.folders.local import cause_of
from gateway.core.check import Finding, StepName


def folder_looks(folder: Path) -> list[tuple[StepName, Look]]:
    """The looks at a folder that takes files."""

    async def takes_files() -> Finding:
        return await in_thread(lambda: _takes_files(folder))

    async def has_room() -> Finding:
        return await in_thread(lambda: _has_room(folder))

    return [(StepName.FOLDER, takes_files), (StepName.SPACE, has_room)]


def _takes_files(folder: Path) -> Finding:
    if not folder.is_dir():
        return failed(
            "folder-missing", "Den Ordner gibt es nicht.", "The folder does not exist, or is not mounted."
        )
    # Under a name that watchers leave alone.
    trial = folder / f".amtsbote-{uuid4().hex}.part"
    try:
        descriptor = os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        os.close(descriptor)
        trial.unlink()
    except OSError as error:
        cause = cause_of(error)
        return failed(cause.code, f"Der Ordner nimmt keine Datei an ({cause.code}).", cause.detail)
    return ok("Der Ordner nimmt Dateien an.", "The folder takes files.")


def _has_room(folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    megabytes = free // 1_000_000
    if free < LITTLE_SPACE:
        return warning("little-space", f"Nur {megabytes} MB frei.", f"Only {megabytes} MB left.")
    return ok(f"{megabytes} MB frei.", f"{megabytes} MB left.")
