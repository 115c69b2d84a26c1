"""Validation: the door, the identification, the header and the check, beside bare libxml2 on the same messages."""

import time
from collections.abc import Callable
from itertools import islice

from lxml import etree

from benchmarks.bundles import glanced
from benchmarks.figures import FLOOR, GATEWAY, Case, Figures
from benchmarks.floor import SCHEMA
from benchmarks.letters import LARGE, SMALL, letters
from gateway.clock import SystemClock, legal_date
from gateway.commands import load_schemas
from schemas.door import Limits

MESSAGES = {SMALL: 500, LARGE: 50}
"""How many, by size."""


def measure(figures: Figures) -> None:
    """One run over the same messages of each size, in one thread."""
    schema = etree.XMLSchema(file=str(SCHEMA))
    library = load_schemas(Limits())
    library.warm()
    on = legal_date(SystemClock().now())

    def bare(content: bytes) -> None:
        schema.assertValid(etree.fromstring(content))

    def ours(content: bytes) -> None:
        assert not glanced(library, content, on)[1].refusals

    for kilobytes, messages in MESSAGES.items():
        contents = list(islice(letters(kilobytes), messages))
        case = Case("validation", kilobytes=kilobytes)
        figures.add(case, FLOOR, per_second=_rate(bare, contents))
        figures.add(case, GATEWAY, per_second=_rate(ours, contents))


def _rate(work: Callable[[bytes], None], contents: list[bytes]) -> float:
    """Per second of processor time: others may be at work on the machine."""
    work(contents[0])
    started_at = time.thread_time()
    for content in contents:
        work(content)
    return len(contents) / (time.thread_time() - started_at)
