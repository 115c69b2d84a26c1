"""Builders: small schemas, and what they say about small documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from lxml import etree

from gateway.core.refusal import Finding
from schemas.demands import Circumstances, Objection
from schemas.paths import Paths
from schemas.schematron.model import Place
from schemas.schematron.rulings import Ruling, SchematronEntry, load_schematron
from schemas.schematron.stylesheet import Stylesheet
from schemas.schematron.workers import Workers

ENGINES = {"libxslt": ("xslt", True), "libxslt-apart": ("xslt", False), "saxon": ("xslt2", True)}
"""Query language, and whether the schema comes with the program."""
TODAY = date(2026, 7, 1)
ASKED_BY = Place("bundle.toml", 7)


def a_schema(body: str, attributes: str = "") -> str:
    return f"""<sch:schema xmlns:sch="http://purl.oclc.org/dsdl/schematron" {attributes}>
<sch:ns prefix="p" uri="urn:p"/>
{body}
</sch:schema>
"""


def a_pattern(rules: str, attributes: str = "") -> str:
    return f"<sch:pattern {attributes}>{rules}</sch:pattern>"


def a_rule(context: str, *checks: str, attributes: str = "") -> str:
    return f'<sch:rule context="{context}" {attributes}>{"".join(checks)}</sch:rule>'


def an_assert(id: str, test: str, text: str = "Text", attributes: str = "") -> str:
    return f'<sch:assert id="{id}" test="{test}" {attributes}>{text}</sch:assert>'


def compiled(
    folder: Path, schema: str, *, trusted: bool = True, phase: str | None = None, severity: str = "error"
) -> Stylesheet:
    folder.mkdir(exist_ok=True)
    (folder / "regeln.sch").write_text(schema, encoding="utf-8")
    entry = {"file": "regeln.sch", "phase": phase, "severity": severity}
    asked = SchematronEntry.model_validate(entry)
    return load_schematron(folder, folder / "gemeinsam", asked, ASKED_BY, trusted=trusted)


def objections(
    stylesheet: Stylesheet,
    document: str,
    workers: Workers,
    *,
    test: bool = False,
) -> Sequence[Objection]:
    ruling = Ruling(stylesheet, workers)
    circumstances = Circumstances(TODAY, test)
    return list(ruling.objections(etree.fromstring(document), circumstances, Paths()))


def findings(stylesheet: Stylesheet, document: str, workers: Workers) -> list[Finding]:
    return [each.finding for each in objections(stylesheet, document, workers)]


def spoken(
    stylesheet: Stylesheet, document: str, workers: Workers, *, test: bool = False
) -> list[tuple[str, str]]:
    """Which checks spoke, and where."""
    return [
        (each.finding.rule.removeprefix("schematron:"), each.finding.path)
        for each in objections(stylesheet, document, workers, test=test)
    ]


@dataclass(frozen=True)
class Bench:
    """One engine to try schemas on."""

    binding: str
    trusted: bool
    workers: Workers

    def compiled(self, folder: Path, body: str, attributes: str = "", phase: str | None = None) -> Stylesheet:
        schema = a_schema(body, f'queryBinding="{self.binding}" {attributes}')
        return compiled(folder, schema, trusted=self.trusted, phase=phase)

    def spoken(
        self,
        folder: Path,
        body: str,
        document: str,
        *,
        test: bool = False,
        attributes: str = "",
        phase: str | None = None,
    ) -> list[tuple[str, str]]:
        """Which checks spoke, and where."""
        return spoken(self.compiled(folder, body, attributes, phase), document, self.workers, test=test)
