"""List use: which code lists a bundle refers to, and whether the codes of each are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from schemas.scrutiny import Material


class Origin(StrEnum):
    """Where the codes of a list come from."""

    BUNDLE = "bundle"
    SCHEMA = "schema"
    """The schema enumerates them."""
    INSTALLED = "installed"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class ListUse:
    """A list that a bundle declares, or that its schema fixes."""

    uri: str
    version: str | None
    """None: each message names it."""
    origin: Origin
    codes: int | None
    """How many codes count; None where they are not known."""


def list_uses(material: Material) -> Sequence[ListUse]:
    """The lists of a bundle by identifier and version, those that its schema fixes without a version in every
    version that is there.
    """
    known = {(each.uri, each.version): (Origin.INSTALLED, len(each.codes)) for each in material.installed}
    for entry, found in material.lists:
        if found is not None and entry.file is not None:
            known[entry.uri, entry.version] = Origin.BUNDLE, len(found.codes)
    wanted: set[tuple[str, str | None]] = {(entry.uri, entry.version) for entry, _ in material.lists}
    for uri, version in material.in_schema:
        versions = {each for name, each in known if name == uri}
        wanted.update((uri, each) for each in (versions if version is None and versions else (version,)))
    uses = []
    for uri, version in sorted(wanted, key=lambda each: (each[0], each[1] or "")):
        otherwise = Origin.SCHEMA if uri in material.enumerated else Origin.MISSING
        origin, codes = known.get((uri, version or ""), (otherwise, None))
        uses.append(ListUse(uri, version, origin, codes))
    return uses
