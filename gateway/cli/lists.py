"""`schemas lists add|list|show|remove`: code lists that lie beside the schemas and count for all of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway import commands
from gateway.cli.output import Exit, Format, Output, fail, note, show, show_one
from gateway.cli.packages import folders_of, library_of, tell
from gateway.cli.serving import DEFAULT_CONFIG, Config
from gateway.core.errors import ConfigurationInvalid
from gateway.texts.terminal import say

if TYPE_CHECKING:
    from schemas.library import SchemaLibrary
    from schemas.lists import InstalledList
    from schemas.packages.additions import Addition

MOST_SHOWN = 20

lists = typer.Typer(
    no_args_is_help=True, help=say("Codelisten für alle Schemata.", "Code lists for all schemas.")
)

Uri = Annotated[str, typer.Argument(help=say("Kennung der Codeliste.", "Identifier of the code list."))]


@lists.command("add", help=say("Codelisten einrichten.", "Add code lists."))
def add(
    paths: Annotated[
        list[Path],
        typer.Argument(
            exists=True,
            help=say("Dateien, Ordner oder Zips mit Codelisten", "Files, folders or zips with code lists"),
        ),
    ],
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help=say(
                "Ersetzen, was in derselben Fassung mit anderen Codes da ist.",
                "Replace what is there in the same version with other codes.",
            ),
        ),
    ] = False,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Lay genericode files beside the schemas."""
    from schemas.packages import additions  # noqa: PLC0415 - other commands add nothing

    folder, _ = folders_of(config)
    done: list[Addition] = []
    try:
        for path in paths:
            done += additions.add_lists(path, folder, [commands.BUNDLES], replace=replace)
    except ConfigurationInvalid as invalid:
        tell(invalid)
        fail(
            say("Die Codelisten sind so nicht brauchbar.", "The code lists can't be used like this."),
            Exit.ERROR,
        )
    finally:
        columns = _columns() | {"fate": say("Ergebnis", "outcome"), "reason": say("Grund", "reason")}
        if done:
            show([_added(each, output) for each in done], columns, output)
    if any(each.fate in {"differs", "unusable"} for each in done):
        fail(say("Nicht alle Listen sind eingerichtet.", "Not all lists were added."), Exit.ERROR)


@lists.command("list", help=say("Eingerichtete Codelisten zeigen.", "List the code lists."))
def list_lists(config: Config = DEFAULT_CONFIG, output: Output = Format.TABLE) -> None:
    """List what lies beside the schemas."""
    library = library_of(config)
    found = sorted(library.lists.installed.values(), key=_order)
    columns = _columns() | {"used_by": say("genutzt von", "used by")}
    show(
        [_row(each) | {"used_by": _users(library, each.list.uri) or None} for each in found], columns, output
    )


@lists.command("show", help=say("Eine Codeliste zeigen.", "Show one code list."))
def show_list(
    uri: Uri,
    version: Annotated[
        str | None, typer.Argument(help=say("Fassung, sonst die neueste.", "Version, else the newest."))
    ] = None,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Show where the codes of a list stand, the first of them, and who uses it."""
    from schemas.genericode import parse_genericode  # noqa: PLC0415 - lxml

    library = library_of(config)
    found = _find(library, uri, version)
    file = parse_genericode(found.path.read_bytes())
    codes = sorted(found.list.codes)
    more = ["…"] if len(codes) > MOST_SHOWN else []
    row = _row(found) | {
        "versions": [each.list.version for each in _versions(library, uri)],
        "columns": list(file.columns),
        "code_columns": list(file.code_columns),
        "first_codes": codes[:MOST_SHOWN] + more,
        "used_by": _users(library, uri) or None,
        "file": str(found.path),
    }
    show_one(row, output)


@lists.command("remove", help=say("Eine Codeliste entfernen.", "Remove a code list."))
def remove(
    uri: Uri,
    version: Annotated[str, typer.Argument(help=say("Fassung.", "Version."))],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Take a code list away. Codes of it are no longer checked."""
    from schemas.packages import additions  # noqa: PLC0415 - as in `add`

    additions.remove_list(_find(library_of(config), uri, version))
    note(say(f"{uri} {version} ist entfernt.", f"{uri} {version} is removed."))


def _columns() -> dict[str, str]:
    return {
        "uri": say("Codeliste", "code list"),
        "version": say("Fassung", "version"),
        "title": say("Name", "name"),
        "codes": say("Codes", "codes"),
    }


def _row(found: "InstalledList") -> dict[str, object]:
    each = found.list
    return {"uri": each.uri, "version": each.version, "title": each.title, "codes": len(each.codes)}


_FATES = {
    "added": ("neu", "added"),
    "replaced": ("ersetzt", "replaced"),
    "present": ("schon da", "present"),
    "differs": ("weicht ab", "differs"),
    "unusable": ("nicht brauchbar", "unusable"),
}


def _added(addition: "Addition", output: Format) -> dict[str, object]:
    found = addition.list
    row: dict[str, object] = {"file": addition.name}
    if found is not None:
        row |= {"uri": found.uri, "version": found.version, "title": found.title, "codes": len(found.codes)}
    else:
        row |= {"uri": addition.name}
    reason = say(addition.de, addition.en)
    if addition.fate == "differs":
        reason = say(
            "dieselbe Fassung mit anderen Codes ist da: --replace", "there with other codes: --replace"
        )
    fate = say(*_FATES[addition.fate]) if output is Format.TABLE else addition.fate.value
    return row | {"fate": fate, "reason": reason}


def _find(library: "SchemaLibrary", uri: str, version: str | None) -> "InstalledList":
    versions = [each for each in _versions(library, uri) if version in {None, each.list.version}]
    if not versions:
        fail(
            say("Eine solche Codeliste ist nicht eingerichtet.", "There is no such code list."),
            Exit.NOTHING_FOUND,
        )
    return versions[-1]


def _versions(library: "SchemaLibrary", uri: str) -> "Sequence[InstalledList]":
    return sorted((each for each in library.lists.installed.values() if each.list.uri == uri), key=_order)


def _order(found: "InstalledList") -> tuple[str, list[tuple[int, int, str]]]:
    from schemas.lists import in_order  # noqa: PLC0415 - lxml, and all that reads schemas

    return found.list.uri, in_order(found.list.version)


def _users(library: "SchemaLibrary", uri: str) -> list[str]:
    from schemas.listuse import list_uses  # noqa: PLC0415 - as above

    return [
        bundle.name for bundle in library.bundles if any(use.uri == uri for use in list_uses(bundle.material))
    ]
