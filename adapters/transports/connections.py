"""Connections that are used again: only those on which the other side has said nothing since its last answer."""

import select
from typing import Any

import aiohttp
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection


class SilentConnections(aiohttp.TCPConnector):
    """aiohttp's pool of connections, but who answers twice is not asked again on the same connection: aiohttp
    would take the second answer for that to the next request, and with it one delivery's receipt for another's.
    """

    async def _get(self, key: ConnectionKey, traces: list[Any]) -> Connection | None:
        while (connection := await super()._get(key, traces)) is not None:
            if _is_silent(connection):
                return connection
            connection.close()
        return None


def _is_silent(connection: Connection) -> bool:
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or protocol.should_close:
        return False
    # What has arrived and was not read yet: another answer, or the end of the connection.
    waiting = select.poll()
    waiting.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return not waiting.poll(0)
