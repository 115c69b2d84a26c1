"""Cell: one value of a message, as a column of a file takes it. What has no place there is refused, never cut."""

import re
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Raw = str | date | None
"""A value before it has a form."""


class CellError(Exception):
    """A value has no place in its column. Neither text holds the value."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(f"{column}: {why}")
        self.column = column
        self.why = why


class Column(BaseModel):
    """A column: where its value comes from, and how it is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")
    source: str | None = None
    """Path in the fields of the message, with slashes; a fact beside them begins with `@`."""
    otherwise: str | None = None
    """Another path, for messages that have nothing under the first."""
    value: str | None = None
    """The same in every line, instead of a source."""
    type: Literal["text", "digits", "date", "decimal"] = "text"
    width: int | None = Field(None, gt=0)
    """In characters; in a CSV at most."""
    align: Literal["left", "right"] | None = None
    """By itself, numbers are on the right."""
    pad: str | None = Field(None, min_length=1, max_length=1)
    """By itself, numbers are filled with zeros and all else with blanks."""
    format: str = "%Y%m%d"
    """Of a date, as `strftime` takes it."""
    places: int = Field(0, ge=0, le=9)
    """Of a decimal: how many digits stand behind the point."""
    point: Literal["", ".", ","] = ""
    """Of a decimal; implied where it is empty."""
    cents: bool = False
    """The source counts hundredths."""
    sum: bool = False
    """The totals may name the sum of this column."""
    required: bool = False
    """A message without it is refused; otherwise the column stays empty."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.source is None) == (self.value is None):
            raise ValueError("either source or value")
        if self.sum and self.type not in {"digits", "decimal"}:
            raise ValueError("only numbers are summed")
        return self

    @property
    def _is_number(self) -> bool:
        return self.type in {"digits", "decimal"}

    def text(self, raw: Raw) -> str:
        """The value in the form of its type.

        Raises:
            CellError: it is missing, or not of this type.
        """
        if raw is None or raw == "":
            if self.required:
                raise CellError(self.name, "missing")
            return ""
        match self.type:
            case "text":
                return _SPACES.sub(" ", str(raw)).strip()
            case "digits":
                return format(self.number(raw), "f")
            case "date":
                return self._date(raw).strftime(self.format)
            case "decimal":
                return self._decimal(raw)

    def number(self, raw: Raw) -> Decimal:
        """The value as a number; 0 where there is none.

        Raises:
            CellError: it is no number.
        """
        if raw is None or raw == "":
            return Decimal()
        try:
            number = Decimal(str(raw))
        except InvalidOperation:
            raise CellError(self.name, "not-a-number") from None
        if not number.is_finite() or (self.type == "digits" and number != number.to_integral_value()):
            raise CellError(self.name, "not-a-number")
        return number / 100 if self.cents else number

    def padded(self, text: str, *, fixed: bool) -> str:
        """Fill a text up to the column's width.

        Raises:
            CellError: it is wider.
        """
        if self.width is None:
            return text
        if len(text) > self.width:
            raise CellError(self.name, "too-long")
        if not fixed:
            return text
        # Nothing is not zero: what is missing is blank unless the layout says otherwise.
        pad = self.pad or ("0" if self._is_number and text else " ")
        right = self.align == "right" or (self.align is None and self._is_number)
        if right and text.startswith("-") and pad == "0":
            return "-" + text[1:].rjust(self.width - 1, pad)
        return text.rjust(self.width, pad) if right else text.ljust(self.width, pad)

    def _date(self, raw: Raw) -> date:
        if isinstance(raw, date):
            return raw
        try:
            return datetime.fromisoformat(str(raw)).date()
        except ValueError:
            # A registry may know the year alone.
            raise CellError(self.name, "not-a-date") from None

    def _decimal(self, raw: Raw) -> str:
        number = self.number(raw)
        rounded = number.quantize(Decimal(1).scaleb(-self.places), ROUND_HALF_EVEN)
        if rounded != number:
            raise CellError(self.name, "too-precise")
        if self.point:
            return format(rounded, f".{self.places}f").replace(".", self.point)
        return format(rounded.scaleb(self.places).to_integral_value(), "f")


_SPACES = re.compile(r"\s+")
"""A line break in a text is a blank in a line."""
