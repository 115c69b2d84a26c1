"""Disk floor: no intake without room on disk to keep what was accepted."""

import shutil
import time
from pathlib import Path

from gateway.core.errors import StoreUnavailable


class DiskFloor:
    """Watches the free space of the file system that holds a folder."""

    def __init__(self, folder: Path, floor_bytes: int, *, look_every: float = 1.0) -> None:
        """`floor_bytes` of 0 switches the check off; free space is looked up at most every `look_every` s."""
        self._folder = folder
        self._floor = floor_bytes
        self._look_every = look_every
        self._looked_at = float("-inf")
        self._free = 0

    def check(self) -> None:
        """Hold the free space against the floor.

        Raises:
            StoreUnavailable: there is less than the floor.
        """
        if not self._floor:
            return
        if time.monotonic() - self._looked_at >= self._look_every:
            self._free = shutil.disk_usage(self._folder).free
            self._looked_at = time.monotonic()
        if self._free < self._floor:
            raise StoreUnavailable(f"free disk space is below the floor of {self._floor} bytes")
