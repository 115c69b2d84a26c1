"""`schemas docs`: the documentation of message kinds as files, for a website of one's own."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import commands
from gateway.cli.output import Exit, fail, note
from gateway.cli.serving import DEFAULT_CONFIG, Config, configuration
from gateway.config.model import LimitSettings
from gateway.core.handbook import Edition, KnownKind
from gateway.reports.handbook import Links, kind_page, overview_page
from gateway.reports.imprint import Imprint
from gateway.texts import Language
from gateway.texts.terminal import say

if TYPE_CHECKING:
    from schemas.library import SchemaLibrary

OVERVIEW = "index"


def write(
    standard: Annotated[
        str | None, typer.Argument(help=say("Standard; ohne: alle.", "Standard; without: all."))
    ] = None,
    version: Annotated[
        str | None, typer.Argument(help=say("Version; ohne: alle.", "Version; without: all."))
    ] = None,
    root: Annotated[
        str | None, typer.Argument(help=say("Wurzelelement; ohne: alle.", "Root element; without: all."))
    ] = None,
    out: Annotated[
        Path, typer.Option(file_okay=False, help=say("Ordner für die Seiten.", "Folder for the pages."))
    ] = Path("schemas-docs"),
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Write a page for each kind and one that lists them, in German and English."""
    loaded = configuration(config) if config.exists() else None
    # A portal's developer may have no configuration: then the bundles that ship are all there is.
    limits = LimitSettings() if loaded is None else loaded.settings.limits
    installed = None if loaded is None else loaded.schemas_folder
    forms = None if loaded is None else loaded.forms_folder
    library = commands.load_schemas(commands.schema_limits(limits), installed, forms)
    wanted = [each for each in library.editions() if _is_wanted(each.known, standard, version, root)]
    if not wanted:
        fail(say("Ein solches Schema gibt es nicht.", "There is no such schema."), Exit.NOTHING_FOUND)
    imprint = Imprint() if loaded is None else commands.imprint_of(loaded)
    for edition in wanted:
        _write_kind(library, edition, out, imprint)
    _write_overview([each.known for each in wanted], out, imprint)
    note(
        say(
            f"{len(wanted)} Nachrichtenarten beschrieben, zu lesen ab {out / OVERVIEW}.html",
            f"{len(wanted)} kinds of messages described, to be read from {out / OVERVIEW}.html",
        )
    )


def _is_wanted(known: KnownKind, standard: str | None, version: str | None, root: str | None) -> bool:
    kind = known.kind
    wishes = ((standard, kind.standard), (version, kind.version), (root, kind.root))
    return all(wish is None or wish == name for wish, name in wishes)


def _write_kind(library: "SchemaLibrary", edition: Edition, out: Path, imprint: Imprint) -> None:
    book = library.handbook(edition)
    assert book is not None, "nobody changes a library that is our own"
    folder = out / _file(edition.known.kind.standard) / _file(edition.known.kind.version)
    folder.mkdir(parents=True, exist_ok=True)
    for language in Language:
        overview = f"../../{_name(OVERVIEW, language)}"
        links = Links(_name(_file(edition.known.kind.root), _other(language)), overview)
        page = kind_page(book, links, imprint, language)
        (folder / _name(_file(edition.known.kind.root), language)).write_text(page, encoding="utf-8")


def _write_overview(kinds: Sequence[KnownKind], out: Path, imprint: Imprint) -> None:
    for language in Language:

        def address(known: KnownKind, language: Language = language) -> str:
            kind = known.kind
            return f"{_file(kind.standard)}/{_file(kind.version)}/{_name(_file(kind.root), language)}"

        links = Links(_name(OVERVIEW, _other(language)), kind=address)
        page = overview_page(kinds, links, imprint, language)
        (out / _name(OVERVIEW, language)).write_text(page, encoding="utf-8")


def _name(stem: str, language: Language) -> str:
    """German pages have the plain names: `documentation_url` leads there."""
    return f"{stem}.html" if language is Language.DE else f"{stem}.{language}.html"


def _other(language: Language) -> Language:
    return Language.DE if language is Language.EN else Language.EN


def _file(name: str) -> str:
    """A name from a description as a name of a file, which can't lead elsewhere."""
    return re.sub(r"^\.+", "_", re.sub(r"[^\w.\-]", "_", name))
