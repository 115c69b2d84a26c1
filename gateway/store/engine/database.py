"""Database: where transactions run; what SQLite and PostgreSQL have in common for the store."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import URL, Connection, make_url

from gateway.core.addresses import addresses
from gateway.store.engine.statement import Tx

Value = TypeVar("Value")


class Database(Protocol):
    """An open database.

    `write` and `read` raise `StoreUnavailable` where the database does not do its part in time, and
    otherwise whatever the work raises.
    """

    lanes: int
    """How many writing transactions may usefully be open at once."""
    connections: int
    """How many connections there are at most."""

    @property
    def in_use(self) -> int:
        """Connections that somebody has now."""
        ...

    async def write(self, work: Callable[[Tx], Value]) -> Value:
        """Run work in one transaction and return when it is durable."""
        ...

    async def read(self, work: Callable[[Tx], Value]) -> Value:
        """Run work that only reads."""
        ...

    async def migrate(self, work: Callable[[Connection], None]) -> None:
        """Run work on the tables themselves, alone and in one transaction."""
        ...

    async def aclose(self) -> None: ...


class Doorbell(Protocol):
    """Wakes whoever waits for something to become due. A ring may be lost: it is a hint."""

    def ring(self) -> None: ...

    async def wait(self, timeout: float) -> None:
        """Return after a ring since the last wait, at the latest after `timeout` seconds."""
        ...

    async def aclose(self) -> None: ...


def sqlite_file(url: str) -> Path | None:
    """The file that a `sqlite:///path` means; None for another database.

    Raises:
        ValueError: neither SQLite with a file nor PostgreSQL.
    """
    parsed = make_url(addresses(url)[0])
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and parsed.database != ":memory:":
            return Path(parsed.database)
        case "postgresql":
            return None
        case name:
            raise ValueError(f"a store is sqlite:///path or postgresql://..., not {name!r}")


def postgres_url(url: str) -> URL:
    """A `postgresql://...` as users write it, with our driver and the driver's word for `sslmode`; of several servers
    the first.
    """
    parsed = make_url(addresses(url)[0]).set(drivername="postgresql+asyncpg")
    sslmode = parsed.query.get("sslmode")
    if sslmode is None:
        return parsed
    return parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": sslmode})


def plain_dsn(url: str) -> str:
    """The same for asyncpg itself, which knows `sslmode`. One server only."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
