"""Board: what the demo shows: a line per scene that changes while it runs, and the count at the end."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.demo.scenes import SCENES, Scene
from gateway.texts.terminal import say

_MARK = {None: Text("…", style="yellow"), True: Text("✓", style="green"), False: Text("✗", style="bold red")}


class Board:
    """A live table on a terminal; elsewhere one line per change, and the table at the end."""

    def __init__(self, gateway: str, specialists: str) -> None:
        self._console = Console()
        self._lines: dict[str, tuple[str, bool | None]] = {}
        self._summary: Mapping[str, Any] = {}
        self._places = gateway, specialists
        self._live = Live(console=self._console, auto_refresh=False, transient=True)

    def __enter__(self) -> Self:
        self._console.print(
            say("Gateway: {}   Sandbox: {}", "Gateway: {}   Sandbox: {}").format(*self._places)
        )
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()
        self._console.print(self._table())

    def show(self, scene: Scene, text: str, *, good: bool | None) -> None:
        """Set a scene's line; `good` is None while it is under way."""
        if self._lines.get(scene.key) == (text, good):
            return
        self._lines[scene.key] = text, good
        if self._console.is_terminal:
            self._live.update(self._table(), refresh=True)
        else:
            self._console.print(f"{_MARK[good].plain} {say(scene.de, scene.en)}: {text}", soft_wrap=True)

    def count(self, summary: Mapping[str, Any]) -> None:
        """Take in what the specialist systems say that they have received."""
        self._summary = summary

    @property
    def all_good(self) -> bool:
        """Every scene ended as it must, and no system had an effect twice."""
        good = len(self._lines) == len(SCENES) and all(good for _, good in self._lines.values())
        return good and bool(self._summary) and self._doubled == 0

    @property
    def _doubled(self) -> int:
        return sum(int(system["doubled"]) for system in self._summary["systems"].values())

    def invite(self, key_file: Path) -> None:
        """Say what can be tried out now."""
        gateway, specialists = self._places
        self._console.print(
            say("\nAlles läuft weiter. Zum Ausprobieren:", "\nEverything stays up. Try it out:"),
            f"  export AMTSBOTE_URL={gateway} AMTSBOTE_KEY=$(cat {key_file})",
            "  amtsbote submit schemas/bundles/ab-finanzen/1.0/samples/valid/sepamandat-klein.xml",
            f"  curl {gateway}/health/ready",
            f"  curl {specialists}/sandbox/summary",
            say("Strg-C beendet.", "Ctrl-C ends it."),
            sep="\n",
            soft_wrap=True,
            highlight=False,
            markup=False,
        )

    def _table(self) -> Group:
        table = Table(
            "", say("Einreichung", "submission"), say("was daraus wurde", "what became of it"), box=None
        )
        for scene in SCENES:
            text, good = self._lines.get(scene.key, ("", None))
            table.add_row(_MARK[good], say(scene.de, scene.en), text)
        return Group(table, *self._counts())

    def _counts(self) -> list[Text]:
        if not self._summary:
            return []
        good = sum(1 for _, good in self._lines.values() if good)
        return [
            Text(
                say(
                    f"\n{good} von {len(SCENES)} wie erwartet; doppelte Wirkung in den Fachverfahren: {self._doubled}",
                    f"\n{good} of {len(SCENES)} as expected; doubled effects at the systems: {self._doubled}",
                )
            )
        ]
