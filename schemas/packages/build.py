"""Build: the work of an installation, done in a process of its own that may be killed at any moment."""

import json
import re
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from lxml import etree

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.bundle import load_bundle
from schemas.closure import collect_files
from schemas.compiled import CompiledSchema
from schemas.packages.draft import Draft, slug, write
from schemas.packages.entries import Entries, find_entries
from schemas.packages.faults import PackageIncomplete, PackageRefused, fault
from schemas.packages.files import XSD, FileId, SchemaFile, read_schema
from schemas.packages.layouts import Layout, recognise
from schemas.packages.links import Ambiguous, Links, heads
from schemas.packages.patterns import slow_patterns
from schemas.packages.source import Source, read_source

MEMORY = 1_500_000_000
"""Bytes of address space."""
READ_SECONDS, COMPILE_SECONDS, EXPLAIN_SECONDS = 30, 5, 40
"""Of processor time. libxml2 compiles official packages in less than 0.2 seconds, xmlschema in some seconds."""

VERSION = re.compile(r"[A-Za-z0-9][\w.\-]{0,63}")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be installed."""

    package: str
    supplements: tuple[str, ...]
    entry: tuple[str, ...]
    standard: str | None
    version: str | None
    valid_from: str
    into: str
    """An empty folder."""


def main() -> None:
    """Read an order from standard input, carry it out, and report each stage on standard output."""
    order = Order(**json.loads(sys.stdin.read()))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    try:
        report: dict[str, object] = {"bundle": build(order)}
    except ConfigurationInvalid as error:
        problems = [asdict(problem) for problem in error.problems]
        report = {"problems": problems, "incomplete": isinstance(error, PackageIncomplete)}
    except MemoryError:
        report = {"exhausted": True}
    print(json.dumps(report))  # noqa: T201 - the pipe to the parent


def build(order: Order) -> dict[str, object]:
    """Write the bundle and tell what it is.

    Raises:
        ConfigurationInvalid: the package can't become a bundle.
    """
    _stage("read", READ_SECONDS)
    sources = [read_source(Path(each)) for each in (order.package, *order.supplements)]
    files = _parse(sources)
    links = Links(files)
    entries = find_entries(files, links, order.entry)
    closure = [files[id] for id in links.reach(entries.files)]
    problems = links.faults(file.id for file in closure)
    if problems:
        raise PackageIncomplete(*problems)
    folder = Path(order.into)
    entry = _Writer(folder, closure, links, entries, files).write()
    _stage("compile", COMPILE_SECONDS)
    compiled = CompiledSchema(collect_files(folder, folder, entry, entries.namespace))
    compiled.warm(explanations=False)
    _stage("explain", EXPLAIN_SECONDS)
    schema = compiled.explaining()
    if schema is None:
        raise PackageRefused(
            fault(
                "*.xsd",
                "Der zweite Prüfer (xmlschema) nimmt das Schema nicht",
                "xmlschema refuses the schema",
            )
        )
    _stage("patterns", EXPLAIN_SECONDS)
    slow = slow_patterns(schema)
    if slow:
        raise PackageRefused(*slow)
    layout = recognise(schema, [f"{{{root.namespace}}}{root.name}" for root in entries.roots])
    draft = _draft(order, sources, closure, entries, entry, layout)
    (folder / "bundle.toml").write_text(write(draft), encoding="utf-8")
    load_bundle(folder, folder)
    return {
        "standard": draft.standard,
        "version": draft.version,
        "namespace": draft.namespace,
        "files": len(closure),
        "kinds": len(draft.roots),
        "header": layout.name,
        "without_header": [root.rpartition("}")[2] for root in layout.without],
    }


def _stage(name: str, seconds: int) -> None:
    """Tell the parent what begins, and give it so much processor time."""
    print(json.dumps({"stage": name}), flush=True)  # noqa: T201 - the pipe to the parent
    used = time.process_time()
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + seconds, resource.RLIM_INFINITY))


def _parse(sources: Sequence[Source]) -> dict[FileId, SchemaFile]:
    files: dict[FileId, SchemaFile] = {}
    problems: list[Problem] = []
    for number, source in enumerate(sources):
        for path, content in source.files.items():
            id = FileId(number, path)
            read = read_schema(id, content)
            if isinstance(read, Problem):
                problems.append(read)
            else:
                files[id] = read
    if problems and not any(id.source == 0 for id in files):
        raise PackageRefused(*problems)
    return files


class _Writer:
    """Writes the files of a bundle with their links to each other, so that nothing needs to be looked
    up again.
    """

    def __init__(
        self,
        folder: Path,
        closure: Sequence[SchemaFile],
        links: Links,
        entries: Entries,
        files: Mapping[FileId, SchemaFile],
    ) -> None:
        self._folder = folder
        self._closure = closure
        self._links = links
        self._entries = entries
        self._files = files
        self._names = _names([file.id for file in closure])

    def write(self) -> tuple[str, ...]:
        """Write all and return the entry files of the bundle."""
        for file in self._closure:
            here = self._names[file.id]
            for link, target in self._links.of(file.id):
                if not isinstance(target, Ambiguous) and target:
                    link.node.set("schemaLocation", _from(here, self._names[target[0]]))
            self._put(here, file.written())
        return tuple(dict.fromkeys((*self._foreign(), *self._own())))

    def _own(self) -> list[str]:
        main = self._entries.namespace
        return [str(self._names[id]) for id in self._entries.files if self._files[id].namespace == main]

    def _foreign(self) -> list[str]:
        """One file for each namespace that is taken from several files, and for each that begins with
        files of its own: libxml2 takes a namespace from one file alone.
        """
        wanted: dict[str | None, dict[FileId, None]] = {}
        for file in self._closure:
            for link, target in self._links.of(file.id):
                if link.imports and not isinstance(target, Ambiguous):
                    wanted.setdefault(link.namespace, {}).update(dict.fromkeys(target))
        for id in self._entries.files:
            wanted.setdefault(self._files[id].namespace, {})[id] = None
        wanted.pop(self._entries.namespace, None)
        begun = {self._files[id].namespace for id in self._entries.files}
        found: list[str] = []
        for namespace, ids in wanted.items():
            ends = heads(list(ids), self._links, imports=False)
            if len(ends) > 1 and namespace:
                found.append(self._together(namespace, ends, len(found)))
            elif namespace in begun:
                found.append(str(self._names[ends[0]]))
        return found

    def _together(self, namespace: str, ids: Sequence[FileId], number: int) -> str:
        name = PurePosixPath(f"schema/namespace-{number + 1}.xsd")
        schema = etree.Element(f"{XSD}schema", nsmap={"xs": XSD[1:-1]}, targetNamespace=namespace)
        for id in ids:
            etree.SubElement(schema, f"{XSD}include", schemaLocation=_from(name, self._names[id]))
        self._put(name, etree.tostring(schema, encoding="UTF-8", xml_declaration=True))
        return str(name)

    def _put(self, name: PurePosixPath, content: bytes) -> None:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _names(ids: Sequence[FileId]) -> dict[FileId, PurePosixPath]:
    """Where each file goes: its path below what all files of its source share, in harmless characters."""
    names: dict[FileId, PurePosixPath] = {}
    for source in sorted({id.source for id in ids}):
        paths = [id.path for id in ids if id.source == source]
        shared = len(_shared([path.parent.parts for path in paths]))
        top = ("schema", "package") if source == 0 else ("schema", f"supplement-{source}")
        for path in paths:
            parts = [re.sub(r"[^\w.\-]", "_", part) for part in path.parts[shared:]]
            name = PurePosixPath(*top, *parts)
            while name in names.values():
                name = name.with_name(f"_{name.name}")
            names[FileId(source, path)] = name
    return names


def _shared(folders: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    shortest, longest = min(folders), max(folders)
    pairs = zip(shortest, longest, strict=False)
    return shortest[: next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(shortest), len(longest)))]


def _from(here: PurePosixPath, there: PurePosixPath) -> str:
    up = "../" * len(here.parent.parts)
    return quote(f"{up}{there}")


def _draft(
    order: Order,
    sources: Sequence[Source],
    closure: Sequence[SchemaFile],
    entries: Entries,
    entry: tuple[str, ...],
    layout: Layout,
) -> Draft:
    own = [file for file in closure if file.namespace in {entries.namespace, None}]
    ends = [file for file in closure if file.id in entries.files]
    standard = slug(order.standard or _said(own, "standard/nameTechnisch") or _name(ends))
    version = order.version or _version(layout, own, ends)
    if version not in layout.versions:
        # Nothing that messages say would fit.
        facts = {name: fact for name, fact in layout.facts.items() if name != "version"}
        layout = replace(layout, facts=facts)
    return Draft(
        standard=standard,
        version=version,
        title=_said(own, "standard/nameLang") or _said(own, "standard/nameKurz") or standard,
        namespace=entries.namespace,
        entry=entry,
        roots=entries.roots,
        layout=layout,
        valid_from=date.fromisoformat(order.valid_from),
        idref=any(file.uses_idref() for file in closure),
        origin=tuple(f"{source.name} (sha256 {source.check_sum()})" for source in sources),
    )


def _said(files: Sequence[SchemaFile], what: str) -> str | None:
    """What the annotations of XÖV say about the standard."""
    for file in files:
        found = " ".join((file.root.findtext(f"{XSD}annotation/{XSD}appinfo/{what}") or "").split())
        if found:
            return found
    return None


def _version(layout: Layout, own: Sequence[SchemaFile], ends: Sequence[SchemaFile]) -> str:
    """The version that messages must name, else that of the schema."""
    found = layout.versions[0] if len(layout.versions) == 1 else None
    found = found or next((each for file in ends if (each := file.root.get("version"))), None)
    found = found or _said(own, "versionStandard/version")
    if found is None or not VERSION.fullmatch(found):
        raise PackageRefused(
            fault(
                str(ends[0].id),
                "Das Schema nennt keine Version: geben Sie sie mit --version an",
                "the schema names no version: give it with --version",
            )
        )
    return found


def _name(ends: Sequence[SchemaFile]) -> str:
    """What the names of the entry files have in common, without a version."""
    words = [re.split(r"[-_. ]+", file.id.path.stem) for file in ends]
    shared = [each[0] for each in zip(*words, strict=False) if len(set(each)) == 1]
    named = [word for word in shared or words[0] if not re.fullmatch(r"v?\d+", word)]
    return "-".join(named) or "standard"
