"""`schemas install|list|show|check|remove`: the schema bundles of a gateway, and official packages."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from gateway import commands
from gateway.cli.output import Exit, Format, Output, fail, note, show, show_one
from gateway.cli.serving import DEFAULT_CONFIG, Config, premises
from gateway.clock import legal_date
from gateway.core.errors import ConfigurationInvalid
from gateway.texts.terminal import say

if TYPE_CHECKING:
    from schemas.bundle import Bundle
    from schemas.library import SchemaLibrary
    from schemas.listuse import ListUse

Standard = Annotated[str, typer.Argument(help=say("Standard, z. B. xwasser", "Standard, e.g. xwasser"))]
Version = Annotated[str, typer.Argument(help=say("Version, z. B. 1.0.0", "Version, e.g. 1.0.0"))]


def folders_of(config: Path) -> tuple[Path, Path]:
    """The folder of installed bundles, and that of what is built from schemas; or a clear end."""
    opened = premises(config)
    return opened.schemas_folder, opened.forms_folder


def install(  # noqa: PLR0913, PLR0917 - options of a command
    package: Annotated[
        Path,
        typer.Argument(exists=True, help=say("Ordner oder Zip des Pakets", "Folder or zip of the package")),
    ],
    with_: Annotated[
        list[Path] | None,
        typer.Option(
            "--with",
            exists=True,
            help=say(
                "Ordner oder Zip mit Schemata, die im Paket fehlen; mehrfach möglich.",
                "Folder or zip with schemas that the package lacks; may be repeated.",
            ),
        ),
    ] = None,
    entry: Annotated[
        list[str] | None,
        typer.Option(
            help=say(
                "Schemadatei, mit der das Paket beginnt; mehrfach möglich, sonst gefunden.",
                "Schema file with which the package begins; may be repeated, else it is found.",
            )
        ),
    ] = None,
    standard: Annotated[
        str | None, typer.Option(help=say("Name des Standards, sonst gefunden.", "Name, else it is found."))
    ] = None,
    version: Annotated[
        str | None, typer.Option(help=say("Version, sonst gefunden.", "Version, else it is found."))
    ] = None,
    valid_from: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help=say("Erster Tag der Gültigkeit, sonst heute.", "First day, else today."),
        ),
    ] = None,
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Turn a schema package as published into a bundle."""
    from schemas.packages import install as installing  # noqa: PLC0415 - other commands install nothing
    from schemas.packages.order import Order  # noqa: PLC0415 - as above

    if version is not None and not re.fullmatch(r"[A-Za-z0-9][\w.\-]{0,63}", version):
        fail(say("Das ist kein Name für eine Version.", "This is no name for a version."), Exit.USAGE)
    installed, forms = folders_of(config)
    order = Order(
        package=str(package.resolve()),
        supplements=tuple(str(each.resolve()) for each in with_ or ()),
        entry=tuple(entry or ()),
        standard=standard,
        version=version,
        valid_from=(valid_from.date() if valid_from else _today()).isoformat(),
        into="",
        forms=str(forms),
    )
    try:
        done = installing.install(order, installed, [commands.BUNDLES])
    except ConfigurationInvalid as invalid:
        _refuse(invalid)
    note(
        say(
            "Das Schema ist eingerichtet und wird ab jetzt geprüft. Ergänzen Sie seine Beschreibung:",
            "The schema is installed and is checked against from now on. Complete its description:",
        )
    )
    note(str(done.folder / "bundle.toml"))
    for name, de, en in done.lists_left_out:
        note(say(f"Codeliste nicht brauchbar: {name}: {de}", f"Code list can't be used: {name}: {en}"))
    for name, de, en in done.rules_left_out:
        note(say(f"Regeln nicht brauchbar: {name}: {de}", f"Rules can't be used: {name}: {en}"))
    show_one(
        {
            "standard": done.standard,
            "version": done.version,
            "namespace": done.namespace,
            "files": done.files,
            "kinds": done.kinds,
            "header": done.header,
            "placeholders": list(done.placeholders),
            "without_header": list(done.without_header),
            "code_lists": done.code_lists,
            "schematron": done.rules,
            "folder": str(done.folder),
        },
        output,
    )


def list_bundles(config: Config = DEFAULT_CONFIG, output: Output = Format.TABLE) -> None:
    """List the bundles that ship and those that are installed."""
    columns = {
        "standard": say("Standard", "standard"),
        "version": say("Version", "version"),
        "valid": say("gilt heute", "valid today"),
        "valid_from": say("von", "from"),
        "valid_until": say("bis", "until"),
        "kinds": say("Nachrichten", "kinds"),
        "origin": say("Herkunft", "origin"),
    }
    show([_row(bundle) for bundle in library_of(config).bundles], columns, output)


def show_bundle(
    standard: Standard, version: Version, config: Config = DEFAULT_CONFIG, output: Output = Format.TABLE
) -> None:
    """Show one bundle with its header facts and message kinds."""
    from schemas.listuse import list_uses  # noqa: PLC0415 - lxml, and all that reads schemas

    bundle = _find(library_of(config).bundles, standard, version)
    spec = bundle.spec
    row = _row(bundle) | {
        "namespace": spec.namespace,
        "folder": str(bundle.folder),
        "xsd": spec.xsd,
        "second_validator": spec.second_validator,
        "header_rules": list(spec.header_rules),
        "schematron": [each.file for each in spec.schematron],
        "header": {
            name: fact if isinstance(fact, str) else json.dumps(fact.model_dump(), ensure_ascii=False)
            for name, fact in spec.header
            if fact is not None
        },
        "services": {entry.root: entry.service for entry in spec.kinds},
        "deadlines": sorted({rule.deadline for rule in spec.rules if rule.deadline}) or None,
        "unknown_list": spec.unknown_list,
    }
    uses = [_list_use(each, output) for each in list_uses(bundle.material)]
    shown = {name: value for name, value in row.items() if name != "valid"}
    if output is Format.JSON:
        show_one(shown | {"code_lists": uses}, output)
        return
    show_one(shown, output)
    if uses:
        columns = {
            "uri": say("Codeliste", "code list"),
            "version": say("Fassung", "version"),
            "origin": say("Herkunft", "origin"),
            "codes": say("Codes", "codes"),
        }
        typer.echo()
        show(uses, columns, output)


_ORIGINS = {
    "bundle": ("im Paket", "in the bundle"),
    "schema": ("im Schema", "in the schema"),
    "installed": ("eingerichtet", "installed"),
    "missing": ("fehlt", "missing"),
}


def _list_use(use: "ListUse", output: Format) -> dict[str, object]:
    origin = say(*_ORIGINS[use.origin]) if output is Format.TABLE else use.origin.value
    return {"uri": use.uri, "version": use.version, "origin": origin, "codes": use.codes}


def check(config: Config = DEFAULT_CONFIG) -> None:
    """Check all bundles as a whole: descriptions, files, and that the schemas compile."""
    library = library_of(config)
    try:
        library.warm(explanations=True, rules=True)
    except ConfigurationInvalid as invalid:
        _refuse(invalid)
    count = len(library.bundles)
    note(say(f"Alle Schemata sind in Ordnung: {count}.", f"All schemas are sound: {count}."))


def remove(standard: Standard, version: Version, config: Config = DEFAULT_CONFIG) -> None:
    """Remove an installed bundle, unless a booking needs it."""
    from schemas.packages import install as installing  # noqa: PLC0415 - as in `install`

    folder, _ = folders_of(config)
    place = folder / standard / version
    inside = place.parent.parent == folder and not {standard[:1], version[:1]} & {".", ""}
    if not inside or not (place / "bundle.toml").is_file():
        fail(
            say("Ein solches Schema ist nicht eingerichtet.", "No such schema is installed."),
            Exit.NOTHING_FOUND,
        )
    booked = _needed(config, place)
    if booked:
        fail(
            say(
                f"Noch gebucht: {', '.join(booked)}. Entfernen Sie zuerst diese Buchungen.",
                f"Still booked: {', '.join(booked)}. Remove these bookings first.",
            ),
            Exit.ERROR,
        )
    installing.remove(place)
    note(say(f"{standard} {version} ist entfernt.", f"{standard} {version} is removed."))


def _needed(config: Path, place: Path) -> list[str]:
    """Booked services that only this bundle knows. A configuration that is broken already books nothing."""
    try:
        loaded = commands.configure(config)
    except ConfigurationInvalid:
        return []
    library = commands.load_schemas(None, loaded.schemas_folder)
    others = {
        entry.service for bundle in library.bundles if bundle.folder != place for entry in bundle.spec.kinds
    }
    known = others | {service.partition("/")[0] for service in others}
    bookings = [each for tenant in loaded.directory.tenants.values() for each in tenant.bookings]
    return sorted({each.service for each in bookings} - known)


def library_of(config: Path) -> "SchemaLibrary":
    """The library of an installation, or a clear end."""
    try:
        return commands.load_schemas(None, *folders_of(config))
    except ConfigurationInvalid as invalid:
        _refuse(invalid)


def _find(bundles: "Iterable[Bundle]", standard: str, version: str) -> "Bundle":
    wanted = standard, version
    found = next((each for each in bundles if (each.spec.standard, each.spec.version) == wanted), None)
    if found is None:
        fail(say("Ein solches Schema gibt es nicht.", "There is no such schema."), Exit.NOTHING_FOUND)
    return found


def _row(bundle: "Bundle") -> dict[str, object]:
    spec = bundle.spec
    shipped = bundle.folder.is_relative_to(commands.BUNDLES)
    valid = bundle.valid_on(_today())
    return {
        "standard": spec.standard,
        "version": spec.version,
        "title": say(spec.title.de, spec.title.en),
        "valid": say("ja", "yes") if valid else say("nein", "no"),
        "valid_from": spec.valid_from.isoformat(),
        "valid_until": spec.valid_until.isoformat() if spec.valid_until else None,
        "kinds": len(spec.kinds),
        "origin": say("mitgeliefert", "shipped") if shipped else say("eingerichtet", "installed"),
    }


def _today() -> date:
    return legal_date(datetime.now(UTC))


def tell(invalid: ConfigurationInvalid) -> None:
    """Say every problem of a schema, a package or a code list, each at its place."""
    from schemas.packages.faults import PackageIncomplete  # noqa: PLC0415 - only where something is wrong

    for problem in invalid.problems:
        place = problem.file if problem.line is None else f"{problem.file}:{problem.line}"
        note(f"{place}: {say(problem.de, problem.en)}")
    if isinstance(invalid, PackageIncomplete):
        note(
            say(
                "Geben Sie mit --with einen Ordner oder ein Zip an, in dem die fehlenden Dateien liegen.",
                "Name a folder or zip that has the missing files with --with.",
            )
        )


def _refuse(invalid: ConfigurationInvalid) -> NoReturn:
    tell(invalid)
    fail(say("Das Schema ist so nicht brauchbar.", "The schema can't be used like this."), Exit.ERROR)
