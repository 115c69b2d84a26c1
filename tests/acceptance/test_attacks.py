"""Attacks: hostile submissions are refused in bounded memory, and others are served meanwhile."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
import psutil
import pytest

from tests.acceptance.installation import PATIENCE, Installation
from tests.acceptance.letters import ZOSSEN, Letter, a_letter

BOMB = b"""<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa"><!ENTITY c "&a;&a;&a;&a;&a;&a;&a;&a;">]><b>&c;</b>"""
FILE = b"""<!DOCTYPE b [<!ENTITY a SYSTEM "file:///etc/passwd">]><b>&a;</b>"""
MEMORY = 1_000_000_000
"""Bytes by which the process may grow while it refuses all of them side by side."""


@dataclass(frozen=True)
class Attack:
    content: bytes
    code: str


def attacks() -> Mapping[str, Attack]:
    good = a_letter("meldewesen/anmeldung-klein", ZOSSEN).content
    before, end, body = good.partition(b"</nachrichtenkopf.g2g>")
    head, root = before + end, b"</mw:meldewesen.anmeldung.0101>"
    return {
        "DOCTYPE with entities": Attack(BOMB, "doctype-forbidden"),
        "external entity": Attack(FILE, "doctype-forbidden"),
        "100,000 levels": Attack(b"<a>" * 100_000 + b"</a>" * 100_000, "too-deep"),
        "100 MB": Attack(good + b" " * 100_000_000, "too-large"),
        "200,000 errors": Attack(head + b"<falsch/>" * 200_000 + root, "schema-invalid"),
        "200,000 errors, each deep": Attack(
            head + b"<falsch><a>x</a></falsch>" * 100_000 + root, "schema-invalid"
        ),
        "one text of 9 MB": Attack(head + b"x" * 9_000_000 + root, "schema-invalid"),
        "20,000 attributes": Attack(
            head + b"<a " + b" ".join(b'x%d=""' % number for number in range(20_000)) + b"/>" + root,
            "too-large",
        ),
        "cut off": Attack(good[:-200], "not-well-formed"),
        "behind the end": Attack(good + body, "not-well-formed"),
    }


@pytest.mark.timeout(300)
def test_others_are_served_while_hostile_messages_are_refused(embedded: Installation) -> None:
    hostile = attacks()
    process = psutil.Process(embedded.pid("gateway"))
    before = process.memory_info().rss
    letters: list[Letter] = []
    with ThreadPoolExecutor() as pool:
        begun = [pool.submit(embedded.post, each.content) for each in hostile.values() for _ in range(2)]
        served = 0
        while not all(each.done() for each in begun):
            letters.append(a_letter("finanzen/sepamandat-klein", ZOSSEN))
            embedded.submit(letters[-1])
            served += not all(each.done() for each in begun)
        answers = [each.result(PATIENCE) for each in begun]
    grown = process.memory_info().rss - before

    assert [said(each) for each in answers] == [each.code for each in hostile.values() for _ in range(2)]
    assert served > 0
    assert grown < MEMORY
    assert embedded.settle(letters).settled


def said(answer: httpx.Response) -> str:
    """The first reason for a refusal."""
    code: str = answer.json()["code"]
    return code
