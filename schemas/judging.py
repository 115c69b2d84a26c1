"""Judging: the verdict on a document, from what its schema finds and from what is demanded beyond it."""

import re
from dataclasses import replace
from datetime import date

from gateway.core.message import MessageKind
from gateway.core.ports import Deadlines
from gateway.core.refusal import Finding, Refusal, RefusalCode, Verdict
from schemas.demands import Circumstances
from schemas.header import Missing
from schemas.opinion import MOST_FINDINGS
from schemas.paths import Paths
from schemas.rules import sentences
from schemas.shape import shape_at
from schemas.shelf import Opened
from schemas.versions import Versions
from schemas.view import line_of


def judge(
    document: Opened, on: date, deadlines: Deadlines, findings: tuple[Finding, ...], versions: Versions
) -> Verdict:
    """The verdict on a document against which its schema has these findings."""
    refusals = []
    bundle = document.shelf.bundle
    if not bundle.valid_on(on):
        refusals.append(versions.not_valid(bundle, document.kind, on))
    findings = _with_header(findings, _header_findings(document))
    if findings:
        refusals.append(_listed(RefusalCode.SCHEMA_INVALID, document.kind, findings))
    if not bundle.valid_on(on):
        # Its rules say nothing true about a day on which it is not in force.
        return Verdict(tuple(refusals))
    circumstances = Circumstances(on, document.kopf.test, deadlines(document.kopf.leser))
    beyond = document.shelf.scrutiny.judge(document.node, circumstances, findings)
    refusals += [_listed(each.code, document.kind, each.findings) for each in beyond.refusals]
    return Verdict(tuple(refusals), beyond.warnings[:MOST_FINDINGS])


def incomplete(kind: MessageKind, missing: Missing, findings: tuple[Finding, ...]) -> tuple[Refusal, ...]:
    """Why a document can't be opened whose header lacks something, its schema having these findings."""
    invalid = (_listed(RefusalCode.SCHEMA_INVALID, kind, findings),) if findings else ()
    if any(finding.rule == "cvc-namespace" for finding in findings):
        # The facts may well be there: they are looked for where the elements belong.
        return invalid
    facts = {"standard": kind.standard, "version": kind.version, "root": kind.root}
    places = {"missing": ", ".join(missing.places)}
    return (Refusal(RefusalCode.HEADER_INCOMPLETE, places | facts), *invalid)


def _listed(code: RefusalCode, kind: MessageKind, findings: tuple[Finding, ...]) -> Refusal:
    """The first findings, in the order of their lines, said to be the first where there are more."""
    facts = {"standard": kind.standard, "version": kind.version, "root": kind.root}
    facts["total"] = str(len(findings))
    if len(findings) > MOST_FINDINGS:
        facts |= {"total": f"> {MOST_FINDINGS}", "shown": str(MOST_FINDINGS)}
    return Refusal(code, facts, tuple(sorted(findings[:MOST_FINDINGS], key=lambda each: each.line or 0)))


_LESS_THAN_HEADER = {"cvc-pattern", "cvc-enumeration", "cvc-fixed", "cvc-length"}
"""Rules whose sentences say less about a value of the header than those of its own rules do."""


def _with_header(findings: tuple[Finding, ...], of_header: list[Finding]) -> tuple[Finding, ...]:
    """All findings. Where the schema, too, refuses a value of the header, its rule counts, with the better words."""
    better = {each.path: each for each in of_header}
    worded = [
        replace(better.pop(each.path), rule=each.rule)
        if each.rule in _LESS_THAN_HEADER and each.path in better
        else each
        for each in findings
    ]
    return (*worded, *better.values())


_NUMBER = re.compile(r"\.(\d{4,6})$")
_WITHOUT_ZONE = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?$")


def _header_findings(document: Opened) -> list[Finding]:
    """What the standards demand of a Nachrichtenkopf although their schemas do not enforce it."""
    findings = []
    rules = document.shelf.bundle.spec.header_rules
    number = _NUMBER.search(document.kind.root) if "nachrichtentyp-root" in rules else None
    if number is not None and document.kopf.nachrichtentyp != number[1]:
        findings.append(_header_finding(document, "nachrichtentyp", "nachrichtentyp-root", number[1]))
    if "zeitpunkt-zone" in rules and _WITHOUT_ZONE.match(document.kopf.erstellungszeitpunkt):
        expected = "JJJJ-MM-TTThh:mm:ss+hh:mm / YYYY-MM-DDThh:mm:ss+hh:mm"
        findings.append(_header_finding(document, "erstellungszeitpunkt", "zeitpunkt-zone", expected))
    return findings


def _header_finding(document: Opened, fact: str, rule: str, expected: str) -> Finding:
    node = document.shelf.header.node(document.node, fact)
    de, en = sentences(rule, "")
    return Finding(Paths().of(node), rule, de, en, expected, line_of(node), shape_at(node))
