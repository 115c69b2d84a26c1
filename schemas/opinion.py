"""Opinion: what xmlschema says about a document, and how much work it may have with it."""

from dataclasses import dataclass

from gateway.core.refusal import Finding

MOST_FINDINGS = 100
MOST_NODES = 20_000
"""Elements and attributes that xmlschema looks at: about a second of work."""
MOST_NODES_ALWAYS = 200_000
"""The same where xmlschema has a say in every verdict: some seconds of work for the largest."""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What xmlschema found. Only a `complete` opinion without findings says that a document is valid."""

    findings: tuple[Finding, ...]
    complete: bool
    shorn: bool = False
    """Of some long texts it saw only the start, and had nothing to say about them."""


NO_OPINION = Opinion((), complete=False)
