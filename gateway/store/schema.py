"""Schema: brings a database to the present shape of the tables, and tells where it is not."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from gateway.store.database import Database
from gateway.store.statement import Tx
from gateway.store.translate import SchemaNotCurrent


async def upgrade_database(database: Database) -> None:
    """Run every migration that is missing, all or none."""
    await database.migrate(_migrate)


async def check_current(database: Database) -> None:
    """Hold the database's revision against the newest migration.

    Raises:
        SchemaNotCurrent: it is older, newer, or not a store at all.
    """
    found = await database.read(_revision)
    wanted = _script().get_current_head()
    if found != wanted:
        raise SchemaNotCurrent(
            f"the database is at revision {found or 'none'}, this version needs {wanted}: "
            "run `amtsbote db upgrade`"
        )


def _migrate(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(tx: Tx) -> str | None:
    return MigrationContext.configure(tx.connection).get_current_revision()


@cache
def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    # A path may hold a percent sign, which Alembic's configuration would interpolate.
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
