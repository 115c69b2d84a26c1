"""Letters: the message of the benchmarks for one municipality, each with a UUID of its own, of any size."""

import re
from uuid import uuid4

from benchmarks.letters import letters

VALUE = 8_000_000
"""Bytes of base64 in one attachment: libxml2 takes no value above 10 MB."""

_UUID = re.compile(rb"(?<=<nachrichtenUUID>)[^<]+")
_LESER = re.compile(rb"(?<=<kennung>ags:)\d+")
_ANLAGE = re.compile(rb"<anlage>.*?</anlage>", re.DOTALL)
_INHALT = re.compile(rb"(?<=<inhalt>)[^<]+")


class Letters:
    """Messages without end."""

    def __init__(self, ags: str, size: int = 0) -> None:
        """`size`: bytes of a message that is filled up with attachments; 0 leaves it as it is."""
        sample = _LESER.sub(ags.encode(), next(letters()))
        if size:
            sample = _filled(sample, size)
        self._before, self._behind = _UUID.split(sample)

    def next(self) -> tuple[str, bytes]:
        """A nachrichtenUUID and its message."""
        uuid = str(uuid4())
        return uuid, b"%b%b%b" % (self._before, uuid.encode(), self._behind)


def _filled(sample: bytes, size: int) -> bytes:
    one = _ANLAGE.search(sample)
    assert one is not None
    pieces, left = [], size - len(sample)
    while left > len(one[0]):
        length = min(VALUE, left - len(one[0])) // 4 * 4 + 4
        pieces.append(_INHALT.sub(b"QUJD" * (length // 4), one[0]))
        left -= len(pieces[-1])
    return sample[: one.end()] + b"".join(pieces) + sample[one.end() :]
