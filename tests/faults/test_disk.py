"""No space is left: for the store, and in the folder of a specialist system. Needs the right to mount a tmpfs."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import an_embedded, opened
from tests.acceptance.letters import COTTBUS, a_letter
from tests.faults.conftest import Experiment, Site

pytestmark = pytest.mark.timeout(400)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        pytest.skip("no right to mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the space that is left."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 65536):
                pass
        except OSError:
            return ballast
    raise AssertionError("this disk has no end")


@pytest.mark.parametrize("floor", ["0", "16"])
def test_the_disk_of_the_store_is_full(tmp_path: Path, experiment: Experiment, floor: str) -> None:
    installation = an_embedded(tmp_path)
    # The gateway's own disk only: the specialist systems have theirs.
    with small_disk(tmp_path / "var", 64) as disk:
        for name in ("gewerbeamt", "kammer-cottbus"):
            (disk / "trade" / name).mkdir(parents=True)
        settings = installation.config / "amtsbote.toml"
        told = settings.read_text(encoding="utf-8").replace("disk_floor_mb = 16", f"disk_floor_mb = {floor}")
        settings.write_text(told, encoding="utf-8")
        with opened(installation):

            def fill_and_free() -> None:
                ballast = fill(disk)
                time.sleep(8)
                ballast.unlink()

            written = experiment(
                f"disk of the store full for 8 s, floor {floor} MB",
                Site("embedded", installation),
                fill_and_free,
            )

            assert written.kept
            assert "503" in written.answers


def test_the_folder_of_a_system_is_full(alone: Site, experiment: Experiment) -> None:
    installation = alone.installation
    letters = [a_letter("gewerbe/anmeldung-voll", COTTBUS, {"trade": 2}) for _ in range(20)]
    with small_disk(installation.folder / "var" / "trade" / "gewerbeamt", 1) as folder:
        # Where the register keeps what it has taken: under the mount those that it made are out of sight.
        for name in ("done", "refused"):
            (folder / name).mkdir()
        ballast = fill(folder)

        def free() -> None:
            time.sleep(5)
            ballast.unlink()

        written = experiment("folder of the trade register full", alone, letters=letters, afterwards=free)

        assert written.kept
        assert written.delivered == 40
