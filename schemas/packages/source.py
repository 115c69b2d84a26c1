"""Source: the schema files, code lists and rules of a package, from a folder or a zip, within limits and from
nowhere else.
"""

import io
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO

from schemas.genericode import HEAD, LARGEST_LIST, is_genericode
from schemas.packages.faults import PackageRefused, fault

MOST_FILES = 20_000
MOST_SCHEMAS = 2_000
MOST_LISTS = 2_000
MOST_BYTES = 100_000_000
"""Of all schema files together, unpacked, and of all code lists. Official packages have 2 MB, and 12 MB of lists."""
LARGEST_FILE = 20_000_000
MOST_MESSAGES, LARGEST_MESSAGE = 300, 500_000
_BLOCK = 1 << 20
_UTF8 = 0x800
_UMLAUTS = frozenset("äöüÄÖÜßéèà")


@dataclass(frozen=True, slots=True)
class Source:
    """A package or a supplement: its schema files, code lists and rules by their path in it."""

    name: str
    files: Mapping[PurePosixPath, bytes]
    lists: Mapping[PurePosixPath, bytes]
    rules: Mapping[PurePosixPath, bytes]
    messages: Mapping[PurePosixPath, bytes]
    """Other XML, as far as it may be an example of a message."""

    def check_sum(self) -> str:
        """Of all its files with their paths."""
        total = sha256()
        for path, content in (*self.files.items(), *self.lists.items(), *self.rules.items()):
            total.update(f"{path}\0{len(content)}\0".encode(errors="surrogateescape"))
            total.update(content)
        return total.hexdigest()


def read_source(path: Path) -> Source:
    """Read the schema files (`.xsd`) and rules (`.sch`) of a folder or zip, and whatever in it is a code list, by
    its content; or a single schema file. Where no schema is outside of the zips in it, they are opened.

    Raises:
        PackageRefused: it holds links, paths that lead out of it, or more than any package does.
    """
    if path.is_dir():
        return _gathered(path.name, _from_folder(path))
    if path.is_file() and _is_schema(PurePosixPath(path.name)):
        return _gathered(path.name, [(PurePosixPath(path.name), partial(_open, path))])
    if not zipfile.is_zipfile(path):
        raise PackageRefused(
            fault(
                path.name,
                "Das ist weder ein Ordner noch ein Zip noch eine .xsd-Datei; entpacken Sie andere Archive zuerst",
                "this is neither a folder nor a zip nor an .xsd file; unpack other archives first",
            )
        )
    try:
        with zipfile.ZipFile(path) as archive:
            return _gathered(path.name, _from_zip(archive))
    except _UNREADABLE as error:
        raise _unreadable(path.name, error) from None


_UNREADABLE = (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError)
_File = tuple[PurePosixPath, Callable[[], IO[bytes]]]
"""A file by its path in a source, and how to open it."""


def _unreadable(name: str, error: Exception) -> PackageRefused:
    cause = type(error).__name__
    return PackageRefused(
        fault(name, f"Das Zip ist nicht lesbar ({cause})", f"the zip can't be read ({cause})")
    )


def _gathered(name: str, found: Iterable[_File]) -> Source:
    files: dict[PurePosixPath, bytes] = {}
    lists: dict[PurePosixPath, bytes] = {}
    schemas = _Budget(name, MOST_SCHEMAS, ("Schemadateien", "schema files"))
    code_lists = _Budget(name, MOST_LISTS, ("Codelisten", "code lists"))
    rules: dict[PurePosixPath, bytes] = {}
    rule_files = _Budget(name, MOST_SCHEMAS, ("Schematron-Dateien", "Schematron files"))
    messages: dict[PurePosixPath, bytes] = {}
    for path, open_ in _opened(found):
        if _is_schema(path):
            schemas.count()
            files[path] = _whole(open_, path, schemas)
        elif _is_rules(path):
            rule_files.count()
            rules[path] = _whole(open_, path, rule_files)
        elif _is_list(open_):
            code_lists.count()
            # One that is larger is told to be by who reads it.
            with open_() as stream:
                lists[path] = stream.read(LARGEST_LIST + 1)
            code_lists.read(len(lists[path]))
        elif path.suffix.lower() == ".xml" and len(messages) < MOST_MESSAGES and _is_meant(path):
            messages[path] = _beginning(open_)
    return Source(name, *(dict(sorted(each.items())) for each in (files, lists, rules, messages)))


def _beginning(open_: Callable[[], IO[bytes]]) -> bytes:
    """As much of a file as an example of a message may have; of a longer one it is no XML."""
    try:
        with open_() as stream:
            return stream.read(LARGEST_MESSAGE)
    except _UNREADABLE:
        return b""


def _opened(found: Iterable[_File]) -> Iterator[_File]:
    """The files, and those of the zips among them where there is no schema beside these."""
    schemas, zips = False, []
    for path, open_ in found:
        schemas = schemas or _is_schema(path)
        if _is_zip(path):
            zips.append((path, open_))
        yield path, open_
    for path, open_ in () if schemas else zips:
        content = _whole(open_, path, _Budget(path.name, 1, ("Dateien", "files")))
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for name, inner in _from_zip(archive):
                    yield path / name, inner
        except _UNREADABLE as error:
            raise _unreadable(str(path), error) from None


class _Budget:
    """What may be read of one source."""

    def __init__(self, name: str, most: int, what: tuple[str, str]) -> None:
        self._name = name
        self._most = most
        self._what = what
        self._files = self._bytes = 0

    def count(self) -> None:
        self._files += 1
        if self._files > self._most:
            self._refuse(f"{self._most}")

    def read(self, size: int) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            self._refuse(f"{MOST_BYTES // 1_000_000} MB")

    def _refuse(self, most: str) -> None:
        de, en = self._what
        raise PackageRefused(
            fault(self._name, f"Mehr als {most} {de}: das ist kein Schema-Paket", f"more than {most} of {en}")
        )


def _from_folder(folder: Path) -> Iterator[_File]:
    files = _Budget(folder.name, MOST_FILES, ("Dateien", "files"))
    for path in sorted(folder.rglob("*")):
        files.count()
        name = PurePosixPath(unicodedata.normalize("NFC", path.relative_to(folder).as_posix()))
        if path.is_symlink():
            raise PackageRefused(fault(str(name), "Verweise werden nicht verfolgt", "links are not followed"))
        if path.is_file():
            yield name, partial(_open, path)


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _from_zip(archive: zipfile.ZipFile) -> Iterator[_File]:
    files = _Budget(Path(archive.filename or "").name, MOST_FILES, ("Dateien", "files"))
    for info in archive.infolist():
        files.count()
        name = _safe_name(info)
        if not info.is_dir():
            yield name, partial(archive.open, info)


def _whole(open_: Callable[[], IO[bytes]], name: PurePosixPath, budget: _Budget) -> bytes:
    # What the directory of a zip says about sizes may be a lie: what comes out is counted.
    parts: list[bytes] = []
    size = 0
    with open_() as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            _check_size(name, size)
            budget.read(len(block))
            parts.append(block)
    return b"".join(parts)


def _is_list(open_: Callable[[], IO[bytes]]) -> bool:
    try:
        with open_() as stream:
            return is_genericode(stream.read(HEAD))
    except _UNREADABLE:
        # Whatever it is that lies beside the schemas.
        return False


def _safe_name(info: zipfile.ZipInfo) -> PurePosixPath:
    raw = unicodedata.normalize("NFC", _decoded(info).replace("\\", "/"))
    name = PurePosixPath(raw)
    leads_out = name.is_absolute() or ".." in name.parts or ":" in raw.partition("/")[0] or "\0" in raw
    if leads_out:
        raise PackageRefused(
            fault(raw, "Der Pfad im Zip führt aus ihm hinaus", "the path in the zip leads out of it")
        )
    if stat.S_ISLNK(info.external_attr >> 16):
        raise PackageRefused(fault(raw, "Verweise werden nicht verfolgt", "links are not followed"))
    if info.flag_bits & 0x1:
        raise PackageRefused(fault(raw, "Die Datei ist verschlüsselt", "the file is encrypted"))
    return name


def _check_size(name: PurePosixPath, size: int) -> None:
    if size > LARGEST_FILE:
        megabytes = LARGEST_FILE // 1_000_000
        raise PackageRefused(
            fault(str(name), f"Die Datei ist größer als {megabytes} MB", f"larger than {megabytes} MB")
        )


def _decoded(info: zipfile.ZipInfo) -> str:
    """A name as it was meant: many zips do not say in which encoding theirs are, and Python takes CP437."""
    if info.flag_bits & _UTF8:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        guesses = [raw.decode(each, "replace") for each in ("cp850", "cp1252")]
        return max(guesses, key=lambda guess: sum(letter in _UMLAUTS for letter in guess))


def _is_zip(name: PurePosixPath) -> bool:
    return name.name.lower().endswith(".zip") and _is_meant(name)


def _is_schema(name: PurePosixPath) -> bool:
    # A file may be called just `.xsd`.
    return name.name.lower().endswith(".xsd") and _is_meant(name)


def _is_rules(name: PurePosixPath) -> bool:
    return name.name.lower().endswith(".sch") and _is_meant(name)


def _is_meant(name: PurePosixPath) -> bool:
    """Not one of the files that a Mac leaves in a zip."""
    return "__MACOSX" not in name.parts and not name.name.startswith("._")
