"""Listing: the code lists of a package become files of the bundle and entries of its draft."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from schemas.codelists import Reaction
from schemas.genericode import Genericode, ListFault, collapsed, file_name, parse_genericode, refuse_unnamed
from schemas.lists import FOLDER
from schemas.packages.codetypes import CodeUse
from schemas.packages.faults import printable


@dataclass(frozen=True, slots=True)
class DraftedList:
    """What the draft says about one list."""

    uri: str
    version: str
    title: str
    file: str | None
    """In the bundle; None: the package names the list and not its codes."""
    columns: tuple[str, ...] = ()
    """Where the codes stand, if not in the columns of the list's key."""
    unknown_code: Reaction = "refuse"
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file that looks like a code list and can't be used."""

    name: str
    de: str
    en: str


@dataclass(frozen=True, slots=True)
class Listing:
    """All code lists of a package."""

    lists: tuple[DraftedList, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    def only_warning(self, names: Collection[tuple[str, str]]) -> "Listing":
        """The same, with lists that the package's own messages do not keep to."""
        remark = (
            "Nachrichten des Pakets haben Codes, die hier fehlen / "
            "messages of the package have codes that are missing here"
        )
        changed = (
            replace(each, unknown_code="warn", remarks=(*each.remarks, remark))
            if (each.uri, each.version) in names and each.unknown_code == "refuse"
            else each
            for each in self.lists
        )
        return replace(self, lists=tuple(changed))


def write_lists(files: Mapping[str, bytes], uses: Sequence[CodeUse], folder: Path) -> Listing:
    """Copy the lists among the files of a package, by their names there, as they are into a bundle's folder."""
    lists: dict[tuple[str, str], DraftedList] = {}
    codes: dict[tuple[str, str], frozenset[str]] = {}
    left_out: list[LeftOut] = []
    for name, content in files.items():
        try:
            found = _identified(content)
            drafted, known = _drafted(found, [each for each in uses if _means(each, found)])
        except ListFault as fault:
            left_out.append(LeftOut(printable(name), fault.de, fault.en))
            continue
        key = found.uri, found.version
        if key not in lists:
            lists[key], codes[key] = drafted, known
            if drafted.file is not None:
                path = folder / drafted.file
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(content)
        elif codes[key] != known:
            # Nobody knows which of the two is right.
            lists[key] = replace(lists[key], unknown_code="warn")
            left_out.append(
                LeftOut(
                    printable(name),
                    f"Das Paket hat {found.uri} {found.version} noch einmal, mit anderen Codes",
                    f"the package has {found.uri} {found.version} twice, with other codes",
                )
            )
    return Listing(tuple(lists[key] for key in sorted(lists)), tuple(left_out))


def _identified(content: bytes) -> Genericode:
    found = parse_genericode(content)
    refuse_unnamed(found)
    return found


def _means(use: CodeUse, found: Genericode) -> bool:
    return use.uri == found.uri and use.version in {None, found.version}


def _drafted(found: Genericode, uses: Sequence[CodeUse]) -> tuple[DraftedList, frozenset[str]]:
    """The entry of a list that is used so, and its codes.

    The codes stand in the columns of its key, or in that which the schema names; and where the schema
    enumerates codes itself, in that in which these are.
    """
    drafted = DraftedList(
        found.uri, found.version, found.title, f"{FOLDER}/{file_name(found.uri, found.version)}"
    )
    if not found.rows:
        remark = "Das Paket nennt die Codes nicht / the package does not say the codes"
        return replace(drafted, file=None, unknown_code="ignore", remarks=(remark,)), frozenset()
    columns = _columns(found, uses)
    known = found.code_list(columns)
    enumerated = {collapsed(value) for use in uses for value in use.values}
    if missing := enumerated - known.codes:
        others = (each for each in found.columns if missing <= found.code_list((each,)).codes)
        if (other := next(others, None)) is not None:
            columns = (*columns, other)
            known = found.code_list(columns)
        else:
            remark = (
                f"Das Schema lässt {len(missing)} Codes zu, die hier fehlen / "
                f"the schema allows {len(missing)} codes that are missing here"
            )
            drafted = replace(drafted, unknown_code="warn", remarks=(remark,))
    own = set(columns) == set(found.code_columns)
    return replace(drafted, columns=() if own else columns), known.codes


def _columns(found: Genericode, uses: Sequence[CodeUse]) -> tuple[str, ...]:
    def of(use: CodeUse) -> Iterator[str]:
        if use.column in found.columns:
            yield use.column
        else:
            yield from found.code_columns

    named = dict.fromkeys(column for use in uses for column in of(use))
    return tuple(named) or found.code_columns
