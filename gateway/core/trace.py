"""Trace: the context of what is being done now, as W3C Trace Context writes it, for who hands it on."""

import re
from contextvars import ContextVar

TRACEPARENT: ContextVar[str | None] = ContextVar("traceparent", default=None)
"""Of the innermost thing under way in this task; None where nobody traces."""

_FORM = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]", re.ASCII)


def traceparent(text: object) -> str | None:
    """A `traceparent` (W3C Trace Context, 3.2) that came from outside; None where it is none of version 00, or whose
    ids are zero.
    """
    return text if isinstance(text, str) and _FORM.fullmatch(text) else None


def kept(text: str | None) -> str | None:
    """What is worth keeping: the context of a trace that is recorded."""
    return text if text is not None and text.endswith("-01") else None
