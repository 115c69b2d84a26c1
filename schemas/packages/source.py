"""Source: the schema files of a package, from a folder or a zip, within limits and from nowhere else."""

import stat
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from schemas.packages.faults import PackageRefused, fault

MOST_FILES = 20_000
MOST_SCHEMAS = 2_000
MOST_BYTES = 100_000_000
"""Of all schema files together, unpacked. Official packages have 2 MB."""
LARGEST_FILE = 20_000_000
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """A package or a supplement: its schema files by their path in it."""

    name: str
    files: Mapping[PurePosixPath, bytes]

    def check_sum(self) -> str:
        """Of all its schema files with their paths."""
        total = sha256()
        for path, content in self.files.items():
            total.update(f"{path}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()


def read_source(path: Path) -> Source:
    """Read the schema files (`.xsd`) of a folder or zip.

    Raises:
        PackageRefused: it holds links, paths that lead out of it, or more than any package does.
    """
    budget = _Budget(path.name)
    if path.is_dir():
        found = dict(_from_folder(path, budget))
    elif zipfile.is_zipfile(path):
        found = dict(_from_zip(path, budget))
    else:
        raise PackageRefused(
            fault(path.name, "Das ist weder ein Ordner noch ein Zip", "this is neither a folder nor a zip")
        )
    return Source(path.name, dict(sorted(found.items())))


class _Budget:
    """What may be read of one source."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._files = self._schemas = self._bytes = 0

    def count_file(self) -> None:
        self._files += 1
        if self._files > MOST_FILES:
            self._refuse(f"{MOST_FILES} Dateien", f"{MOST_FILES} files")

    def count_schema(self) -> None:
        self._schemas += 1
        if self._schemas > MOST_SCHEMAS:
            self._refuse(f"{MOST_SCHEMAS} Schemadateien", f"{MOST_SCHEMAS} schema files")

    def read(self, size: int) -> None:
        self._bytes += size
        if self._bytes > MOST_BYTES:
            self._refuse(f"{MOST_BYTES // 1_000_000} MB Schemata", f"{MOST_BYTES // 1_000_000} MB of schemas")

    def _refuse(self, de: str, en: str) -> None:
        raise PackageRefused(
            fault(self._name, f"Mehr als {de}: das ist kein Schema-Paket", f"more than {en}")
        )


def _from_folder(folder: Path, budget: _Budget) -> Iterator[tuple[PurePosixPath, bytes]]:
    for path in sorted(folder.rglob("*")):
        budget.count_file()
        name = PurePosixPath(path.relative_to(folder).as_posix())
        if path.is_symlink():
            raise PackageRefused(fault(str(name), "Verweise werden nicht verfolgt", "links are not followed"))
        if path.is_file() and _is_schema(name):
            budget.count_schema()
            size = path.stat().st_size
            _check_size(name, size)
            budget.read(size)
            yield name, path.read_bytes()


def _from_zip(path: Path, budget: _Budget) -> Iterator[tuple[PurePosixPath, bytes]]:
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                budget.count_file()
                name = _safe_name(info)
                if not info.is_dir() and _is_schema(name):
                    budget.count_schema()
                    yield name, _unpack(archive, info, name, budget)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, RuntimeError) as error:
        cause = type(error).__name__
        raise PackageRefused(
            fault(path.name, f"Das Zip ist nicht lesbar ({cause})", f"the zip can't be read ({cause})")
        ) from None


def _safe_name(info: zipfile.ZipInfo) -> PurePosixPath:
    raw = info.orig_filename.replace("\\", "/")
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


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: PurePosixPath, budget: _Budget) -> bytes:
    # What the directory says about sizes may be a lie: what comes out is counted.
    parts: list[bytes] = []
    size = 0
    with archive.open(info) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            _check_size(name, size)
            budget.read(len(block))
            parts.append(block)
    return b"".join(parts)


def _check_size(name: PurePosixPath, size: int) -> None:
    if size > LARGEST_FILE:
        megabytes = LARGEST_FILE // 1_000_000
        raise PackageRefused(
            fault(str(name), f"Die Datei ist größer als {megabytes} MB", f"larger than {megabytes} MB")
        )


def _is_schema(name: PurePosixPath) -> bool:
    # A file may be called just `.xsd`. Files that a Mac leaves in a zip are none.
    return (
        name.name.lower().endswith(".xsd") and "__MACOSX" not in name.parts and not name.name.startswith("._")
    )
