"""Naming: what a standard is called and which version of it a package has."""

import re
from collections.abc import Iterator, Sequence

from schemas.packages.draft import slug
from schemas.packages.faults import PackageRefused, fault
from schemas.packages.files import XSD, SchemaFile
from schemas.packages.layouts import Layout

_VERSION = re.compile(r"[A-Za-z0-9][\w.\-]{0,63}")
_AT_THE_END = re.compile(r"(?:^|[:/_#-])v?(\d+(?:[._/]\d+)*[a-z]?)/?\Z")
"""The version in a namespace."""
_IN_NAME = re.compile(r"(?:^|[-_ ])[vV]?(\d+(?:[._]\d+)+)(?=[-_ ]|\Z)")
"""The version in a file's name."""


def standard_name(own: Sequence[SchemaFile], ends: Sequence[SchemaFile]) -> str:
    """What the schema says, else what the names of the entry files have in common, without a version."""
    said_so = said(own, "standard/nameTechnisch")
    if said_so:
        return slug(said_so)
    words = [re.split(r"[-_. ]+", file.id.path.stem) for file in ends]
    shared = [each[0] for each in zip(*words, strict=False) if len(set(each)) == 1]
    named = [word for word in shared or words[0] if not re.fullmatch(r"[vV]?\d\w*", word)]
    return slug("-".join(named) or "standard")


def version_name(layout: Layout, own: Sequence[SchemaFile], ends: Sequence[SchemaFile]) -> str:
    """The version that messages must name, else that of the schema.

    Raises:
        PackageRefused: none is named anywhere.
    """
    for found in _versions(layout, own, ends):
        if found and _VERSION.fullmatch(found):
            return found
    raise PackageRefused(
        fault(
            str(ends[0].id),
            "Das Schema nennt keine Version: geben Sie sie mit --version an",
            "the schema names no version: give it with --version",
        )
    )


def _versions(layout: Layout, own: Sequence[SchemaFile], ends: Sequence[SchemaFile]) -> Iterator[str | None]:
    """Where a version may stand, the surest place first."""
    if len(layout.versions) == 1:
        yield layout.versions[0]
    attributes = {file.root.get("version") for file in ends} - {None}
    if len(attributes) == 1:
        yield attributes.pop()
    yield said(own, "versionStandard/version")
    yield from (file.root.get("version") for file in ends)
    in_namespace = _AT_THE_END.search(ends[0].namespace or "")
    yield in_namespace[1].replace("/", ".") if in_namespace else None
    in_names = {found[1] for file in ends if (found := _IN_NAME.search(file.id.path.stem))}
    yield in_names.pop() if len(in_names) == 1 else None


def said(files: Sequence[SchemaFile], what: str) -> str | None:
    """What the annotations of XÖV say about the standard."""
    for file in files:
        found = " ".join((file.root.findtext(f"{XSD}annotation/{XSD}appinfo/{what}") or "").split())
        if found:
            return found
    return None
