"""Load: the files of a configuration folder -> settings and directory, or every problem found."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from gateway.config.check import Catalogue, CrossCheck, Known
from gateway.config.directory import destination_of, tenant_of
from gateway.config.mapped import no_handbooks
from gateway.config.model import Settings, TenantFile
from gateway.config.places import Source, line_of
from gateway.core.errors import ConfigurationInvalid, Problem
from gateway.core.tenants import Directory

ENVIRONMENT: Mapping[str, tuple[str, str]] = {
    "AMTSBOTE_DATABASE_URL": ("store", "url"),
    "AMTSBOTE_BROKER_URL": ("broker", "url"),
    "AMTSBOTE_DATA_FOLDER": ("", "data_folder"),
    "AMTSBOTE_SCHEMAS_FOLDER": ("", "schemas_folder"),
    "AMTSBOTE_HTTP_HOST": ("http", "host"),
    "AMTSBOTE_HTTP_PORT": ("http", "port"),
    "AMTSBOTE_TRACES_ENDPOINT": ("traces", "endpoint"),
}
"""Settings (section, name) that the environment overrides; with `_FILE` appended the value is read from a file (a secret)."""

FORMS = "cache"

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Premises:
    """What `amtsbote.toml` says by itself: enough for who only looks into the store or at the schemas."""

    settings: Settings
    folder: Path
    """Where `amtsbote.toml` lies: relative paths of the settings are meant from here."""

    @property
    def data_folder(self) -> Path:
        """Absolute."""
        return (self.folder / self.settings.data_folder).resolve()

    @property
    def schemas_folder(self) -> Path:
        """Absolute: where installed schema bundles lie."""
        return (self.data_folder / self.settings.schemas_folder).resolve()

    @property
    def forms_folder(self) -> Path:
        """Absolute: where what is built from schemas is kept. It may be removed at any time."""
        return self.data_folder / FORMS

    @property
    def disk_floor(self) -> int:
        """Bytes of free space below which nothing is accepted."""
        return self.settings.store.disk_floor_mb * 1_000_000

    @property
    def store_url(self) -> str:
        """With an absolute path where it is a file."""
        scheme, _, path = self.settings.store.url.partition(":///")
        if scheme != "sqlite":
            return self.settings.store.url
        return f"sqlite:///{(self.folder / path).resolve()}"


@dataclass(frozen=True, slots=True)
class Configuration(Premises):
    """A configuration that passed every check."""

    directory: Directory
    known: Known
    """What the schema bundles knew when it was checked."""
    secret_files: Mapping[str, frozenset[Path]] = field(default_factory=dict)
    """The files that destinations take secrets from, by the destinations' names."""


def load_premises(path: Path, environment: Mapping[str, str] = os.environ) -> Premises:
    """Read `amtsbote.toml` alone, whatever is wrong with tenants, schemas and destinations.

    Raises:
        ConfigurationInvalid: the file itself can't be used.
    """
    reader = _Reader(environment)
    main = reader.read(path, Settings)
    if main is None or reader.problems:
        raise ConfigurationInvalid(*reader.problems)
    return Premises(main, path.parent.resolve())


def load(
    path: Path,
    *,
    known: Callable[[Path], Known],
    catalogue: Catalogue,
    environment: Mapping[str, str] = os.environ,
) -> Configuration:
    """Read `amtsbote.toml` and the tenants beside it and check them as a whole.

    `known` tells what the schema bundles know, given the folder of the installed ones;
    `catalogue` knows the adapters and transports that a destination can name.

    Raises:
        ConfigurationInvalid: with every problem, each with file, line and cause.
    """
    reader = _Reader(environment)
    main = reader.read(path, Settings)
    files = {file.stem: file for file in sorted((path.parent / "tenants").glob("*.toml"))}
    tenants = {key: reader.read(file, TenantFile) for key, file in files.items()}
    if main is None or reader.problems:
        raise ConfigurationInvalid(*reader.problems)
    files_read = {key: tenant for key, tenant in tenants.items() if tenant is not None}
    sources = {key: reader.sources[file] for key, file in files.items()}
    premises = Premises(main, path.parent.resolve())
    understood = known(premises.schemas_folder)
    check = CrossCheck(path.parent, main, reader.sources[path], files_read, sources, understood, catalogue)
    problems = check.problems()
    if problems:
        raise ConfigurationInvalid(*problems)
    shared = dict(main.destinations)
    for tenant in files_read.values():
        shared |= tenant.destinations
    directory = Directory(
        [tenant_of(key, tenant) for key, tenant in files_read.items()],
        [destination_of(name, settings) for name, settings in shared.items()],
    )
    # Handbooks hold whole schemas, and have told by now what they were asked for.
    checked = replace(understood, handbook=no_handbooks)
    return Configuration(main, premises.folder, directory, checked, reader.secret_files)


class _Reader:
    """Reads files, keeps their text for the line numbers and gathers problems."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[Problem] = []
        self.sources: dict[Path, Source] = {}
        self.secret_files: dict[str, frozenset[Path]] = {}

    def read(self, path: Path, model: type[Model]) -> Model | None:
        name = str(path)
        try:
            text = path.read_text(encoding="utf-8")
            raw = tomllib.loads(text)
        except FileNotFoundError:
            self._problem(name, None, "Datei fehlt", "no such file")
            return None
        except (OSError, UnicodeDecodeError) as error:
            self._problem(name, None, f"nicht lesbar ({type(error).__name__})", f"unreadable: {error}")
            return None
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"at line (\d+)", str(error))
            self._problem(
                name, int(line[1]) if line else None, f"kein gültiges TOML: {error}", f"not TOML: {error}"
            )
            return None
        self.sources[path] = Source(name, text)
        filled = self._fill(raw, name, text, ())
        assert isinstance(filled, dict)
        if model is Settings:
            self._override(filled, name)
        try:
            return model.model_validate(filled)
        except ValidationError as error:
            for fault in error.errors(include_input=False, include_url=False):
                self._fault(name, text, fault["loc"], fault["msg"], fault["type"])
            return None

    def _fault(self, name: str, text: str, loc: tuple[int | str, ...], message: str, kind: str) -> None:
        where = ".".join(str(part) for part in loc)
        german = {
            "extra_forbidden": "diesen Namen gibt es hier nicht",
            "missing": "diese Angabe fehlt",
        }.get(kind, f"unzulässiger Wert ({message})")
        self._problem(name, line_of(text, loc), f"{where}: {german}", f"{where}: {message}")

    def _problem(self, name: str, line: int | None, de: str, en: str) -> None:
        self.problems.append(Problem(name, line, de, en))

    def _override(self, raw: dict[str, object], name: str) -> None:
        for variable, (section, key) in ENVIRONMENT.items():
            value = self._environment.get(variable)
            if file := self._environment.get(f"{variable}_FILE"):
                value = self._secret(file, name, None)
            if value is not None:
                table = raw.setdefault(section, {}) if section else raw
                assert isinstance(table, dict)
                table[key] = value

    def _fill(self, value: object, name: str, text: str, path: tuple[str | int, ...]) -> object:
        """Replace `${NAME}`, `${NAME:-default}` and `${file:PATH}` in every string."""
        if isinstance(value, dict):
            return {key: self._fill(each, name, text, (*path, key)) for key, each in value.items()}
        if isinstance(value, list):
            return [self._fill(each, name, text, (*path, i)) for i, each in enumerate(value)]
        if not isinstance(value, str):
            return value
        return re.sub(
            r"\$\{(?:file:(?P<file>[^}]+)|(?P<name>[A-Z][A-Z0-9_]*)(?::-(?P<default>[^}]*))?)\}",
            lambda match: self._value(match, name, line_of(text, path), path),
            value,
        )

    def _value(self, match: re.Match[str], name: str, line: int | None, path: tuple[str | int, ...]) -> str:
        if file := match["file"]:
            match path:
                case ("destinations", str(destination), *_):
                    known = self.secret_files.get(destination, frozenset())
                    self.secret_files[destination] = known | {Path(file)}
            return self._secret(file, name, line)
        value = self._environment.get(match["name"], match["default"])
        if value is None:
            variable = match["name"]
            self._problem(
                name,
                line,
                f"die Umgebungsvariable {variable} ist nicht gesetzt",
                f"the environment variable {variable} is not set",
            )
            return ""
        return value

    def _secret(self, file: str, name: str, line: int | None) -> str:
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            self._problem(
                name,
                line,
                f"die Geheimnis-Datei {file} ist nicht lesbar",
                f"can't read the secret file {file}",
            )
            return ""
