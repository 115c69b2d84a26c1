"""`mapping try`: what a mapping file would have sent for a message."""

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from gateway import commands
from gateway.cli import packages
from gateway.cli.output import Exit, fail, note
from gateway.cli.serving import DEFAULT_CONFIG, Config
from gateway.config.mapped import mapped_problems
from gateway.config.places import source_of
from gateway.core.document import Document
from gateway.core.errors import Problem, Refused
from gateway.core.message import DeliveryId, Message, MessageId
from gateway.core.outcome import Rejected
from gateway.core.ports import Consignment
from gateway.texts import Language
from gateway.texts.refusals import explain
from gateway.texts.terminal import say

if TYPE_CHECKING:
    from adapters.dispatch import Dispatch

mapping = typer.Typer(no_args_is_help=True, help=say("Abbildungsdateien.", "Mapping files."))

NOBODY = "00000000-0000-7000-8000-000000000000"
"""Where the id of a delivery would stand."""


@mapping.command("try", help=say("Zeigen, was gesendet würde.", "Show what would be sent."))
def try_mapping(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help=say("Abbildungsdatei", "mapping file"))
    ],
    message: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help=say("XML-Nachricht", "XML message"))
    ],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Check a mapping file and show what it makes of a message: the operation, the fields, the document."""
    from adapters.mapping import NO_MAPPING  # noqa: PLC0415 - other commands map nothing
    from adapters.mapping_file.load import MappingInvalid, load, reads_of  # noqa: PLC0415 - as above
    from adapters.mapping_file.write import form_of  # noqa: PLC0415 - as above

    folders = packages.folders_of(config) if config.exists() else ()
    try:
        said = load(file)
    except MappingInvalid as invalid:
        _fail([source_of(file).problem(each.place, each.de, each.en) for each in invalid.faults])
    known = commands.known_to_schemas(folders[0] if folders else file.parent / "-")
    problems = [*mapped_problems(reads_of(file, said), known.kinds, known.handbook)]
    if problems:
        _fail(problems)
    try:
        document = commands.load_schemas(None, *folders).open(message.read_bytes())
    except Refused as refused:
        language = Language(say("de", "en"))
        fail("\n".join(explain(each, language) for each in refused.refusals), Exit.ERROR)
    dispatch = form_of(said).write(_consignment(document)) or NO_MAPPING
    if isinstance(dispatch, Rejected):
        fail(f"{dispatch.cause.code}: {dispatch.cause.detail}", Exit.ERROR)
    _show(dispatch)


def _show(dispatch: "Dispatch") -> None:
    from adapters.dispatch import as_json  # noqa: PLC0415 - as above

    if dispatch.operation:
        note(say("Operation: {}", "Operation: {}").format(dispatch.operation))
    note(say("Dateiname: {}", "File name: {}").format(f"{dispatch.name}-{dispatch.delivery}"))
    typer.echo(orjson.dumps(orjson.loads(as_json(dispatch.fields)), option=orjson.OPT_INDENT_2))
    if dispatch.document is not None:
        typer.echo(dispatch.document.content)


def _consignment(document: Document) -> Consignment:
    content = document.content
    message = Message(
        MessageId(NOBODY),
        "mandant",
        "portal",
        document.kind,
        document.kopf,
        content,
        sha256(content).hexdigest(),
        datetime.now(UTC),
    )
    return Consignment(DeliveryId(NOBODY), 1, message, document)


def _fail(problems: list[Problem]) -> None:
    fail("\n".join(str(each) for each in problems), Exit.USAGE)
