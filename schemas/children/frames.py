"""Frames: pieces of bytes, each with its length before it, over a pipe."""

import struct
from typing import IO

_LENGTH = struct.Struct(">Q")
LONGEST = 200_000_000
"""Bytes. A document is at most 40 MB, an answer has a line for each check that speaks."""


def frame(content: bytes) -> bytes:
    """Content as it travels."""
    return _LENGTH.pack(len(content)) + content


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Send a frame."""
    stream.write(_LENGTH.pack(len(content)))
    stream.write(content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """The next frame; None where the other side is gone.

    Raises:
        ValueError: no frame is so long.
    """
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    if length > LONGEST:
        raise ValueError("the frame is too long")
    content = stream.read(length)
    return content if len(content) == length else None
