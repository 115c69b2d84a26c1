"""Fill: fills a store by SQL, set by set, with what a store holds after months of work."""

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from benchmarks.growth.filled import COLLECTING, DESTINATIONS, TENANTS, Filled
from gateway.store import upgrade
from gateway.store.engine.database import plain_dsn, sqlite_file

CHUNK = 250_000
"""Messages of one transaction."""
CONTENT = 200
"""Bytes of the content of each message."""
INDEXES_LATER = 100_000
"""Stores of more messages than this get their indexes when they are full: that is faster."""


async def fill(url: str, filled: Filled) -> None:
    """Make a store of these messages and have the database look at what it holds."""
    await upgrade(url)
    file = sqlite_file(url)
    if file is None:
        await _fill_postgres(url, filled)
    else:
        _fill_sqlite(file, filled)


async def spread(url: str, filled: Filled) -> None:
    """Make what needs a person or is under way as much as these numbers say, in a store that was filled with less."""
    number = f"(since - {filled.start}) / {filled.step}"
    statement = f"""UPDATE deliveries SET state = rtrim({states(filled)}),
        due_at = CASE WHEN rtrim({states(filled)}) IN ('queued', 'pending') THEN since + 864000000000 END,
        asked_at = CASE WHEN rtrim({states(filled)}) IN ('pending', 'unclear') THEN updated_at END
        FROM (SELECT id AS found, {number} AS n FROM deliveries
            WHERE since <= {filled.received(filled.size)} AND substr(id, 15, 4) = '7001') AS s
        WHERE deliveries.id = found AND (n > {filled.size - filled.recent // 1000} OR n % 100 = 37)"""
    file = sqlite_file(url)
    if file is None:
        connection = await asyncpg.connect(plain_dsn(url))
        await connection.execute(statement)
        await connection.execute("VACUUM (ANALYZE) deliveries")
        await connection.close()
        return
    with sqlite3.connect(file) as plain:
        plain.execute(statement)
        plain.execute("PRAGMA analysis_limit = 1000").close()
        plain.execute("ANALYZE")


def _fill_sqlite(file: Path, filled: Filled) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "temp_store = FILE"):
        connection.execute(f"PRAGMA {pragma}").close()
    found = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    indexes = connection.execute(found).fetchall() if filled.size > INDEXES_LATER else []
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    for begin in range(1, filled.size + 1, CHUNK):
        connection.execute("BEGIN")
        for statement in _inserts(filled, begin, sqlite=True):
            connection.execute(statement)
        connection.execute("COMMIT")
    for _, definition in indexes:
        connection.execute(definition)
    connection.execute("PRAGMA analysis_limit = 1000").close()
    connection.execute("ANALYZE")
    connection.execute("PRAGMA journal_mode = WAL").close()
    connection.close()


async def _fill_postgres(url: str, filled: Filled) -> None:
    connection = await asyncpg.connect(plain_dsn(url))
    try:
        # Foreign keys hold by the way the rows are made.
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET maintenance_work_mem = '512MB'")
        found = """SELECT indexname, indexdef FROM pg_indexes
            WHERE schemaname = 'public' AND indexname NOT IN (SELECT conname FROM pg_constraint)"""
        indexes = await connection.fetch(found) if filled.size > INDEXES_LATER else []
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['indexname']}")
        for begin in range(1, filled.size + 1, CHUNK):
            async with connection.transaction():
                for statement in _inserts(filled, begin, sqlite=False):
                    await connection.execute(statement)
        for index in indexes:
            await connection.execute(index["indexdef"])
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


def _inserts(filled: Filled, begin: int, *, sqlite: bool) -> Iterator[str]:
    """Statements that add the messages from `begin` on, at most `CHUNK` of them, with all that belongs to them."""
    end = min(begin + CHUNK - 1, filled.size)
    for text in _TEXTS:
        yield _in_words(text, filled, begin, end, sqlite=sqlite)


def states(filled: Filled) -> str:
    """SQL: the state of the first delivery of message `n`."""
    under_way = filled.size - filled.recent // 1000
    return f"""CASE
        WHEN n > {under_way} THEN substr('queued queued queued claimedpendingpendingpendingpendingqueued queued ',
            CAST(n % 10 * 7 + 1 AS INTEGER), 7)
        WHEN n % 100 <> 37 THEN CASE WHEN n % 100 = 11 THEN 'withdrawn' ELSE 'delivered' END
        WHEN n <= {filled.size - filled.recent} THEN 'dismissed'
        WHEN n / 100 % 10 < 4 THEN 'parked' WHEN n / 100 % 10 < 8 THEN 'rejected'
        WHEN n / 100 % 10 = 8 THEN 'unclear' ELSE 'expired' END"""


def _in_words(text: str, filled: Filled, begin: int, end: int, *, sqlite: bool) -> str:
    """A text in the SQL of one database."""

    def hexadecimal(match: re.Match[str]) -> str:
        value, width = match.group(1), match.group(2)
        return f"printf('%0{width}x', {value})" if sqlite else f"lpad(to_hex({value}), {width}, '0')"

    words = {
        "state": f"rtrim({states(filled)})",
        "numbers": (
            f"""(WITH RECURSIVE s (n) AS (SELECT {begin} UNION ALL SELECT n + 1 FROM s WHERE n < {end})
            SELECT n FROM s)"""
            if sqlite
            else f"(SELECT n::bigint FROM generate_series({begin}, {end}) AS s (n))"
        ),
        "content": f"CAST(x'{b'<m/>'.ljust(CONTENT).hex()}' AS BLOB)"
        if sqlite
        else f"decode('{b'<m/>'.ljust(CONTENT).hex()}', 'hex')",
        "at": f"({filled.start} + {filled.step} * n)",
        "soon": f"({filled.received(filled.size)} + 86400000000 + n)",
        "destinations": str(DESTINATIONS),
        "tenants": str(TENANTS),
        "collecting": COLLECTING,
        "yes": "1" if sqlite else "true",
        "no": "0" if sqlite else "false",
    }
    while _WORD.search(text):
        text = _WORD.sub(lambda match: (_COMMON | words)[match.group(1)], text)
    return re.sub(r"HEX\[(.*?), (\d+)\]", hexadecimal, text)


_WORD = re.compile(r"\{([a-z]+)\}")
_COMMON = {
    "mixed": "(n * 2654435761 % 4294967296)",
    "time": "HEX[{at} / 1000, 12]",
    "tail": "HEX[n * 2654435761 % 281474976710656, 12]",
    "message": "substr({time}, 1, 8) || '-' || substr({time}, 9, 4) || '-7000-8000-' || {tail}",
    "delivery": "substr({time}, 1, 8) || '-' || substr({time}, 9, 4) || '-7001-8000-' || {tail}",
    "second": "substr({time}, 1, 8) || '-' || substr({time}, 9, 4) || '-7002-8000-' || {tail}",
    "tenant": "'t' || ({mixed} / 1024 % {tenants})",
    "destination": "CASE WHEN n % 50 = 7 THEN '{collecting}' ELSE 'd' || ({mixed} / 65536 % {destinations}) END",
    "portal": "CASE WHEN n % 40 = 21 THEN 'klein' ELSE 'portal-' || (n % 3) END",
    "service": "'registration/anmeldung'",
}
_TEXTS = (
    """INSERT INTO messages (id, tenant, portal, standard, version, root, service, leistung, nachrichten_uuid,
        nachrichtentyp, erstellungszeitpunkt, leser_kennung, leser_verzeichnisdienst, autor_kennung,
        autor_verzeichnisdienst, test, sha256, size, idempotency_key, received_at, warnings, order_key)
    SELECT {message}, {tenant}, {portal}, 'ab-meldewesen', '1.0', 'meldewesen.anmeldung.0101', {service},
        '99115005104000', HEX[{mixed}, 8] || '-0000-4000-8000-' || HEX[n, 12], '0101', '2026-11-02T12:00:00+01:00',
        'ags:12072477', 'DVDV', 'psw:01003110', 'DVDV', {no}, {tail} || {tail} || {tail} || {tail} || {tail},
        200, CASE WHEN n % 10 = 2 THEN {tail} || n END, {at}, NULL, CASE WHEN n % 20 = 3 THEN 'fall-' || n / 60 END
    FROM {numbers} AS s""",
    """INSERT INTO contents (message_id, tenant, codec, bytes)
    SELECT {message}, {tenant}, 'plain', {content} FROM {numbers} AS s""",
    """INSERT INTO deliveries (id, message_id, tenant, destination, service, state, attempt, priority, due_at,
        published, lease_until, claimed_by, claimed_at, since, reference, code, updated_at, asked_at)
    SELECT {delivery}, {message}, {tenant}, {destination}, {service}, state, 1, 1,
        CASE WHEN state IN ('queued', 'pending') THEN {soon} END,
        CASE WHEN state = 'queued' AND n % 2 = 0 THEN 1 ELSE 0 END,
        CASE WHEN state = 'claimed' THEN {soon} END, 'worker-' || (n % 4), {at} + 50000, {at},
        CASE WHEN n % 10 = 4 THEN 'AZ-' || n END,
        CASE WHEN state IN ('parked', 'rejected', 'unclear', 'expired') THEN 'http-422' END, {at} + 90000,
        CASE WHEN state IN ('pending', 'unclear') THEN {at} + 90000 END
    FROM (SELECT n, {state} AS state FROM {numbers} AS s) AS s""",
    """INSERT INTO deliveries (id, message_id, tenant, destination, service, state, attempt, priority, published,
        claimed_by, claimed_at, since, updated_at)
    SELECT {second}, {message}, {tenant}, 'd' || (n % {destinations}), {service}, 'delivered', 1, 1, 0,
        'worker-' || (n % 4), {at} + 60000, {at}, {at} + 95000 FROM {numbers} AS s WHERE n % 10 = 3""",
    """INSERT INTO attempts (delivery_id, number, tenant, outcome, code, detail, started_at, finished_at)
    SELECT {delivery}, 1, {tenant}, 'delivered', NULL, NULL, {at} + 50000, {at} + 90000 FROM {numbers} AS s""",
    """INSERT INTO events (at, tenant, message_id, delivery_id, actor, action, attempt)
    SELECT {at} + step * 45000, {tenant}, {message}, CASE WHEN step > 0 THEN {delivery} END,
        CASE WHEN step = 0 THEN 'portal:' || {portal} ELSE 'gateway' END,
        CASE step WHEN 0 THEN 'received' WHEN 1 THEN 'claimed' ELSE 'delivered' END, CASE WHEN step > 0 THEN 1 END
    FROM {numbers} AS s CROSS JOIN (SELECT 0 AS step UNION ALL SELECT 1 UNION ALL SELECT 2) AS steps
    ORDER BY n, step""",
    """INSERT INTO words (delivery_id, tenant, status, said_at, reference, actor, recorded_at)
    SELECT {delivery}, {tenant}, 'delivered', {at} + 80000, 'AZ-' || n, 'system:fach', {at} + 90000
    FROM {numbers} AS s WHERE n % 10 = 4""",
    """INSERT INTO replies (message_id, number, tenant, delivery_id, destination, media_type, size, sha256, codec,
        bytes, received_at)
    SELECT {message}, 1, {tenant}, {delivery}, {destination}, 'application/xml', 200, {tail}, 'plain', {content},
        {at} + 90000 FROM {numbers} AS s WHERE n % 100 = 5""",
    """INSERT INTO batch_items (delivery_id, since, tenant, destination, layout, codec, sums, added_at, batch, line)
    SELECT {delivery}, {at}, {tenant}, {destination}, 'csv', 'plain', '{}', {at} + 70000, n / 5000 + 1,
        n % 5000 / 50 + 1 FROM {numbers} AS s WHERE n % 50 = 7""",
    """INSERT INTO names (name, delivery_id, tenant)
    SELECT 'urn:de:xta:messageid:dienst:' || {message}, {delivery}, {tenant} FROM {numbers} AS s WHERE n % 50 = 9""",
    """INSERT INTO batches (destination, number, state, name, items, codec, bytes, closed_at, due_at, written_at)
    SELECT '{collecting}', n / 5000 + 1, 'written', 'batch-' || n || '.csv', 100, 'plain', {content}, {at}, {at}, {at}
    FROM {numbers} AS s WHERE n % 5000 = 1""",
)
