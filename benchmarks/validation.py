"""Validation: the door, the identification, the header and the check, beside bare libxml2 on the same messages."""

import time
from collections.abc import Callable
from itertools import islice

from lxml import etree

from benchmarks.figures import Figures
from benchmarks.floor import SCHEMA
from benchmarks.letters import letters
from gateway.clock import SystemClock, legal_date
from gateway.commands import load_schemas
from gateway.texts.terminal import say
from schemas.door import Limits

MESSAGES = 500


def measure(figures: Figures) -> None:
    """One run over the same messages, in one thread."""
    contents = list(islice(letters(), MESSAGES))
    schema = etree.XMLSchema(file=str(SCHEMA))
    library = load_schemas(Limits())
    library.warm()
    on = legal_date(SystemClock().now())

    def bare(content: bytes) -> None:
        schema.assertValid(etree.fromstring(content))

    def ours(content: bytes) -> None:
        assert not library.check(library.open(content), on).refusals

    section = say("Prüfung, ein Thread", "Validation, one thread")
    title = say("öffnen, bestimmen, prüfen", "open, identify, check")
    figures.add(section, title, "/s", floor=_rate(bare, contents), value=_rate(ours, contents))


def _rate(work: Callable[[bytes], None], contents: list[bytes]) -> float:
    work(contents[0])
    started_at = time.perf_counter()
    for content in contents:
        work(content)
    return len(contents) / (time.perf_counter() - started_at)
