"""`config check` and `schemas validate`: would it work, without anything being accepted."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway import bootstrap
from gateway.cli import packages
from gateway.cli.output import Exit, Format, Output, note, show
from gateway.cli.serving import DEFAULT_CONFIG, Config, configuration
from gateway.clock import legal_date
from gateway.core.errors import Refused
from gateway.core.refusal import Finding, Verdict
from gateway.texts import Language
from gateway.texts.refusals import explain
from gateway.texts.terminal import say
from schemas.door import Limits as SchemaLimits


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


def validate(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help=say("XML-Nachrichten", "XML messages"))
    ],
    config: Config = DEFAULT_CONFIG,
    output: Output = Format.TABLE,
) -> None:
    """Say whether messages are valid, and all that is wrong with them."""
    # A portal's developer may have no configuration: then the bundles that ship are all there is.
    installed = packages.installed_folder(config) if config.exists() else None
    schemas = bootstrap.load_schemas(SchemaLimits(), installed)
    rows: list[dict[str, object]] = []
    for file in files:
        try:
            document = schemas.open(file.read_bytes())
            verdict = schemas.check(document, legal_date(datetime.now(UTC)))
            kind = document.kind.root
        except Refused as refused:
            verdict, kind = Verdict(refused.refusals), None
        rows += _rows(str(file), kind, verdict)
    columns = {
        "file": say("Datei", "file"),
        "kind": say("Art", "kind"),
        "verdict": say("Urteil", "verdict"),
        "path": say("Stelle", "place"),
        "text": say("Erklärung", "explanation"),
    }
    show(rows, columns, output)
    if any(row["verdict"] not in {"valid", "warning"} for row in rows):
        raise typer.Exit(Exit.ERROR)


def _rows(file: str, kind: str | None, verdict: Verdict) -> list[dict[str, object]]:
    language = Language(say("de", "en"))
    head: dict[str, object] = {"file": file, "kind": kind}
    rows: list[dict[str, object]] = [] if verdict.refusals else [head | {"verdict": "valid"}]
    for refusal in verdict.refusals:
        judged = head | {"verdict": refusal.code.value}
        rows += [judged | _place(finding) for finding in refusal.findings] or [
            judged | {"text": explain(refusal, language)}
        ]
    return rows + [head | {"verdict": "warning"} | _place(finding) for finding in verdict.warnings]


def _place(finding: Finding) -> dict[str, object]:
    return {"path": finding.path, "rule": finding.rule, "text": say(finding.de, finding.en)}
