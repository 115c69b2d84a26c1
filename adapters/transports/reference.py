"""Reference: a specialist system's own name for a case, taken over only where it is fit to be shown."""

_LONGEST = 128


def reference_of(value: object) -> str | None:
    """A non-empty, printable text (or a number, as text) without surrounding blanks; else None."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if 0 < len(text) <= _LONGEST and text.isprintable() else None
