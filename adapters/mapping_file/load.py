"""Load: a mapping file from disk, checked by itself; what it reads of messages, for who knows their schemas."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from pydantic import ValidationError

from adapters.mapping_file.model import MappingFile, Rule, is_relative, split
from gateway.core.errors import SettingFault
from gateway.core.mapped import MappedKind, Place, Read


class MappingInvalid(Exception):  # as `ConfigurationInvalid`
    """A mapping file can't be used; every fault found is named."""

    def __init__(self, *faults: SettingFault) -> None:
        super().__init__(*(fault.en for fault in faults))
        self.faults = faults


def load(file: Path) -> MappingFile:
    """Raises:
    MappingInvalid: it is not there, no TOML, or says something that a mapping file can't say.
    """
    try:
        return _load(file, file.stat().st_mtime_ns)
    except OSError:
        name = file.name
        fault = SettingFault(("payload",), f"die Datei {name} fehlt", f"there is no file {name}")
        raise MappingInvalid(fault) from None


@lru_cache(maxsize=256)
def _load(file: Path, _stamp: int) -> MappingFile:
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8"))
        mapping = MappingFile.model_validate(raw)
    except UnicodeDecodeError:
        raise MappingInvalid(SettingFault((), "kein UTF-8", "not UTF-8", file)) from None
    except tomllib.TOMLDecodeError as error:
        fault = SettingFault((), f"kein gültiges TOML: {error}", f"not TOML: {error}", file)
        raise MappingInvalid(fault) from None
    except ValidationError as error:
        raise MappingInvalid(*_faults(error, file)) from None
    unknown = [*_unknown_tables(mapping, file)]
    if unknown:
        raise MappingInvalid(*unknown)
    return mapping


def reads_of(file: Path, mapping: MappingFile) -> Iterator[MappedKind]:
    """What a mapping reads, kind by kind."""
    for index, kind in enumerate(mapping.kinds):
        place: Place = ("kinds", index)
        reads = tuple(_reads(kind.fields, (*place, "fields"), ""))
        yield MappedKind(file, place, kind.root, kind.version, reads)


def _reads(fields: Mapping[str, Rule], place: Place, above: str) -> Iterator[Read]:
    for target, rule in fields.items():
        here = (*place, target)
        for path in rule.path or ():
            yield Read(here, _absolute(path, above))
        if rule.each is not None:
            assert rule.fields is not None
            row = _absolute(rule.each, above)
            yield Read((*here, "each"), row, text=False)
            yield from _reads(rule.fields, (*here, "fields"), row)


def _absolute(path: str, above: str) -> str:
    inside, attribute = split(path)
    steps = [above if is_relative(path) else "", inside]
    found = "/".join(step for step in steps if step not in {"", "."}) or "."
    return found if attribute is None else f"{found}/@{attribute}"


def _faults(error: ValidationError, file: Path) -> Iterator[SettingFault]:
    faults = error.errors(include_input=False, include_url=False)
    for fault in faults:
        if fault["type"] == "too_short" and any(
            each["loc"][: len(fault["loc"])] == fault["loc"] for each in faults if each is not fault
        ):
            continue  # its entries are wrong, not missing
        where = ".".join(str(part) for part in fault["loc"])
        german = {
            "extra_forbidden": "diesen Namen gibt es hier nicht",
            "missing": "diese Angabe fehlt",
        }.get(fault["type"], f"unzulässiger Wert ({fault['msg']})")
        yield SettingFault(tuple(fault["loc"]), f"{where}: {german}", f"{where}: {fault['msg']}", file)


def _unknown_tables(mapping: MappingFile, file: Path) -> Iterator[SettingFault]:
    for index, kind in enumerate(mapping.kinds):
        for place, rule in _rules(kind.fields, ("kinds", index, "fields")):
            if isinstance(rule.codes, str) and rule.codes not in mapping.codes:
                yield SettingFault(
                    place,
                    f"die Tabelle codes.{rule.codes} gibt es nicht",
                    f"there is no table codes.{rule.codes}",
                    file,
                )


def _rules(fields: Mapping[str, Rule], place: Place) -> Iterator[tuple[Place, Rule]]:
    for target, rule in fields.items():
        yield (*place, target), rule
        yield from _rules(rule.fields or {}, (*place, target, "fields"))
