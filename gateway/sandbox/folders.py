"""Folders: a folder that is full for a while, or that nobody may write into, for real."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path

import structlog

from gateway.sandbox.board import ActiveFault
from gateway.sandbox.faults import Fault

log = structlog.get_logger()

BLOCK = 4096
"""Bytes: the smallest space that a file system in memory can have."""


class Folder:
    """A folder into which others lay files. While something is wrong with it nobody reaches what is in it,
    neither they nor the system that takes it.

    A tiny file system is mounted over it, which needs the right to do so (root). Without that right a folder
    can still become one that nobody may write into, but not a full one.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._wrong: Fault | None = None

    async def prepare(self) -> None:
        """Make the folder, or bring it back from what an earlier sandbox left.

        Raises:
            OSError: it can't be made.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        await self._mend()

    async def become(self, active: ActiveFault | None) -> bool:
        """Bring the folder into the state that a rule wants; True where it can be worked with now."""
        wrong = active.rule.fault if active else None
        if wrong is not self._wrong:
            await self._mend()
            if wrong is not None:
                await self._hurt(wrong)
            self._wrong = wrong
        if active is not None:
            active.hits = 1
        return active is None

    async def _hurt(self, wrong: Fault) -> None:
        full = wrong is Fault.FOLDER_FULL
        # The root of a file system in memory needs no space: one file that fills it leaves none.
        options = f"size={BLOCK},mode=0777" if full else "ro,size=4096"
        if await _run("mount", "-t", "tmpfs", "-o", options, "amtsbote-sandbox", str(self.path)):
            if full:
                with suppress(OSError):
                    (self.path / ".ballast").write_bytes(b"\0" * BLOCK)
        elif full or os.geteuid() == 0:
            log.warning("fault_not_possible", fault=wrong, folder=self.path.name, needs="the right to mount")
        else:
            self.path.chmod(0o555)

    async def _mend(self) -> None:
        while self.path.is_mount() and await _run("umount", "--lazy", str(self.path)):
            pass
        if not os.access(self.path, os.W_OK):
            with suppress(PermissionError):
                self.path.chmod(0o755)


async def _run(*command: str) -> bool:
    """Whether a command of the operating system has done its work."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return False
    return await process.wait() == 0
