"""Schema: brings a database to the present shape of the tables, and tells where it is not."""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect

from gateway.store.engine.database import Database
from gateway.store.engine.statement import Tx
from gateway.store.engine.translate import SchemaNotCurrent

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"


async def upgrade_database(database: Database) -> None:
    """Run every migration that is missing, all or none."""
    await database.migrate(_migrate)


async def check_current(database: Database) -> None:
    """Hold the database's revision against the newest migration.

    Raises:
        SchemaNotCurrent: it is older, newer, or not a store at all.
    """
    found = await database.read(_revision)
    wanted = newest_revision()
    if found != wanted:
        raise SchemaNotCurrent(
            f"the database is at revision {found or 'none'}, this version needs {wanted}: "
            "run `amtsbote db upgrade`"
        )


def newest_revision() -> str:
    """That of the last migration, whose file it begins the name of: `v0002_warnings.py` leads to `0002`."""
    return max(path.name[1:5] for path in (_MIGRATIONS / "versions").glob("v*.py"))


def _migrate(connection: Connection) -> None:
    if _found(connection) == newest_revision():
        return
    from alembic import command  # noqa: PLC0415 - only where a migration is missing

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(tx: Tx) -> str | None:
    return _found(tx.connection)


def _found(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    return None if found is None else str(found)


def _config() -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    # A path may hold a percent sign, which Alembic's configuration would interpolate.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config
