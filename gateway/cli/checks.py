"""`config check` and `schemas validate`: would it work, without anything being accepted."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, assert_never

import orjson
import typer

from gateway import commands
from gateway.cli import packages
from gateway.cli.output import Exit, Format, fail, note, show
from gateway.cli.serving import DEFAULT_CONFIG, Config, configuration
from gateway.clock import legal_date
from gateway.core.errors import Refused
from gateway.core.ports import Schemas, no_deadlines
from gateway.core.refusal import Finding
from gateway.core.report import Report
from gateway.core.routing import route
from gateway.core.tenants import Directory, Portal
from gateway.reports.fields import report_fields
from gateway.reports.imprint import Imprint
from gateway.reports.page import report_page
from gateway.reports.text import report_text
from gateway.texts import Language
from gateway.texts.refusals import explain
from gateway.texts.terminal import say


def check_config(config: Config = DEFAULT_CONFIG) -> None:
    """Check all configuration files as a whole."""
    directory = configuration(config).directory
    counts = len(directory.tenants), len(directory.destinations)
    note(
        say(
            "Die Konfiguration ist in Ordnung: {} Mandanten, {} Ziele.",
            "The configuration is sound: {} tenants, {} destinations.",
        ).format(*counts)
    )


class ReportFormat(StrEnum):
    """How reports are printed."""

    TABLE = "table"
    JSON = "json"
    TEXT = "text"


def validate(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help=say("XML-Nachrichten", "XML messages"))
    ],
    output: Annotated[
        ReportFormat,
        typer.Option("-o", "--output", help=say("Tabelle, JSON oder Text.", "Table, JSON or text.")),
    ] = ReportFormat.TABLE,
    html: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help=say("Den Bericht als Seite hierhin schreiben.", "Write the report as a page to here."),
        ),
    ] = None,
    by_booking: Annotated[
        bool,
        typer.Option(
            "--route",
            help=say("Auch sagen, wohin es nach der Konfiguration ginge.", "Also say where it would go."),
        ),
    ] = False,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Say whether messages are valid, and all that is wrong with them."""
    if html is not None and len(files) > 1:
        fail(say("--html nimmt eine Nachricht.", "--html takes one message."), Exit.USAGE)
    loaded = configuration(config) if by_booking else None
    imprint = Imprint() if loaded is None else commands.imprint_of(loaded)
    # A portal's developer may have no configuration: then the bundles that ship are all there is.
    folders = packages.folders_of(config) if config.exists() else ()
    schemas = commands.load_schemas(None, *folders)
    language = Language(say("de", "en"))
    reports = {
        file: examine(schemas, file.read_bytes(), loaded.directory if loaded else None) for file in files
    }
    if html is not None:
        (report,) = reports.values()
        sketch = schemas.sketch(files[0].read_bytes(), report.findings)
        html.write_text(report_page(report, sketch, imprint, language), encoding="utf-8")
    match output:
        case ReportFormat.TABLE:
            show(
                [row for file, each in reports.items() for row in _rows(str(file), each)],
                _columns(),
                Format.TABLE,
            )
        case ReportFormat.JSON:
            rows = [
                {"file": str(file)} | report_fields(each, imprint, language) for file, each in reports.items()
            ]
            typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        case ReportFormat.TEXT:
            texts = [f"{file}\n{report_text(each, imprint, language)}" for file, each in reports.items()]
            typer.echo("\n".join(texts), nl=False)
        case _:
            assert_never(output)
    if any(each.refusals for each in reports.values()):
        raise typer.Exit(Exit.ERROR)


def examine(schemas: Schemas, content: bytes, directory: Directory | None) -> Report:
    """What the gateway would say to a message from a portal that may send everything."""
    try:
        document = schemas.open(content)
    except Refused as refused:
        return Report(None, refused.refusals)
    deadlines = no_deadlines if directory is None else directory.deadlines
    verdict = schemas.check(document, legal_date(datetime.now(UTC)), deadlines)
    report = Report(document.kind, verdict.refusals, warnings=verdict.warnings)
    if directory is None:
        return report
    return report.on_route(route(document.kind, document.kopf, Portal("", ("*",)), directory))


def _columns() -> dict[str, str]:
    return {
        "file": say("Datei", "file"),
        "kind": say("Art", "kind"),
        "verdict": say("Urteil", "verdict"),
        "path": say("Stelle", "place"),
        "text": say("Erklärung", "explanation"),
        "found": say("Form", "shape"),
    }


def _rows(file: str, report: Report) -> list[dict[str, object]]:
    language = Language(say("de", "en"))
    head: dict[str, object] = {"file": file, "kind": None if report.kind is None else report.kind.root}
    rows: list[dict[str, object]] = []
    if not report.refusals:
        goes_to = ", ".join(report.destinations)
        rows.append(head | {"verdict": "valid", "text": f"→ {goes_to}" if goes_to else None})
    for refusal in report.refusals:
        judged = head | {"verdict": refusal.code.value}
        rows += [judged | _place(finding) for finding in refusal.findings]
        if not refusal.findings or "shown" in refusal.facts:
            rows.append(judged | {"text": explain(refusal, language)})
    return rows + [head | {"verdict": "warning"} | _place(finding) for finding in report.warnings]


def _place(finding: Finding) -> dict[str, object]:
    return {"path": finding.path, "text": say(finding.de, finding.en), "found": finding.found}
