"""Fields: refusals and reports as plain values, for JSON and for XML."""

from collections.abc import Mapping, Sequence

from gateway.core.refusal import Finding, Refusal
from gateway.core.report import Report
from gateway.reports.imprint import Imprint
from gateway.texts import Language
from gateway.texts.refusals import explain

Value = str | int | bool | None | Mapping[str, "Value"] | Sequence["Value"]


def report_fields(report: Report, imprint: Imprint, language: Language) -> dict[str, Value]:
    """The members of a validation report."""
    kind = report.kind
    described: dict[str, Value] | None = None
    documentation: str | None = None
    if kind is not None:
        described = {"standard": kind.standard, "version": kind.version}
        described |= {"root": kind.root, "service": kind.service}
        documentation = imprint.of_kind(kind)
    return {
        "valid": report.valid,
        "accepted": report.accepted,
        "kind": described,
        "documentation": documentation,
        "tenant": report.tenant,
        "destinations": report.destinations,
        "reasons": [reason_fields(each, imprint, language) for each in report.refusals],
        "warnings": [
            finding_fields(each, language, imprint.of_finding(each, kind)) for each in report.warnings
        ],
    }


def reason_fields(refusal: Refusal, imprint: Imprint, language: Language) -> dict[str, Value]:
    """One reason for not accepting a message."""
    fields: dict[str, Value] = {"code": refusal.code}
    if refusal.xinneres is not None:
        fields["xinneres"] = refusal.xinneres
    fields |= {"text": explain(refusal, language), "facts": dict(refusal.facts)}
    documentation = imprint.of_reason(refusal)
    if documentation is not None:
        fields["documentation"] = documentation
    findings = [
        finding_fields(each, language, imprint.of_finding(each, refusal)) for each in refusal.findings
    ]
    return fields | {"findings": findings}


def finding_fields(
    finding: Finding, language: Language, documentation: str | None = None
) -> dict[str, Value]:
    """One place where a rule is broken; `documentation`: where that place is described."""
    fields: dict[str, Value] = {"path": finding.path}
    if finding.line is not None:
        fields["line"] = finding.line
    fields |= {"rule": finding.rule, "expected": finding.expected}
    if finding.found is not None:
        fields["found"] = finding.found
    fields["text"] = finding.en if language is Language.EN else finding.de
    if documentation is not None:
        fields["documentation"] = documentation
    return fields
