"""Faults of SOAP: what the service declares, what the standards define, and nothing else of what a fault says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from lxml import etree
from zeep.exceptions import Fault

from adapters.transports.settings import TransportSettings
from gateway.core.outcome import Cause, Failed, Outcome, Rejected, Unclear

Kind = type[Failed] | type[Unclear] | type[Rejected]


class FaultRule(TransportSettings):
    """What a fault means that the service declares, by the name of its detail element or its subcode."""

    outcome: Literal["failed", "unclear", "rejected"]
    """Certainly not delivered and worth another try; unknown; or refused for good."""
    code: str | None = None
    """The child of the detail element that holds the system's own code."""


def fault_outcome(fault: Fault, rules: Mapping[str, FaultRule]) -> Outcome:
    """What a fault says about a delivery: the declared ones first, then the codes of the standards."""
    for entry in _entries(fault):
        rule = rules.get(_local_name(entry))
        if rule is not None:
            return _declared(rule, entry)
    for name in _subcodes(fault):
        if name in rules:
            kind, detail = _DECLARED[rules[name].outcome]
            return kind(Cause(f"soap-fault:{_kebab(name)}", detail))
    # "Client.Authentication": what follows the dot is the system's own and may be anything.
    code = str(fault.code or "").rpartition(":")[2].partition(".")[0]
    if SECURITY_CODES & {code, *_subcodes(fault)}:
        return SECURITY
    kind, name, detail = FAULT_CODES.get(code, _UNKNOWN_FAULT)
    return kind(Cause(f"soap-fault:{name}", detail))


def fault_names(fault: Fault) -> set[str]:
    """The names by which a service tells its faults apart."""
    return {_local_name(entry) for entry in _entries(fault)} | set(_subcodes(fault))


FAULT_CODES: Mapping[str, tuple[Kind, str, str]] = {
    "Client": (Rejected, "client", "The system refused the request as wrongly formed."),
    "Sender": (Rejected, "client", "The system refused the request as wrongly formed."),
    "Server": (Unclear, "server", "The system had an error while it worked on the request."),
    "Receiver": (Unclear, "server", "The system had an error while it worked on the request."),
    "VersionMismatch": (Failed, "version-mismatch", "The system expects another version of SOAP."),
    "MustUnderstand": (Failed, "must-understand", "The system did not understand a header."),
    "DataEncodingUnknown": (Failed, "data-encoding-unknown", "The system does not know the encoding."),
}
"""Fault codes of SOAP 1.1 (section 4.4.1) and SOAP 1.2 (part 1, section 5.4.6); no text of a fault is looked at."""

SECURITY_CODES = frozenset(
    {
        "UnsupportedSecurityToken",
        "UnsupportedAlgorithm",
        "InvalidSecurity",
        "InvalidSecurityToken",
        "FailedAuthentication",
        "FailedCheck",
        "SecurityTokenUnavailable",
        "MessageExpired",
    }
)
"""Of WS-Security 1.1.1, section 12: as fault code in SOAP 1.1, as subcode in SOAP 1.2."""

SECURITY = Failed(Cause("soap-fault:security", "The system does not accept our WS-Security header."))

_UNKNOWN_FAULT = (Unclear, "other", "The system answered with a fault of its own.")

_DECLARED: Mapping[str, tuple[Kind, str]] = {
    "failed": (Failed, "The system says that it is not ready."),
    "unclear": (Unclear, "The system does not say what became of the message."),
    "rejected": (Rejected, "The system refused the message for a reason of its own code list."),
}
_FEHLERCODE = re.compile(r"[A-Z]{1,3}[0-9]{1,4}")


def _declared(rule: FaultRule, entry: Any) -> Outcome:  # noqa: ANN401  # lxml has no complete types
    said = "".join(
        (child.text or "").strip() for child in entry if rule.code and _local_name(child) == rule.code
    )
    # Only what looks like a code is repeated: anything else might be a value.
    suffix = f":{said}" if _FEHLERCODE.fullmatch(said) else ""
    kind, detail = _DECLARED[rule.outcome]
    return kind(Cause(f"soap-fault:{_kebab(_local_name(entry))}{suffix}", detail))


def _entries(fault: Fault) -> Iterator[Any]:
    detail = fault.detail
    if isinstance(detail, etree._Element):  # noqa: SLF001
        yield from detail.iterchildren("*")


def _subcodes(fault: Fault) -> list[str]:
    return [etree.QName(each).localname for each in fault.subcodes or ()]


def _kebab(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def _local_name(element: Any) -> str:  # noqa: ANN401  # lxml has no complete types
    return str(etree.QName(element).localname)
