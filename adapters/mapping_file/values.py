"""Values: one text of a message, turned into what a system wants to see in its place."""

import re
from base64 import b64decode
from binascii import Error
from datetime import datetime
from decimal import Decimal
from typing import Literal, assert_never
from zoneinfo import ZoneInfo

Type = Literal["text", "number", "decimal", "boolean", "euro", "bytes"]
Scalar = str | int | float | bool | bytes


class WrongForm(ValueError):
    """A text is not what the rule takes it for. Its own text is told to nobody."""


def convert(text: str, type_: Type) -> Scalar:
    """Raises:
    WrongForm: it is no such thing.
    """
    match type_:
        case "text":
            return text
        case "number":
            return int(_matching(text, _INTEGER))
        case "decimal":
            return float(_matching(text, _DECIMAL))
        case "boolean":
            return _matching(text, _BOOLEAN) in {"true", "1"}
        case "euro":
            return f"{Decimal(_matching(text, _INTEGER)) / 100:.2f}"
        case "bytes":
            return _decoded(text)
        case _:
            assert_never(type_)


def rewritten_date(text: str, pattern: str, written: str | None) -> str:
    """A date or a moment as a pattern says. A moment with a zone is told in the time of Berlin.

    Raises:
        WrongForm: it is neither, or not written as `written` says.
    """
    try:
        if written is not None:
            moment = datetime.strptime(text, _directives(written))  # noqa: DTZ007  # a date has no zone
        elif "T" in text:
            moment = datetime.fromisoformat(text)
        else:
            # Behind the day, XML Schema allows a zone.
            moment = datetime.fromisoformat(_matching(text, _DATE)[:10])
    except ValueError:
        raise WrongForm from None
    if moment.tzinfo is not None:
        moment = moment.astimezone(_BERLIN)
    return _TOKEN.sub(lambda token: moment.strftime(_DIRECTIVES[token[0]]), pattern)


def is_pattern(pattern: str) -> bool:
    """Whether a pattern has places of a date, and no letters besides."""
    rest = _TOKEN.sub("", pattern)
    return rest != pattern and not any(each.isalnum() or each == "%" for each in rest)


_DIRECTIVES = {"yyyy": "%Y", "yy": "%y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_TOKEN = re.compile("yyyy|yy|MM|dd|HH|mm|ss")
_BERLIN = ZoneInfo("Europe/Berlin")

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
_BOOLEAN = re.compile("true|false|1|0")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})?", re.ASCII)


def _directives(pattern: str) -> str:
    return _TOKEN.sub(lambda token: _DIRECTIVES[token[0]], pattern)


def _matching(text: str, form: re.Pattern[str]) -> str:
    if form.fullmatch(text) is None:
        raise WrongForm
    return text


def _decoded(text: str) -> bytes:
    try:
        return b64decode("".join(text.split()), validate=True)
    except Error:
        raise WrongForm from None
