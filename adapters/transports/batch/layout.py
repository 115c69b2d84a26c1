"""Layout: how the files of a system are built, as data: records of columns, a header, totals, an encoding."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from adapters.dispatch import Dispatch
from adapters.mapping import Value
from adapters.transports.batch.cell import CellError, Column, Raw
from adapters.transports.batch.charset import UnfitError, encoded


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _encoding(name: str) -> str:
    try:
        plain = "0;A\r\n".encode(name)
    except LookupError:
        raise ValueError("there is no such encoding") from None
    if plain != b"0;A\r\n":
        raise ValueError("an encoding of whole files, not of lines")
    return name


class Record(_Part):
    """One line for a delivery."""

    service: tuple[str, ...] = ()
    """Of which services; without any, of all that no other record names."""
    columns: tuple[Column, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names(self) -> Self:
        if len({column.name for column in self.columns}) < len(self.columns):
            raise ValueError("two columns of a record have the same name")
        return self


class Layout(_Part):
    """A file of lines. Everything in it is checked together with the configuration."""

    form: Literal["fixed", "csv"]
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    substitution: Literal["refuse", "transliterate"] = "refuse"
    """What becomes of a character that the encoding lacks."""
    line_end: Literal["\r\n", "\n"] = "\r\n"
    delimiter: str = Field(";", min_length=1, max_length=1)
    names: bool = False
    """CSV: the first line has the names of the columns."""
    header: tuple[Column, ...] = ()
    records: tuple[Record, ...] = Field(min_length=1)
    totals: tuple[Column, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Layout":
        """Raises:
        OSError, ValueError: there is no such file, or it is no layout.
        """
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        services = [each for record in self.records for each in record.service or ("*",)]
        if len(set(services)) < len(services):
            raise ValueError("two records are for the same service")
        if self.form == "fixed" and not all(column.width for column in self._columns()):
            raise ValueError("in a file of fixed width every column has one")
        if self.names and (self.form != "csv" or len(self.records) > 1):
            raise ValueError("names of columns stand above a CSV of one kind of record")
        for column in (*self.header, *self.totals):
            self._check_fact(column)
        for column in (each for record in self.records for each in record.columns):
            if column.source and column.source.startswith("@") and column.source not in FACTS:
                raise ValueError(f"a line knows {', '.join(FACTS)}")
        return self

    def _columns(self) -> Iterator[Column]:
        yield from (*self.header, *self.totals)
        for record in self.records:
            yield from record.columns

    def _check_fact(self, column: Column) -> None:
        if not column.source:
            return
        fact, _, name = column.source.removeprefix("@").partition(":")
        summed = {each.name: each for record in self.records for each in record.columns if each.sum}
        if column.source[0] != "@" or fact not in {"batch", "created", "count", "sum"}:
            raise ValueError("header and totals know @batch, @created, @count and @sum:COLUMN")
        if fact == "sum" and name not in summed:
            raise ValueError(f"no column {name} is summed")
        if fact == "sum" and column in self.header:
            raise ValueError("a sum stands in the totals")

    @property
    def digest(self) -> str:
        """Tells layouts apart."""
        return sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def record(self, service: str) -> Record | None:
        """The record for a service."""
        for record in self.records:
            if service in record.service:
                return record
        return next((record for record in self.records if not record.service), None)

    def row(self, dispatch: Dispatch) -> "Row":
        """The line of a delivery.

        Raises:
            CellError: no record is for it, or a value has no place in its column.
        """
        record = self.record(dispatch.message.kind.service)
        if record is None:
            raise CellError("record", "missing")
        raw = {
            column.name: _raw(dispatch, column.source) or _raw(dispatch, column.otherwise)
            for column in record.columns
        }
        line = self._line(record.columns, raw)
        sums = {column.name: str(column.number(raw[column.name])) for column in record.columns if column.sum}
        return Row(line, sums)

    def file(self, number: int, closed_at: datetime, rows: Sequence["Row"]) -> bytes:
        """The whole file: it depends on nothing else."""
        facts: dict[str, Raw] = {
            "@batch": str(number),
            "@created": closed_at.astimezone(_BERLIN).date(),
            "@count": str(len(rows)),
        }
        for name in {name for row in rows for name in row.sums} | self._summed():
            total = sum((Decimal(row.sums.get(name, "0")) for row in rows), Decimal())
            facts[f"@sum:{name}"] = format(total, "f")
        lines = []
        if self.header:
            lines.append(self._line(self.header, _named(self.header, facts)))
        if self.names:
            lines.append(self._join([column.name for column in self.records[0].columns]))
        lines += [row.line for row in rows]
        if self.totals:
            lines.append(self._line(self.totals, _named(self.totals, facts)))
        return b"".join(lines)

    def _summed(self) -> set[str]:
        return {column.name for record in self.records for column in record.columns if column.sum}

    def _line(self, columns: Iterable[Column], raw: Mapping[str, Raw]) -> bytes:
        return self._join([self._cell(column, raw[column.name]) for column in columns])

    def _cell(self, column: Column, raw: Raw) -> str:
        text = column.value if column.value is not None else column.text(raw)
        try:
            fitted = encoded(text, self.encoding, transliterate=self.substitution == "transliterate")
        except UnfitError:
            raise CellError(column.name, "character") from None
        return column.padded(fitted.decode(self.encoding), fixed=self.form == "fixed")

    def _join(self, cells: Sequence[str]) -> bytes:
        if self.form == "csv":
            line = self.delimiter.join(_quoted(cell, self.delimiter) for cell in cells)
        else:
            line = "".join(cells)
        return (line + self.line_end).encode(self.encoding)


@dataclass(frozen=True, slots=True)
class Row:
    """A delivery's line, and what it adds to the totals."""

    line: bytes
    sums: Mapping[str, str] = field(default_factory=dict)
    """By the names of columns, as decimal numbers."""


_BERLIN = ZoneInfo("Europe/Berlin")


def _named(columns: Iterable[Column], facts: Mapping[str, Raw]) -> dict[str, Raw]:
    return {column.name: facts.get(column.source or "") for column in columns}


def _raw(dispatch: Dispatch, source: str | None) -> Raw:
    """What stands in a message under a path of its fields, or a fact beside it under a name with an `@`."""
    if source is None:
        return None
    if source.startswith("@"):
        return _facts(dispatch)[source]
    found: Value = dispatch.fields
    for step in source.split("/"):
        match found:
            case dict():
                found = found.get(step)
            case list():
                found = found[int(step) - 1] if step.isdigit() and 0 < int(step) <= len(found) else None
            case _:
                return None
    if isinstance(found, bool):
        return "1" if found else "0"
    return str(found) if isinstance(found, str | int) else None


def _facts(dispatch: Dispatch) -> dict[str, str | date]:
    message = dispatch.message
    return {
        "@delivery": dispatch.delivery,
        "@nachrichtenUUID": message.kopf.nachrichten_uuid,
        "@ags": message.kopf.leser.schluessel,
        "@tenant": message.tenant,
        "@service": message.kind.service,
        "@received": message.received_at.astimezone(_BERLIN).date(),
    }


FACTS = ("@delivery", "@nachrichtenUUID", "@ags", "@tenant", "@service", "@received")


def _quoted(cell: str, delimiter: str) -> str:
    if delimiter in cell or '"' in cell:
        return '"' + cell.replace('"', '""') + '"'
    return cell
