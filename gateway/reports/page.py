"""A validation report as a page of its own: no script, no other file, no value of the message."""

from gateway.core.refusal import Finding, Refusal
from gateway.core.report import Report, Sketch
from gateway.reports.imprint import Imprint
from gateway.reports.sheet import Sheet, is_link
from gateway.reports.text import verdict
from gateway.texts import Language
from gateway.texts.refusals import REFUSALS, explain
from gateway.texts.reports import Words

DEEPEST = 16
"""Deeper elements are not indented further: a telephone is 320 pixels wide."""


def report_page(report: Report, sketch: Sketch | None, imprint: Imprint, language: Language) -> str:
    """The whole page. `sketch` was drawn with `report.findings`."""
    kind = report.kind
    documentation = imprint.of_kind(kind) if kind else ""

    def sentence(finding: Finding) -> str:
        return finding.en if language is Language.EN else finding.de

    def explained(refusal: Refusal) -> str:
        return explain(refusal, language)

    def title(refusal: Refusal) -> str:
        return REFUSALS[refusal.code].title.speak(language)

    return _SHEET.render(
        report=report,
        sketch=sketch,
        words=Words(language),
        language=language.value,
        verdict=verdict(report),
        documentation=documentation,
        is_link=is_link(documentation),
        described=imprint.of_finding,
        placed={number for line in sketch.lines for number in line.findings} if sketch else set(),
        sentence=sentence,
        explained=explained,
        title=title,
        gateway=imprint.name,
        deepest=DEEPEST,
    )


def content_security_policy() -> str:
    """The header that goes with the page: it may do nothing but wear its own style."""
    return _SHEET.content_security_policy()


_INDENTS = "".join(f".d{depth}{{padding-left:{depth * 0.75:g}rem}}\n" for depth in range(DEEPEST + 1))
_SHEET = Sheet("report.html.j2", "report.css", more_style=_INDENTS)
