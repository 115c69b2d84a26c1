"""Refusal: why a submission is not accepted, as stable codes and findings without any value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class RefusalCode(StrEnum):
    """The reasons for which the gateway refuses. Stable: portals program against them."""

    NOT_WELL_FORMED = "not-well-formed"
    NOT_UTF8 = "not-utf-8"
    DOCTYPE_FORBIDDEN = "doctype-forbidden"
    TOO_DEEP = "too-deep"
    TOO_LARGE = "too-large"
    UNKNOWN_KIND = "unknown-kind"
    AMBIGUOUS_KIND = "ambiguous-kind"
    VERSION_NOT_SUPPORTED = "version-not-supported"
    VERSION_NOT_TAKEN = "version-not-taken"
    SCHEMA_INVALID = "schema-invalid"
    CODE_LIST_UNKNOWN = "code-list-unknown"
    CODE_UNKNOWN = "code-unknown"
    RULE_BROKEN = "rule-broken"
    HEADER_INCOMPLETE = "header-incomplete"
    UNKNOWN_RECIPIENT = "unknown-recipient"
    SENDER_NOT_ENTITLED = "sender-not-entitled"
    NOT_BOOKED = "not-booked"
    TEST_NOT_POSSIBLE = "test-not-possible"
    ALREADY_USED = "already-used"


XINNERES: Mapping[RefusalCode, str] = MappingProxyType(
    {
        RefusalCode.NOT_WELL_FORMED: "X000",
        RefusalCode.DOCTYPE_FORBIDDEN: "X000",
        RefusalCode.NOT_UTF8: "S001",
        RefusalCode.SCHEMA_INVALID: "X001",
        RefusalCode.CODE_LIST_UNKNOWN: "S010",
        RefusalCode.CODE_UNKNOWN: "S011",
        RefusalCode.RULE_BROKEN: "X002",
        RefusalCode.VERSION_NOT_SUPPORTED: "V000",
        RefusalCode.VERSION_NOT_TAKEN: "V000",
        RefusalCode.HEADER_INCOMPLETE: "S030",
        RefusalCode.ALREADY_USED: "S100",
        RefusalCode.SENDER_NOT_ENTITLED: "T070",
        RefusalCode.UNKNOWN_RECIPIENT: "T080",
        RefusalCode.NOT_BOOKED: "9013",
    }
)
"""The code of `urn:de:xinneres:codeliste:fehlercodes` (v3) where one fits; 9013 is XTA 2.1.1's
"Dienst ist nicht gebucht"."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One place where a document breaks a rule. Never holds the value found there."""

    path: str
    """XPath of the element or attribute, from the root, with positions."""
    rule: str
    """What was broken, stable: `cvc-pattern`, `cvc-enumeration`, `cvc-content` ..."""
    de: str
    en: str
    expected: str = ""
    """What the schema allows here, e.g. a pattern or the expected element names."""
    line: int | None = None
    """Line in the document, where it is known to be true."""
    found: str | None = None
    """The shape of what stands there, e.g. `Aaaa 9999`; empty where nothing does; None where no text is meant."""
    anchor: str = ""
    """Of the row in the kind's handbook that describes this place; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason for not accepting a submission.

    `facts` fill the placeholders of the texts and never hold content of the message beyond its header's
    kind and recipient, e.g. `{"limit": "10 MB"}` or `{"service": "finance/hundesteuer-anmeldung"}`.
    """

    code: RefusalCode
    facts: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def xinneres(self) -> str | None:
        """The administration's own code for this reason, where there is one."""
        return XINNERES.get(self.code)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found against a document. Warnings never refuse: they travel with what is accepted."""

    refusals: tuple[Refusal, ...] = ()
    warnings: tuple[Finding, ...] = ()
