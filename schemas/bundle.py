"""A bundle: one version of one standard as data, read from `bundle.toml` and checked as a whole."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from lxml import etree
from pydantic import Field, StringConstraints, ValidationError

from gateway.core.errors import ConfigurationInvalid, Problem
from gateway.core.handbook import KnownKind
from gateway.core.message import MessageKind
from schemas.closure import SchemaFiles, XsdVersion, collect_files
from schemas.codelists import CodeListEntry, Reaction
from schemas.demands import RuleEntry
from schemas.facts import Fact, Model, Text, xpaths
from schemas.lists import Lists
from schemas.schematron.model import Place
from schemas.schematron.rulings import SchematronEntry, load_schematron
from schemas.schematron.stylesheet import Stylesheet
from schemas.scrutiny import Material, collect


class Titles(Model):
    de: Text
    en: Text


class HeaderFacts(Model):
    """Where the facts of the Nachrichtenkopf sit, or what they are made of."""

    nachrichten_uuid: Fact
    nachrichtentyp: Fact
    erstellungszeitpunkt: Fact
    leser_kennung: Fact
    autor_kennung: Fact
    leser_verzeichnisdienst: Fact | None = None
    autor_verzeichnisdienst: Fact | None = None
    test: Text | None = "@test"
    """XPath: a document in which it finds anything carries the mark `test`. A bundle that says nothing about it
    must not turn test messages into productive ones."""
    version: Text | None = None
    """XPath of what a document itself says about its version; it must then be the bundle's."""


class KindEntry(Model):
    root: Text
    namespace: Text | None = None
    """Of the root element, where it is not the bundle's."""
    service: Annotated[
        str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*/[a-z][a-z0-9]*(-[a-z0-9]+)*$")
    ]
    leistung: Annotated[str, StringConstraints(pattern=r"^99\d{12}$")] | None = None
    order: Fact | None = None
    """What messages of one case have in common, where it is not the bundle's."""
    de: Text
    en: Text


HeaderRule = Literal["nachrichtentyp-root", "zeitpunkt-zone"]


class BundleFile(Model):
    """The content of a `bundle.toml`."""

    standard: Text
    version: Text
    namespace: Text
    entry: Annotated[tuple[Text, ...], Field(min_length=1)]
    valid_from: date
    valid_until: date | None = None
    title: Titles
    xsd: XsdVersion = "1.0"
    """That of the schemas; with `1.1` it is xmlschema that decides about every document."""
    second_validator: Literal["always", "on-refusal"] = "on-refusal"
    """When xmlschema is asked beside libxml2: `always` where it has to check ID and IDREF."""
    header_rules: tuple[HeaderRule, ...] = ("nachrichtentyp-root", "zeitpunkt-zone")
    """What is demanded of the header beyond the schema."""
    header: HeaderFacts
    prefixes: dict[str, str] = Field(default_factory=dict)
    order: Fact | None = None
    """What messages of one case have in common, whatever their kinds; a message that has it not belongs to none."""
    kinds: Annotated[tuple[KindEntry, ...], Field(min_length=1)]
    rules: tuple[RuleEntry, ...] = ()
    schematron: tuple[SchematronEntry, ...] = ()
    code_lists: tuple[CodeListEntry, ...] = ()
    unknown_list: Reaction = "ignore"
    """A code list that is named in a message, and neither fixed by the schema nor among `code_lists`."""


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """A checked bundle: its data, and the schema files that belong to it."""

    folder: Path
    spec: BundleFile
    files: SchemaFiles
    material: Material
    """Rules and code lists."""

    def __eq__(self, other: object) -> bool:
        """Equal where nothing has changed, neither in the description nor in any schema file or code list."""
        if not isinstance(other, Bundle):
            return NotImplemented
        mine = (self.folder, self.spec, self.files.stamp, self.material)
        return mine == (other.folder, other.spec, other.files.stamp, other.material)

    def __hash__(self) -> int:
        return hash((self.folder, self.files.stamp))

    @property
    def name(self) -> str:
        """`standard version`, as people say it."""
        return f"{self.spec.standard} {self.spec.version}"

    def kind(self, entry: KindEntry) -> MessageKind:
        """The message kind that an entry of the bundle describes."""
        return MessageKind(self.spec.standard, self.spec.version, entry.root, entry.service, entry.leistung)

    def known(self, entry: KindEntry) -> KnownKind:
        """The message kind with what people are told about it."""
        return KnownKind(
            kind=self.kind(entry),
            namespace=entry.namespace or self.spec.namespace,
            de=entry.de,
            en=entry.en,
            standard_de=self.spec.title.de,
            standard_en=self.spec.title.en,
            valid_from=self.spec.valid_from,
            valid_until=self.spec.valid_until,
        )

    def tag(self, entry: KindEntry) -> str:
        """The root element of a kind as `{namespace}name`."""
        return f"{{{entry.namespace or self.spec.namespace}}}{entry.root}"

    def valid_on(self, day: date) -> bool:
        """Whether `day`, a legal date in Europe/Berlin, lies in the validity window."""
        return self.spec.valid_from <= day and (self.spec.valid_until is None or day <= self.spec.valid_until)


LONGEST_NAMESPACE = 500
"""The search for a version at the end takes time with the square of the length; no standard needs more."""


def family(namespace: str) -> str:
    """What the namespaces of all versions of a standard have in common: all before a version at the end."""
    if len(namespace) > LONGEST_NAMESPACE:
        return namespace
    shorter = re.sub(r"[:/_#-]?v?\d+(?:[._]\d+)*[a-z]?/?$", "", namespace)
    while shorter != namespace:
        # A version may be spread over steps of a path: `xplangml/5/4`.
        namespace, shorter = shorter, re.sub(r"[:/_-]\d+$", "", shorter)
    return shorter


def load_bundle(folder: Path, shared: Path, lists: Lists, *, trusted: bool = False) -> Bundle:
    """Read and check the bundle in `folder`; its schemas may use files of `shared` beside their own, and `lists`
    are those that lie beside the bundles. The Schematron of a bundle that is not `trusted` runs in a process of
    its own.

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
        if f"{{{entry.namespace or spec.namespace}}}{entry.root}" not in files.roots
    ]
    material, faults = collect(
        folder, shared, spec.rules, spec.code_lists, spec.unknown_list, files.paths, lists
    )
    problems += [_problem(path, text, fault.place, fault.de, fault.en) for fault in faults]
    stylesheets: list[Stylesheet] = []
    for number, schematron in enumerate(spec.schematron):
        place = Place(str(path), _line_of(text, ("schematron", number, "file")))
        try:
            stylesheets.append(load_schematron(folder, shared, schematron, place, trusted=trusted))
        except ConfigurationInvalid as error:
            problems += error.problems
    if problems:
        raise ConfigurationInvalid(*problems)
    return Bundle(folder, spec, files, replace(material, schematron=tuple(stylesheets)))


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
    seen: set[tuple[str | None, str]] = set()
    for number, entry in enumerate(spec.kinds):
        if (entry.namespace, entry.root) in seen:
            yield _problem(
                path,
                text,
                ("kinds", number, "root"),
                f"„{entry.root}“ steht zweimal da",
                f"{entry.root!r} is there twice",
            )
        seen.add((entry.namespace, entry.root))
    for place, fact in _facts(spec):
        for expression in xpaths(fact):
            try:
                etree.XPath(expression, namespaces=dict(spec.prefixes) or None)(etree.Element("probe"))
            except etree.XPathError as error:
                yield _problem(
                    path,
                    text,
                    place,
                    f"„{place[-1]}“ ist kein gültiger XPath",
                    f"{place[-1]!r} is no XPath: {error}",
                )


def _facts(spec: BundleFile) -> Iterator[tuple[Sequence[int | str], Fact]]:
    yield from ((("header", name), fact) for name, fact in spec.header if fact is not None)
    if spec.order is not None:
        yield ("order",), spec.order
    for number, kind in enumerate(spec.kinds):
        if kind.order is not None:
            yield ("kinds", number, "order"), kind.order


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
