"""Well-formed documents that make validators work for minutes or fill the memory. Run as a program it reads
each of them within limits of the operating system and prints what came out, as JSON.
"""

import json
import resource
import sys

from gateway.core.errors import Refused
from schemas.library import SchemaLibrary
from tests.unit.schemas.builders import IN_FORCE, PERSON, a_library, a_message, a_person

CPU_SECONDS = 20
"""Together they need some seconds; each alone needed minutes before it was bounded."""
MEMORY_BYTES = 1_000_000_000


def _attributes(count: int) -> str:
    return " ".join(f'x{number}=""' for number in range(count))


def _nested_namespaces(depth: int, each: int) -> str:
    opened = "".join(
        "<a " + " ".join(f'xmlns:n{level}x{number}="u"' for number in range(each)) + ">"
        for level in range(depth)
    )
    return opened + "</a>" * depth


def documents() -> dict[str, bytes]:
    """Each with a name for the report."""
    name = PERSON.replace("Nowak", "x" * 9_000_000)
    return {
        "attributes": a_message(a_person(attributes=_attributes(1_000)) * 19),
        "namespaces": a_message(_nested_namespaces(80, 800)),
        "version-like-namespace": a_message(namespace="1." * 4_000_000),
        "references": a_message(a_person() + f"<vermerk>{'x' * 8_000_000}{'&#97;' * 300_000}</vermerk>"),
        "long-text": a_message(a_person(name) + a_person("<vorname/>")),
    }


def verdict(library: SchemaLibrary, content: bytes) -> list[tuple[str, list[str]]]:
    """The codes of all refusals, each with the rules of its findings."""
    try:
        refusals = library.check(library.open(content), IN_FORCE).refusals
    except Refused as refused:
        refusals = refused.refusals
    return [(refusal.code, [finding.rule for finding in refusal.findings]) for refusal in refusals]


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    probes = a_library()
    json.dump({name: verdict(probes, content) for name, content in documents().items()}, sys.stdout)
