"""The files of an SQLite store."""

from pathlib import Path

from gateway.store import SqlStore, upgrade


async def test_nobody_else_on_the_host_can_read_what_is_kept(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/data/store.db"
    await upgrade(url)

    async with await SqlStore.open(url):
        kept = [file for file in (tmp_path / "data").iterdir() if file.suffix != ".lock"]
        assert {"store.db", "store.db-wal"} <= {file.name for file in kept}
        assert [file.name for file in kept if file.stat().st_mode & 0o077] == []
