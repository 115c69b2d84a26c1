"""Lists: the code lists that lie beside the bundles, for all of them; and every list that is read, read once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.genericode import CodeList, ListFault, parse_genericode, read_genericode, refuse_unnamed

FOLDER = "codelists"
"""Beside the standards, in each folder of bundles."""


@dataclass(frozen=True, slots=True)
class InstalledList:
    """A list that lies beside the bundles, as its file says."""

    path: Path
    list: CodeList


class Lists:
    """The lists of one library. Two bundles that bring the same file share what is read of it."""

    def __init__(self, earlier: "Lists | None" = None) -> None:
        """What `earlier` has read of the same files is used again."""
        self._earlier: Mapping[tuple[bytes, tuple[str, ...]], CodeList] = earlier.known if earlier else {}
        self.known: dict[tuple[bytes, tuple[str, ...]], CodeList] = {}
        """What was read, by the check sum of the file and the columns."""
        self.installed: dict[tuple[str, str], InstalledList] = {}
        """By identifier and version."""

    @classmethod
    def load(cls, folders: Sequence[Path], earlier: "Lists | None" = None) -> "Lists":
        """Read the lists beside the bundles of these folders.

        Raises:
            ConfigurationInvalid: naming every file that can't be used.
        """
        lists = cls(earlier)
        problems = []
        for path in list_files(folders):
            try:
                found = lists.read(path)
                _check(found, lists.installed.get((found.uri, found.version)))
            except FileNotFoundError:
                continue
            except ListFault as fault:
                problems.append(Problem(str(path), None, fault.de, fault.en))
            else:
                lists.installed.setdefault((found.uri, found.version), InstalledList(path, found))
        if problems:
            raise ConfigurationInvalid(*problems)
        return lists

    def read(self, path: Path, columns: tuple[str, ...] = ()) -> CodeList:
        """The codes in a genericode file.

        Raises:
            ListFault: it is no genericode, or has no such column.
            OSError: it can't be read at all.
        """
        content = path.read_bytes()
        key = sha256(content).digest(), columns
        found = self.known.get(key) or self._earlier.get(key)
        if found is None:
            found = replace(read_genericode(content, columns), file=path, columns=columns)
        self.known[key] = found
        return found


def names_of(found: CodeList) -> Mapping[str, str]:
    """What the codes of a list are called. They are read when somebody asks; none where the file has gone."""
    if found.file is None:
        return {}
    try:
        return parse_genericode(found.file.read_bytes()).names(found.columns)
    except (OSError, ListFault):
        return {}


def list_files(folders: Sequence[Path]) -> Iterator[Path]:
    """The files of installed lists, in a fixed order."""
    for folder in folders:
        for path in sorted((folder / FOLDER).glob("[!.]*")):
            if path.is_file():
                yield path


def in_order(version: str) -> list[tuple[int, int, str]]:
    """Sorts 2 before 10 and 2024-08-01 before 2026-01-31."""
    return [
        (0, int(each), "") if each.isdigit() else (1, 0, each)
        for each in re.findall(r"[0-9]+|[^0-9]+", version)
    ]


def _check(found: CodeList, other: InstalledList | None) -> None:
    refuse_unnamed(found)
    if other is not None and other.list.codes != found.codes:
        name = other.path.name
        raise ListFault(
            f"„{name}“ ist dieselbe Codeliste in derselben Fassung mit anderen Codes",
            f"{name!r} is the same code list in the same version with other codes",
        )
