"""Build: the work of an installation, done in a process of its own that may be killed at any moment."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from lxml import etree

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.bundle import load_bundle
from schemas.closure import XsdVersion, collect_files
from schemas.compiled import CompiledSchema
from schemas.forms import FormCache
from schemas.lists import Lists
from schemas.packages.child import Report, Stage, be_child
from schemas.packages.codetypes import code_uses
from schemas.packages.common import COMMON
from schemas.packages.complaints import retold, second_opinion
from schemas.packages.draft import Draft, slug, write
from schemas.packages.entries import Entries, find_entries
from schemas.packages.faults import PackageIncomplete, PackageRefused
from schemas.packages.files import XSD, FileId, SchemaFile, read_schema
from schemas.packages.layouts import Layout, recognise
from schemas.packages.links import Ambiguous, Links, heads
from schemas.packages.listing import Listing, write_lists
from schemas.packages.naming import said, standard_name, version_name
from schemas.packages.order import Order
from schemas.packages.patterns import slow_patterns
from schemas.packages.schematron import write_rules
from schemas.packages.source import Source, read_source
from schemas.packages.witnesses import contradicted_lists

READ_SECONDS, COMPILE_SECONDS, EXPLAIN_SECONDS, LISTS_SECONDS, RULES_SECONDS = 30, 5, 40, 60, 20
"""Of processor time. libxml2 compiles official packages in less than 0.2 seconds, xmlschema in some seconds; a
hundred code lists take a second, a thousand rules less. The process that tries rules has limits of its own."""


def main() -> None:
    """The child's part, see `schemas.packages.child`."""
    be_child(lambda order, stage: build(Order(**order), stage))


def build(order: Order, stage: Stage) -> Report:
    """Write the bundle and tell what it is.

    Raises:
        ConfigurationInvalid: the package can't become a bundle.
    """
    stage("read", READ_SECONDS)
    sources = [read_source(Path(each)) for each in (order.package, *order.supplements)]
    files = _parse([*sources, COMMON])
    links = Links(files)
    entries = find_entries(files, links, order.entry)
    closure = [files[id] for id in links.reach(entries.files)]
    problems = links.faults(file.id for file in closure)
    if problems:
        raise PackageIncomplete(*problems)
    folder = Path(order.into)
    writer = _Writer(folder, closure, links, entries, files)
    entry = writer.write()
    stage("compile", COMPILE_SECONDS)
    forms = FormCache(Path(order.forms), quiet=True) if order.forms else None
    written, xsd = collect_files(folder, folder, entry, entries.namespace), _xsd_of(closure)
    compiled = CompiledSchema(written, forms, xsd=xsd)
    try:
        compiled.warm(explanations=False)
    except ConfigurationInvalid as error:
        raise retold(error, folder, writer.origins, {file.namespace for file in closure}) from None
    stage("explain", EXPLAIN_SECONDS)
    schema = compiled.second.get()
    if schema is None:
        raise second_opinion(written, xsd)
    stage("patterns", EXPLAIN_SECONDS)
    slow = slow_patterns(schema)
    if slow:
        raise PackageRefused(*slow)
    layout = recognise(schema, [f"{{{root.namespace}}}{root.name}" for root in entries.roots])
    stage("lists", LISTS_SECONDS)
    listing = write_lists(_lists(sources), code_uses(schema), folder)
    stage("rules", RULES_SECONDS)
    names = _names([FileId(0, path) for path in sources[0].rules], "schematron")
    rules = write_rules(sources[0].rules, names, folder)
    draft = replace(_draft(order, sources, closure, entries, entry, layout, listing), rules=rules)
    (folder / "bundle.toml").write_text(write(draft), encoding="utf-8")
    bundle = load_bundle(folder, folder, Lists())
    stage("messages", READ_SECONDS)
    contradicted = contradicted_lists(sources[0].messages, bundle)
    if contradicted:
        draft = replace(draft, listing=draft.listing.only_warning(contradicted))
        (folder / "bundle.toml").write_text(write(draft), encoding="utf-8")
        load_bundle(folder, folder, Lists())
    return {
        "standard": draft.standard,
        "version": draft.version,
        "namespace": draft.namespace,
        "files": len(closure),
        "kinds": len(draft.roots),
        "header": layout.name,
        "placeholders": list(layout.placeholders),
        "without_header": [root.rpartition("}")[2] for root in layout.without],
        "code_lists": len(listing.lists),
        "lists_left_out": [[each.name, each.de, each.en] for each in listing.left_out],
        "rules": sum(each.fault is None for each in rules),
        "rules_left_out": [[each.name, each.fault.de, each.fault.en] for each in rules if each.fault],
    }


def _lists(sources: Sequence[Source]) -> dict[str, bytes]:
    """The code lists of all sources by their names, the package's own first."""
    return {
        str(FileId(number, path)): content
        for number, source in enumerate(sources)
        for path, content in source.lists.items()
    }


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

    @property
    def origins(self) -> dict[str, str]:
        """The file of the package for each file of the bundle."""
        return {str(name): str(id) for id, name in self._names.items()}

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


def _names(ids: Sequence[FileId], folder: str = "schema") -> dict[FileId, PurePosixPath]:
    """Where each file goes: its path below what all files of its source share, in harmless characters."""
    names: dict[FileId, PurePosixPath] = {}
    for source in sorted({id.source for id in ids}):
        paths = [id.path for id in ids if id.source == source]
        shared = len(_shared([path.parent.parts for path in paths]))
        top = (folder, "package") if source == 0 else (folder, f"supplement-{source}")
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
    listing: Listing,
) -> Draft:
    own = [file for file in closure if file.namespace in {entries.namespace, None}]
    ends = [file for file in closure if file.id in entries.files]
    standard = slug(order.standard) if order.standard else standard_name(own, ends)
    version = order.version or version_name(layout, own, ends)
    if version not in layout.versions:
        # Nothing that messages say would fit.
        facts = {name: fact for name, fact in layout.facts.items() if name != "version"}
        layout = replace(layout, facts=facts)
    return Draft(
        standard=standard,
        version=version,
        title=said(own, "standard/nameLang") or said(own, "standard/nameKurz") or standard,
        namespace=entries.namespace,
        entry=entry,
        roots=entries.roots,
        layout=layout,
        valid_from=date.fromisoformat(order.valid_from),
        xsd=_xsd_of(closure),
        idref=any(file.uses_idref() for file in closure),
        listing=listing,
        origin=tuple(f"{source.name} (sha256 {source.check_sum()})" for source in sources),
    )


def _xsd_of(files: Sequence[SchemaFile]) -> XsdVersion:
    return "1.1" if any(file.needs_xsd_11() for file in files) else "1.0"
