"""Checking: looks that transports make at their destinations, one after the other; none of them sends a message."""

import asyncio
import os
import ssl
import stat
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from adapters.transports.http.tls import TlsSettings, context_of, refusal
from adapters.transports.settings import files_of
from gateway.core.check import Finding, Step, StepName, StepResult

Look = Callable[[], Awaitable[Finding]]
"""One look. Whatever it raises is a failure; it is given up after `PATIENCE`."""

Value = TypeVar("Value")

PATIENCE = 10.0
"""Seconds for one step."""
SOON = 30
"""Days before its end at which a certificate is warned of."""
LITTLE_SPACE = 100_000_000
"""Bytes of free space below which a folder is warned of."""


def ok(de: str, en: str, *, days: float | None = None) -> Finding:
    """It works."""
    return Finding(StepResult.OK, "ok", de, en, days)


def warning(code: str, de: str, en: str, *, days: float | None = None) -> Finding:
    """It works, and somebody should do something."""
    return Finding(StepResult.WARNING, code, de, en, days)


def failed(code: str, de: str, en: str, *, days: float | None = None) -> Finding:
    """It does not work."""
    return Finding(StepResult.FAILED, code, de, en, days)


def skipped(code: str, de: str, en: str) -> Finding:
    """It was not looked at."""
    return Finding(StepResult.SKIPPED, code, de, en)


EARLIER = skipped("earlier-step", "Ein früherer Schritt ist misslungen.", "An earlier step failed.")
TOO_SLOW = failed(
    "timed-out", "Keine Antwort in der Zeit, die dafür da ist.", "No answer in the time for it."
)


async def walk(looks: Iterable[tuple[StepName, Look]]) -> AsyncIterator[Step]:
    """Look at one thing after the other; what comes after a failure is skipped."""
    broken = False
    for name, look in looks:
        started = time.perf_counter()
        finding = EARLIER if broken else await _finding(look)
        broken = broken or finding.result is StepResult.FAILED
        yield Step(name, finding, time.perf_counter() - started)


async def _finding(look: Look) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE):
            return await look()
    except TimeoutError:
        return TOO_SLOW
    except Exception as error:  # noqa: BLE001 - of a look nothing is known but that it failed
        # The text of a foreign error may hold addresses or passwords: its class says enough.
        name = type(error).__name__
        return failed("failed", f"Misslungen ({name}).", f"It failed ({name}).")


def file_looks(settings: BaseModel) -> list[tuple[StepName, Look]]:
    """The files that settings name: there, readable, and private where they should be."""
    paths = files_of(settings)

    async def look() -> Finding:
        for path in paths:
            if not os.access(path, os.R_OK):
                return failed(
                    "file-unreadable",
                    f"{path.name} kann nicht gelesen werden.",
                    f"{path.name} can't be read.",
                )
        return secrecy([path for path in paths if _is_key(path)], len(paths))

    return [(StepName.FILES, look)] if paths else []


def secrecy(secret: Iterable[Path], number: int) -> Finding:
    """Whether files that hold secrets are closed to everybody else. `number`: of all files looked at."""
    for path in secret:
        try:
            mode = path.stat().st_mode
        except OSError:
            return failed("file-missing", f"{path.name} fehlt.", f"{path.name} is missing.")
        if mode & (stat.S_IROTH | stat.S_IWOTH):
            return warning(
                "file-open-to-all",
                f"{path.name} darf jeder auf diesem Rechner lesen oder schreiben.",
                f"Everybody on this machine may read or write {path.name}.",
            )
    return ok(f"Dateien: {number}", f"Files: {number}")


def _is_key(path: Path) -> bool:
    try:
        return b"PRIVATE KEY" in path.read_bytes()
    except OSError:
        return False


def network_looks(url: str, settings: TlsSettings) -> list[tuple[StepName, Look]]:
    """The way to a URL: our own certificate, the name, the connection, TLS."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if is_tls else 80)
    looks: list[tuple[StepName, Look]] = []
    certificate = settings.client_certificate
    if certificate is not None:

        async def own() -> Finding:
            from cryptography import x509  # noqa: PLC0415 - no delivery needs it

            loaded = x509.load_pem_x509_certificates(certificate.read_bytes())
            return validity(min(each.not_valid_after_utc for each in loaded), "own-certificate")

        looks.append((StepName.OWN_CERTIFICATE, own))
    looks += address_looks(host, port)
    if is_tls:

        async def secured() -> Finding:
            return await _secured(host, port, context_of(settings))

        looks.append((StepName.CERTIFICATE, secured))
    return looks


def address_looks(host: str, port: int) -> list[tuple[StepName, Look]]:
    """The way to a port: the name, the connection."""

    async def named() -> Finding:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port)
        except OSError:
            return failed("name-unknown", f"{host} ist unbekannt.", f"{host} is unknown.")
        addresses = ", ".join(sorted({str(each[4][0]) for each in found}))
        return ok(f"{host}: {addresses}", f"{host}: {addresses}")

    async def connected() -> Finding:
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return failed(
                "connection-refused", f"Port {port} nimmt nichts an.", f"Port {port} takes no connection."
            )
        writer.transport.abort()
        return ok(f"Port {port} ist offen.", f"Port {port} is open.")

    return [(StepName.NAME, named), (StepName.CONNECTION, connected)]


async def _secured(host: str, port: int, context: ssl.SSLContext) -> Finding:
    try:
        _, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=host)
    except OSError as error:
        refused = refusal(error)
        code = refused.cause.code if refused else "tls-handshake"
        english = refused.cause.detail if refused else "The connection broke off."
        return failed(code, TLS_CODES.get(code, "TLS kam nicht zustande."), english)
    try:
        certificate = writer.get_extra_info("peercert") or {}
        until = datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC)
        return validity(until, "certificate")
    finally:
        writer.transport.abort()


TLS_CODES = {
    "tls-expired": "Das Zertifikat des Fachverfahrens ist abgelaufen oder noch nicht gültig.",
    "tls-untrusted": "Dem Aussteller des Zertifikats vertrauen wir nicht.",
    "tls-wrong-host": "Das Zertifikat gehört zu einem anderen Rechner.",
    "tls-client-refused": "Das Fachverfahren will ein Client-Zertifikat, oder ein anderes.",
    "tls-handshake": "TLS kam nicht zustande: Version, Verfahren, oder dort ist kein TLS.",
}


def validity(until: datetime, what: str) -> Finding:
    """How long a certificate is valid."""
    days = (until - datetime.now(UTC)).total_seconds() / 86400
    day = f"{until:%Y-%m-%d}"
    if days <= 0:
        return failed(f"{what}-expired", f"Abgelaufen am {day}.", f"Expired on {day}.", days=days)
    whole = int(days)
    if days < SOON:
        return warning(
            f"{what}-expires-soon",
            f"Läuft am {day} ab: noch {whole} Tage.",
            f"Expires on {day}: {whole} days left.",
            days=days,
        )
    return ok(f"Gültig bis {day}: noch {whole} Tage.", f"Valid until {day}: {whole} days left.", days=days)


async def in_thread(work: Callable[[], Value]) -> Value:
    """Do what may block, e.g. on a network drive that has gone; nobody waits for its thread at the end."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Value] = loop.create_future()

    def tell(value: Value | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(value)  # type: ignore[arg-type]  # there is a value where there is no error

    def run() -> None:
        try:
            outcome: tuple[Value | None, BaseException | None] = (work(), None)
        except BaseException as error:  # noqa: BLE001 - it is raised on the other side
            outcome = (None, error)
        if not loop.is_closed():
            loop.call_soon_threadsafe(tell, *outcome)

    threading.Thread(target=run, name="check", daemon=True).start()
    return await done
