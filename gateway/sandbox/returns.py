"""Returns: receipts as files in a return folder, and the documents that a system sends back beside them."""

import os
from datetime import UTC, datetime
from pathlib import Path

import orjson

from gateway.sandbox.journal import Entry, Result


def leave(folder: Path, entry: Entry) -> None:
    """Leave the receipt for an entry, whole or not at all: `<delivery>.json`, after a notice beside it where
    something was taken. Again writes the same.

    Raises:
        OSError: it can't be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if entry.effect == 1:
        write_whole(folder / f"{entry.delivery}-bescheid.xml", notice(entry))
    write_whole(folder / f"{entry.delivery}.json", orjson.dumps(receipt(entry)))


def receipt(entry: Entry) -> dict[str, str]:
    """What a system says about a delivery."""
    told = {"delivery": entry.delivery, "at": entry.time}
    if entry.result is Result.REFUSED:
        return told | {"status": "refused", "reason": entry.reason or ""}
    return told | {"status": "closed", "reference": entry.reference or ""}


def notice(entry: Entry) -> bytes:
    """A notice (Bescheid) about a case. It names the case and nothing of the message."""
    day = datetime.fromisoformat(entry.time).astimezone(UTC).date().isoformat()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<bescheid xmlns="urn:amtsbote:sandbox:bescheid">'
        f"<aktenzeichen>{entry.reference}</aktenzeichen><datum>{day}</datum>"
        f"<vorgangsId>{entry.delivery}</vorgangsId><entscheidung>angenommen</entscheidung>"
        "</bescheid>\n"
    ).encode()


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it.

    Raises:
        OSError: it can't be written.
    """
    temporary = path.with_name(f".{path.name}.part")
    with temporary.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
