"""A PostgreSQL primary with a standby that holds every commit before it is confirmed; the primary may be lost for good."""

import shutil
import subprocess
import time
from pathlib import Path

from tests.servers.postgres import PrivatePostgres
from tests.servers.process import ServerProcess, free_port

NAME = "standby1"
PATIENCE = 60.0


class PostgresPair:
    """Two servers on this machine, joined by streaming replication with `synchronous_standby_names`."""

    def __init__(self) -> None:
        self.primary = PrivatePostgres()
        self._port = free_port()
        self._standby: ServerProcess | None = None
        try:
            self._standby = self._copied()
            self._standby.start()
            self.primary.sql(
                f"ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 ({NAME})'", "SELECT pg_reload_conf()"
            )
            self._wait_for(self.primary.url, "SELECT sync_state FROM pg_stat_replication", "sync")
        except BaseException:
            self.close()
            raise
        user, at, server = self.primary.url.partition("@")
        first, slash, database = server.partition("/")
        self.url = f"{user}{at}{first},127.0.0.1:{self._port}{slash}{database}"
        """Names both, as the gateway takes it."""
        self.standby_url = f"{user}{at}127.0.0.1:{self._port}{slash}{database}"
        self.description = f"{self.primary.description} with a synchronous standby"

    def lose_the_primary(self) -> None:
        """Kill it and remove its data, as a host that burns."""
        self.primary.kill()
        shutil.rmtree(self.primary.data)

    def promote(self) -> None:
        """Make the standby the primary, and wait until it takes changes."""
        self.standby_sql("SELECT pg_promote(wait => true)")
        self._wait_for(self.standby_url, "SELECT pg_is_in_recovery()", "False")

    def standby_sql(self, *statements: str) -> None:
        """Run statements on the standby."""
        self.primary.sql(*statements, url=self.standby_url)

    def kill_the_standby(self) -> None:
        """From now on the primary's commits wait."""
        assert self._standby is not None
        self._standby.kill()

    def start_the_standby(self) -> None:
        """Start it again with what it had."""
        assert self._standby is not None
        self._standby.start()

    def close(self) -> None:
        """End both and remove their folders."""
        if self._standby is not None:
            self._standby.kill()
        self.primary.close()

    def _copied(self) -> ServerProcess:
        folder = self.primary.data.parent / "standby"
        source = self.primary.url.rpartition("/")[0] + "/"
        subprocess.run(
            [
                str(self.primary.programs / "pg_basebackup"),
                f"--dbname={source}?application_name={NAME}",
                f"--pgdata={folder}",
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ],
            check=True,
            capture_output=True,
            cwd=folder.parent,
            **self.primary.identity,
        )
        return self.primary.server(folder, self._port, Path(f"{folder}.log"))

    def _wait_for(self, url: str, query: str, wanted: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.primary.ask(query, url=url) != [wanted]:
            assert time.monotonic() < deadline, f"{query} does not become {wanted}"
            time.sleep(0.1)
