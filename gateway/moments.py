"""Moments as clients write them: RFC 3339 with a time zone, and nothing else that might pass for a moment."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)
A_MOMENT = "RFC 3339, 2026-05-04T00:00:00+02:00 (%2B)"


def _rfc_3339(text: object) -> object:
    # pydantic alone would also take seconds since 1970 and moments without a zone.
    if not isinstance(text, str) or not _RFC_3339.fullmatch(text):
        raise ValueError(A_MOMENT)
    return text


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError:
        raise ValueError(A_MOMENT) from None


GivenMoment = Annotated[datetime, Field(strict=False), BeforeValidator(_rfc_3339), AfterValidator(_in_utc)]
"""A moment that a client gives, in UTC."""
