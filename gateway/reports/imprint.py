"""Imprint: who this gateway is, and where its messages are documented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Imprint:
    """What reports say about the gateway itself."""

    name: str = "Amtsbote"
    kennung: str = "gw:amtsbote"
    """Under which it names itself as `rueckweisendeStelle`: `praefix:kennung`, as in the DVDV."""
    documentation_url: str = "docs/messages.md#kinds"
    """Where a kind of message is documented; `{standard}`, `{version}` and `{root}` are filled in."""

    def documentation(self, standard: str, version: str, root: str) -> str:
        """Where a kind of message is documented."""
        filled = self.documentation_url
        for name, value in {"standard": standard, "version": version, "root": root}.items():
            filled = filled.replace(f"{{{name}}}", value)
        return filled
