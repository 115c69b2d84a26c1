"""Command line: `amtsbote`, the same use cases as the API and the console for a person at a terminal."""

import typer

from gateway.cli import (
    batches,
    checks,
    destinations,
    diagnosing,
    documenting,
    keys,
    lists,
    mapping,
    messages,
    operations,
    packages,
    playing,
    serving,
)
from gateway.texts.terminal import say

app = typer.Typer(
    name="amtsbote",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help=say(
        "Amtsbote verbindet Portale mit den Fachverfahren der Kommunen.",
        "Amtsbote connects portals with the specialist systems of municipalities.",
    ),
)
config = typer.Typer(no_args_is_help=True, help=say("Konfiguration.", "Configuration."))
schemas = typer.Typer(no_args_is_help=True, help=say("Schemata.", "Schemas."))
database = typer.Typer(no_args_is_help=True, help=say("Datenbank.", "Database."))

app.command(help=say("Das Gateway starten.", "Start the gateway."))(serving.serve)
app.command(help=say("Eine Nachricht einreichen.", "Submit a message."))(messages.submit)
app.command(help=say("Zeigen, wo eine Nachricht steht.", "Show where a message stands."))(messages.status)
app.command(help=say("Was auf einen Menschen wartet.", "List what needs a person."))(operations.failed)
app.command(help=say("Zeigen, was mit einer Nachricht geschah.", "Show what happened to a message."))(
    operations.history
)
app.command(help=say("Eine Zustellung erneut auf den Weg bringen.", "Send a delivery again."))(
    operations.replay
)
app.command(help=say("Eine gescheiterte Zustellung schließen.", "Close a failed delivery."))(
    operations.dismiss
)
app.command(help=say("Was nicht stimmt, und was zu tun ist.", "What is wrong, and what to do."))(
    diagnosing.doctor
)
app.command(help=say("Ausfälle der Ziele zeigen.", "List outages of destinations."))(destinations.incidents)
app.command(help=say("Alles vorführen, ohne etwas zu installieren.", "Show everything at work."))(
    playing.demo
)
app.command(help=say("Stellvertreter der Fachverfahren starten.", "Run stand-ins of the systems."))(
    playing.sandbox
)
config.command("check", help=say("Alle Dateien als Ganzes prüfen.", "Check all files as a whole."))(
    checks.check_config
)
schemas.command("validate", help=say("Nachrichten prüfen, ohne sie anzunehmen.", "Validate messages."))(
    checks.validate
)
schemas.command("install", help=say("Ein amtliches Schema-Paket einrichten.", "Install a package."))(
    packages.install
)
schemas.command("list", help=say("Alle Schemata zeigen.", "List all schemas."))(packages.list_bundles)
schemas.command("show", help=say("Einen Standard mit seinen Nachrichten zeigen.", "Show one in full."))(
    packages.show_bundle
)
schemas.command("docs", help=say("Die Beschreibung der Nachrichten als Seiten schreiben.", "Write pages."))(
    documenting.write
)
schemas.command("check", help=say("Alle Schemata prüfen.", "Check all schemas."))(packages.check)
schemas.command("remove", help=say("Ein eingerichtetes Schema entfernen.", "Remove an installed schema."))(
    packages.remove
)
database.command("upgrade", help=say("Tabellen auf den neuesten Stand bringen.", "Upgrade the tables."))(
    serving.upgrade
)
schemas.add_typer(lists.lists, name="lists")
app.add_typer(config, name="config")
app.add_typer(schemas, name="schemas")
app.add_typer(database, name="db")
app.add_typer(destinations.destinations, name="destinations")
app.add_typer(batches.batches, name="batches")
app.add_typer(mapping.mapping, name="mapping")
app.add_typer(keys.portals, name="portals")
app.add_typer(keys.systems, name="systems")


def main() -> None:
    """Entry point of the command `amtsbote`."""
    app(prog_name="amtsbote")
