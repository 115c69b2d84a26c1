"""Bundles: what validation costs beside bare parsing and validating, for the fullest message of each shipped kind.

`python -m benchmarks.bundles [ROUNDS]`: single calls made in turn, in one thread, in
microseconds of processor time; of each the fastest counts, because others may be at work on the machine.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from lxml import etree
from rich.console import Console
from rich.table import Table

from gateway.commands import BUNDLES
from gateway.core.document import Document
from gateway.core.refusal import Verdict
from gateway.texts.terminal import say
from schemas.bundle import Bundle
from schemas.library import SchemaLibrary

SIZE = 8_000
"""Bytes to which smaller messages are filled up, with a comment at their end."""
SAMPLED = date(2026, 7, 1)
"""The samples are written for this day, or for some weeks after their version has come into force."""


def main(rounds: int) -> None:
    """Measure and print."""
    library = SchemaLibrary.load([BUNDLES])
    library.warm()
    # The bound is for what is asked of every message; a Schematron is asked beside that, and shown beside it.
    plain = SchemaLibrary(
        [replace(each, material=replace(each.material, schematron=())) for each in library.bundles]
    )
    plain.warm()
    table = Table(
        say("Nachricht", "message"), "bytes", "lxml", say("geprüft", "checked"), say("Verhältnis", "ratio"),
        say("mit Schematron", "with Schematron"),
    )  # fmt: skip
    for bundle in library.bundles:
        bare = _bare(bundle)
        for path in sorted(bundle.folder.glob("samples/valid/*voll.xml")):
            content, on = _filled(path), max(SAMPLED, bundle.spec.valid_from + timedelta(days=30))
            work = bare, _glance(plain, on), _glance(library, on)
            floor, ours, all_of_it = _fastest(work, content, rounds)
            ratio = f"{ours / floor:.2f}"
            name = f"{bundle.name} {path.stem}"
            table.add_row(
                name, str(len(content)), f"{floor:.0f}", f"{ours:.0f}", ratio, f"{all_of_it / floor:.2f}"
            )
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def _filled(path: Path) -> bytes:
    content = path.read_bytes().rstrip()
    return content + b"<!--%b-->" % (b" " * max(SIZE - len(content) - 7, 0))


def _bare(bundle: Bundle) -> Callable[[bytes], object]:
    schema = etree.XMLSchema(etree.fromstring(bundle.files.driver(), base_url=bundle.files.base_url))
    return lambda content: schema.assertValid(etree.fromstring(content))


def _glance(library: SchemaLibrary, on: date) -> Callable[[bytes], object]:
    def work(content: bytes) -> None:
        document, verdict = glanced(library, content, on)
        assert document.content is content
        assert not verdict.refusals

    return work


def glanced(library: SchemaLibrary, content: bytes, on: date) -> tuple[Document, Verdict]:
    """As at intake. Where a glance is not enough, the place of a warning is looked up, which is quick from the second
    time on.
    """
    if seen := library.glance(content, on):
        return seen
    document = library.open(content)
    return document, library.check(document, on)


def _fastest(work: tuple[Callable[[bytes], object], ...], content: bytes, rounds: int) -> list[float]:
    """Of each."""
    found: list[list[float]] = [[] for _ in work]
    for _ in range(rounds):
        for each, times in zip(work, found, strict=True):
            started_at = time.thread_time()
            each(content)
            times.append((time.thread_time() - started_at) * 1e6)
    return [min(times) for times in found]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
