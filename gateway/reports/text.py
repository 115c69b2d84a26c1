"""A validation report as plain text, for terminals and logs of a portal's tests."""

from collections.abc import Iterator
from textwrap import indent, wrap

from gateway.core.refusal import Finding
from gateway.core.report import Report
from gateway.reports.imprint import Imprint
from gateway.texts import Language
from gateway.texts.refusals import explain
from gateway.texts.reports import Words

_WIDTH = 100


def report_text(report: Report, imprint: Imprint, language: Language) -> str:
    """The whole report, ending with a line break."""
    return "\n".join(_lines(report, imprint, language)) + "\n"


def verdict(report: Report) -> str:
    """The name of the text that says how it ended."""
    match report.valid, report.accepted:
        case False, _:
            return "invalid"
        case _, False:
            return "obstructed"
        case _, None:
            return "sound"
        case _:
            return "accepted"


def _lines(report: Report, imprint: Imprint, language: Language) -> Iterator[str]:
    words = Words(language)
    yield words(verdict(report))
    kind = report.kind
    if kind is None:
        yield f"{words('kind')}: {words('unknown')}"
    else:
        yield f"{words('kind')}: {kind.root} ({kind.standard} {kind.version})"
        yield f"{words('documentation')}: {imprint.of_kind(kind)}"
    if report.tenant is not None:
        yield f"{words('tenant')}: {report.tenant}"
    if report.destinations:
        yield f"{words('destinations')}: {', '.join(report.destinations)}"
    for refusal in report.refusals:
        xinneres = f" ({refusal.xinneres})" if refusal.xinneres else ""
        yield ""
        yield f"{refusal.code}{xinneres}"
        yield from wrap(explain(refusal, language), _WIDTH)
        for finding in refusal.findings:
            yield from _finding(finding, words, language, imprint.of_finding(finding, refusal))
    if report.warnings:
        yield ""
        yield f"{words('warnings')}: {words('warnings_never_refuse')}"
        for finding in report.warnings:
            yield from _finding(finding, words, language, imprint.of_finding(finding, kind))


def _finding(finding: Finding, words: Words, language: Language, documentation: str | None) -> Iterator[str]:
    line = "" if finding.line is None else f" ({words('line')} {finding.line})"
    yield f"- {finding.path}{line}"
    text = finding.en if language is Language.EN else finding.de
    yield indent("\n".join(wrap(f"{text} [{finding.rule}]", _WIDTH - 2, break_on_hyphens=False)), "  ")
    if finding.expected:
        yield f"  {words('expected')}: {finding.expected}"
    if finding.found is not None:
        yield f"  {words('found')}: {finding.found or words('empty')}"
    if documentation is not None:
        yield f"  {words('documentation')}: {documentation}"
