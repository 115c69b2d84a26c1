"""Letters: the message that every measurement sends, with a fresh nachrichtenUUID each time."""

import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from uuid import uuid4

AGS = ("12072477", "12060280", "12052000", "12053000")
"""Four municipalities in turn, each with a destination of its own."""

BUNDLE = Path(__file__).parents[1] / "schemas/bundles/ab-finanzen/1.0"
"""The generator of the load must start fast: it imports nothing of the gateway."""

_SAMPLE = BUNDLE / "samples/valid/hundesteueranmeldung-voll.xml"
_LESER = re.compile(rb"(?<=<kennung>ags:)\d+")
_UUID = re.compile(rb"(?<=<nachrichtenUUID>)[^<]+")


def letters() -> Iterator[bytes]:
    """Valid messages without end, none like another."""
    sample = _SAMPLE.read_bytes()
    for before, behind in cycle([_UUID.split(_LESER.sub(ags.encode(), sample)) for ags in AGS]):
        yield b"%b%b%b" % (before, str(uuid4()).encode(), behind)
