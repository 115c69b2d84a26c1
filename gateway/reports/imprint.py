"""Imprint: who this gateway is, and where its messages are documented."""

from dataclasses import dataclass
from typing import assert_never
from urllib.parse import quote

from gateway.core.message import MessageKind
from gateway.core.refusal import Finding, Refusal

OWN_PAGES = "/v1/schemas/{standard}/{version}/{root}"
"""Where every gateway has the documentation that it makes from its schemas."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """What reports say about the gateway itself."""

    name: str = "Amtsbote"
    kennung: str = "gw:amtsbote"
    """Under which it names itself as `rueckweisendeStelle`: `praefix:kennung`, as in the DVDV."""
    documentation_url: str = OWN_PAGES
    """Where a kind of message is documented; `{standard}`, `{version}` and `{root}` are filled in."""

    def documentation(self, standard: str, version: str, root: str) -> str:
        """Where a kind of message is documented."""
        filled = self.documentation_url
        for name, value in {"standard": standard, "version": version, "root": root}.items():
            filled = filled.replace(f"{{{name}}}", quote(value, safe=""))
        return filled

    def of_kind(self, kind: MessageKind) -> str:
        """Where a kind is documented."""
        return self.documentation(kind.standard, kind.version, kind.root)

    def of_reason(self, refusal: Refusal) -> str | None:
        """Where the kind that a reason names is documented; None where it names none."""
        facts = refusal.facts
        if not {"standard", "version", "root"} <= facts.keys():
            return None
        return self.documentation(facts["standard"], facts["version"], facts["root"])

    def of_finding(self, finding: Finding, about: Refusal | MessageKind | None) -> str | None:
        """Where the place of a finding is documented; `about`: the reason that lists it, or the kind."""
        match about:
            case Refusal():
                page = self.of_reason(about)
            case MessageKind():
                page = self.of_kind(about)
            case None:
                page = None
            case _:
                assert_never(about)
        if page is None or not finding.anchor:
            return None
        return page if "#" in page else f"{page}#{fragment(finding.anchor)}"

    @property
    def overview(self) -> str:
        """Where all kinds of messages are listed: what the addresses of all of them begin with."""
        return self.documentation_url.partition("{")[0].partition("#")[0].rstrip("/?")

    @property
    def travels(self) -> bool:
        """Whether its addresses mean the same to who reads them elsewhere."""
        return self.documentation_url.startswith(("https://", "http://"))


def fragment(anchor: str) -> str:
    """An anchor as it stands behind the `#` of an address."""
    return quote(anchor, safe="/@:*~._-")
