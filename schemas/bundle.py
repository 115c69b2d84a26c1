"""A bundle: one version of one standard as data, read from `bundle.toml` and checked as a whole."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from gateway.core.errors import ConfigurationInvalid, Problem
from gateway.core.message import MessageKind
from schemas.closure import SchemaFiles, collect_files

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Titles(_Model):
    de: Text
    en: Text


class HeaderPaths(_Model):
    """Where the facts of the Nachrichtenkopf sit: an XPath each, from the root element."""

    nachrichten_uuid: Text
    nachrichtentyp: Text
    erstellungszeitpunkt: Text
    leser_kennung: Text
    autor_kennung: Text
    leser_verzeichnisdienst: Text | None = None
    autor_verzeichnisdienst: Text | None = None
    test: Text | None = None
    version: Text | None = None


class KindEntry(_Model):
    root: Text
    service: Annotated[str, StringConstraints(pattern=r"^[a-z]+(-[a-z]+)*/[a-z]+(-[a-z]+)*$")]
    leistung: Annotated[str, StringConstraints(pattern=r"^99\d{12}$")] | None = None
    de: Text
    en: Text


class BundleFile(_Model):
    """The content of a `bundle.toml`."""

    standard: Text
    version: Text
    namespace: Text
    entry: Annotated[tuple[Text, ...], Field(min_length=1)]
    valid_from: date
    valid_until: date | None = None
    title: Titles
    header: HeaderPaths
    prefixes: dict[str, str] = {}
    kinds: Annotated[tuple[KindEntry, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A checked bundle: its data, and the schema files that belong to it."""

    folder: Path
    spec: BundleFile
    files: SchemaFiles

    @property
    def name(self) -> str:
        """`standard version`, as people say it."""
        return f"{self.spec.standard} {self.spec.version}"

    def kind_of(self, root: str) -> MessageKind | None:
        """The message kind of a root element's local name."""
        entry = next((each for each in self.spec.kinds if each.root == root), None)
        if entry is None:
            return None
        return MessageKind(self.spec.standard, self.spec.version, root, entry.service, entry.leistung)

    def valid_on(self, day: date) -> bool:
        """Whether `day`, a legal date in Europe/Berlin, lies in the validity window."""
        return self.spec.valid_from <= day and (self.spec.valid_until is None or day <= self.spec.valid_until)


def load_bundle(folder: Path, shared: Path) -> Bundle:
    """Read and check the bundle in `folder`; its schemas may use files of `shared` beside their own.

    Raises:
        ConfigurationInvalid: naming every fault found.
    """
    path = folder / "bundle.toml"
    text = _read_text(path)
    spec = _read_spec(path, text)
    problems = list(_contradictions(path, text, spec))
    if problems:
        raise ConfigurationInvalid(*problems)
    files = collect_files(folder, shared, spec.entry, spec.namespace)
    problems = [
        _problem(
            path,
            text,
            ("kinds", number, "root"),
            f"Das Schema kennt kein Wurzelelement „{entry.root}“",
            f"the schema has no root element {entry.root!r}",
        )
        for number, entry in enumerate(spec.kinds)
        if entry.root not in files.roots
    ]
    if problems:
        raise ConfigurationInvalid(*problems)
    return Bundle(folder, spec, files)


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        cause = type(error).__name__
        raise ConfigurationInvalid(
            Problem(str(path), None, f"Die Datei ist nicht lesbar ({cause})", f"can't be read ({cause})")
        ) from None


def _read_spec(path: Path, text: str) -> BundleFile:
    try:
        return BundleFile.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise ConfigurationInvalid(
            Problem(
                str(path), int(line[1]) if line else None, "Kein gültiges TOML", f"not valid TOML: {error}"
            )
        ) from None
    except ValidationError as error:
        faults = error.errors()
        # A list with a faulty entry is also reported as too short.
        real = [each for each in faults if each["type"] != "too_short"] or faults
        raise ConfigurationInvalid(
            *(
                _problem(path, text, each["loc"], *_cause(each["type"], each["loc"], each["msg"]))
                for each in real
            )
        ) from None


def _cause(kind: str, place: Sequence[int | str], message: str) -> tuple[str, str]:
    key = ".".join(str(part) for part in place)
    match kind:
        case "missing":
            return f"„{key}“ fehlt", f"{key!r} is missing"
        case "extra_forbidden":
            return f"„{key}“ ist unbekannt", f"{key!r} is unknown"
        case _:
            return f"„{key}“ hat keinen gültigen Wert", f"{key!r}: {message}"


def _contradictions(path: Path, text: str, spec: BundleFile) -> Iterator[Problem]:
    if spec.valid_until is not None and spec.valid_until < spec.valid_from:
        yield _problem(
            path,
            text,
            ("valid_until",),
            "Der letzte Tag liegt vor dem ersten",
            "the last day is before the first",
        )
    seen: set[str] = set()
    for number, entry in enumerate(spec.kinds):
        if entry.root in seen:
            yield _problem(
                path,
                text,
                ("kinds", number, "root"),
                f"„{entry.root}“ steht zweimal da",
                f"{entry.root!r} is there twice",
            )
        seen.add(entry.root)
    for fact, expression in spec.header.model_dump(exclude_none=True).items():
        try:
            etree.XPath(expression, namespaces=dict(spec.prefixes) or None)(etree.Element("probe"))
        except etree.XPathError as error:
            yield _problem(
                path,
                text,
                ("header", fact),
                f"„{fact}“ ist kein gültiger XPath",
                f"{fact!r} is no XPath: {error}",
            )


def _problem(path: Path, text: str, place: Sequence[int | str], de: str, en: str) -> Problem:
    return Problem(str(path), _line_of(text, place), de, en)


def _line_of(text: str, place: Sequence[int | str]) -> int | None:
    """The line of a key in a TOML text; where the key is missing, that of its table."""
    keys = [part for part in place if isinstance(part, str)]
    number = next((part for part in place if isinstance(part, int)), 0)
    lines = text.splitlines()
    headers = [index for index, line in enumerate(lines) if line.lstrip().startswith("[")]
    start, line_of_table = 0, None
    if len(keys) > 1:
        table = re.compile(rf"\s*\[+\s*{re.escape(keys[0])}\s*\]+")
        named = [index for index in headers if table.match(lines[index])]
        if number >= len(named):
            return None
        start, line_of_table = named[number] + 1, named[number] + 1
    end = next((index for index in headers if index >= start), len(lines))
    key = re.compile(rf"\s*{re.escape(keys[-1])}\s*=")
    return next((index + 1 for index in range(start, end) if key.match(lines[index])), line_of_table)
