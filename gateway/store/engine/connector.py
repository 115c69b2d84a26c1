"""Connector: new connections to PostgreSQL, to the primary where an address names several servers."""

from collections.abc import Mapping
from typing import Any

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from gateway.core.addresses import addresses
from gateway.store.engine.database import plain_dsn


class Connector:
    """Connects to one of a database's servers; with several, to the first that takes changes.

    asyncpg knows such addresses too, but gives all servers one time limit together: a first one whose host is gone,
    so that nobody refuses, would use it up alone.
    """

    def __init__(
        self, url: str, *, timeout: float, command_timeout: float | None, settings: Mapping[str, str]
    ) -> None:
        self._servers = [plain_dsn(each) for each in addresses(url)]
        self._wanted = SessionAttribute.read_write if len(self._servers) > 1 else SessionAttribute.any
        self._timeout = timeout
        self._command_timeout = command_timeout
        self._settings = dict(settings)

    async def connect(self) -> Any:  # noqa: ANN401 - asyncpg publishes no types
        """A connection. The server that gave the last one is asked first.

        Raises:
            OSError, or an error of asyncpg: what the last server that was tried had against it.
        """
        failure: Exception | None = None
        for server in tuple(self._servers):
            try:
                return await self._connect(server)
            except asyncpg.TargetServerAttributeNotMatched:
                failure = asyncpg.ReadOnlySQLTransactionError("no server takes changes")
            except (OSError, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
                failure = error
            if self._servers[0] == server:
                # Whoever connects next need not find out again.
                self._servers.append(self._servers.pop(0))
        assert failure is not None
        raise failure

    async def _connect(self, server: str) -> Any:  # noqa: ANN401 - as above
        return await asyncpg.connect(
            server,
            timeout=self._timeout,
            command_timeout=self._command_timeout,
            target_session_attrs=self._wanted,
            server_settings=self._settings,
        )
