"""Board: what the demo shows: a line per scene that changes while it runs, and the count at the end."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.commands import BUNDLES
from gateway.demo.scene import Scene
from gateway.demo.scenes import EFFECTS, SCENES
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
        gateway, specialists = self._places
        self._console.print(f"Gateway: {gateway}   Sandbox: {specialists}")
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
        """Every scene ended as it must, and the systems themselves count each effect once."""
        ended_well = len(self._lines) == len(SCENES) and all(good for _, good in self._lines.values())
        return ended_well and self._total("taken") == EFFECTS and self._total("doubled") == 0

    def _total(self, count: str) -> int:
        return sum(int(system[count]) for system in self._summary.get("systems", {}).values())

    def invite(self, environment: Path) -> None:
        """Say what can be tried out now."""
        gateway, specialists = self._places
        amtsbote = sys.argv[0]
        self._console.print(
            say("\nAlles läuft weiter. Zum Ausprobieren:", "\nEverything stays up. Try it out:"),
            f"  . {environment}",
            f"  {amtsbote} submit {_relative(BUNDLES)}/ab-finanzen/1.0/samples/valid/hundesteueranmeldung-klein.xml",
            f"  {amtsbote} failed",
            f"  {amtsbote} replay ... --reason {say('Ausprobieren', 'trying')}",
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
        taken, doubled = self._total("taken"), self._total("doubled")
        return [
            Text(
                say(
                    f"\n{good} von {len(SCENES)} wie erwartet. Die Fachverfahren zählen {taken} von {EFFECTS} "
                    f"erwarteten Vorgängen, davon doppelt: {doubled}.",
                    f"\n{good} of {len(SCENES)} as expected. The systems count {taken} of {EFFECTS} expected "
                    f"cases, of these doubled: {doubled}.",
                )
            )
        ]


def _relative(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
