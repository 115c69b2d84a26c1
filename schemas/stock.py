"""Stock: the forms that a cache lacks, built in a process of its own while this one goes on working."""

import asyncio
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import structlog

from schemas.children.frames import frame
from schemas.children.inside import Desk
from schemas.children.process import ENVIRONMENT, command
from schemas.forms import FormCache
from schemas.library import SchemaLibrary

log = structlog.get_logger()

_NICE = 10


async def stock(folders: Sequence[Path], cache: Path) -> None:
    """Have a child build what is missing of the bundles below `folders`. It ends when this is cancelled.

    Building is seconds of Python for large standards: in this process everybody would wait for it.
    """
    order = json.dumps({"folders": [str(each) for each in folders], "cache": str(cache)})
    try:
        child = await asyncio.create_subprocess_exec(
            *command("schemas.stock"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=dict(ENVIRONMENT),  # uvloop takes no other mapping
        )
    except OSError as error:
        log.warning("forms_not_built", error=type(error).__name__)
        return
    try:
        await child.communicate(frame(order.encode()))
    finally:
        if child.returncode is None:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
    if child.returncode:
        log.warning("forms_not_built", error=f"exit {child.returncode}")


def main() -> None:
    """Take an order and carry it out, when nobody else does the same just now."""
    order = json.loads(Desk().next() or b"")
    os.nice(_NICE)
    forms = FormCache(Path(order["cache"]))
    with forms.locked():
        SchemaLibrary.load([Path(each) for each in order["folders"]], forms=forms).build_forms()
