"""No space is left: for the store, for the broker, and in the folder of a specialist system. Needs the right to mount a tmpfs."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.acceptance.conftest import a_data_centre, an_embedded, opened
from tests.acceptance.letters import COTTBUS, a_letter
from tests.conftest import OpenServer
from tests.faults.conftest import Experiment, Site
from tests.servers.postgres import PrivatePostgres
from tests.servers.rabbitmq import PrivateRabbitMq

pytestmark = pytest.mark.timeout(400)


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    folder.mkdir(parents=True, exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode != 0:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no right to mount a tmpfs")
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


def test_the_disk_of_the_broker_is_full(
    open_server: OpenServer, experiment: Experiment, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "broker", 200) as disk:
        rabbitmq = open_server(lambda: PrivateRabbitMq(disk))
        # It would stop taking messages in time, and that is another fault.
        rabbitmq.ctl("set_disk_free_limit", "1")
        postgres = open_server(PrivatePostgres)
        with opened(a_data_centre(tmp_path / "centre", postgres.url, rabbitmq.url)) as installation:

            def fill_and_free() -> None:
                ballast = fill(disk)
                time.sleep(8)
                ballast.unlink()
                # Whether it could live with that or not: as after a restart by the init system.
                rabbitmq.kill()
                rabbitmq.start()

            written = experiment(
                "disk of the broker full for 8 s", Site("data centre", installation), fill_and_free
            )

            assert written.kept
            assert "503" not in written.answers
        rabbitmq.close()


def test_the_disk_of_the_database_is_full(
    open_server: OpenServer, experiment: Experiment, tmp_path: Path
) -> None:
    # An account of its own runs the database, and must get there.
    folder = Path(tempfile.mkdtemp(prefix="amtsbote-disk-"))
    folder.chmod(0o755)
    with small_disk(folder, 200) as disk:
        postgres = open_server(lambda: PrivatePostgres(disk))
        rabbitmq = open_server(PrivateRabbitMq)
        with opened(a_data_centre(tmp_path / "centre", postgres.url, rabbitmq.url)) as installation:

            def fill_and_free() -> None:
                ballast = fill(disk)
                time.sleep(8)
                ballast.unlink()
                postgres.kill()
                postgres.start()

            written = experiment(
                "disk of PostgreSQL full for 8 s", Site("data centre", installation), fill_and_free
            )

            assert written.kept
            assert "503" in written.answers
        postgres.close()
    folder.rmdir()


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
