"""Check of a folder behind SFTP: the server's key, our login, and whether the folder takes a file."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import PurePosixPath
from uuid import uuid4

from adapters.checking import Look, address_looks, failed, file_looks, ok
from adapters.transports.folders.remote import write
from adapters.transports.folders.ssh import ERRORS, Dialer, Session, SshSettings, cause_of
from gateway.core.check import Finding, StepName


def sftp_looks(settings: SshSettings, folder: str) -> list[tuple[StepName, Look]]:
    """The looks at a server and at a folder of it."""

    async def lets_us_in() -> Finding:
        try:
            async with _session(settings):
                return ok("Schlüssel bekannt, Anmeldung angenommen.", "Key known, login taken.")
        except tuple(ERRORS) as error:
            cause = cause_of(error)
            return failed(cause.code, f"Der Server lässt uns nicht herein ({cause.code}).", cause.detail)

    async def takes_files() -> Finding:
        # Under a name that watchers leave alone.
        trial = PurePosixPath(folder) / f".amtsbote-{uuid4().hex}.part"
        try:
            async with _session(settings) as session:
                until = asyncio.get_running_loop().time() + settings.connect_timeout
                await session.do(write(session.sftp, trial, b""), until)
                await session.do(session.sftp.remove(trial), until)
        except tuple(ERRORS) as error:
            cause = cause_of(error)
            return failed(cause.code, f"Der Ordner nimmt keine Datei an ({cause.code}).", cause.detail)
        return ok("Der Ordner nimmt Dateien an.", "The folder takes files.")

    return [
        *file_looks(settings),
        *address_looks(settings.host, settings.port),
        (StepName.CREDENTIALS, lets_us_in),
        (StepName.FOLDER, takes_files),
    ]


@asynccontextmanager
async def _session(settings: SshSettings) -> AsyncIterator[Session]:
    # Reading a key takes its time, on purpose.
    dialer = await asyncio.to_thread(Dialer, settings)
    async with dialer.connected() as session:
        yield session
