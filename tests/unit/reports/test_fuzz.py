"""Any message, however it was spoilt: it is judged or refused, and no form of the answer holds a value of it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.core.errors import Refused
from gateway.core.report import Report
from gateway.reports.fields import report_fields
from gateway.reports.imprint import Imprint
from gateway.reports.page import report_page
from gateway.reports.rueckweisung import answers_something, rueckweisung
from gateway.reports.text import report_text
from gateway.texts import Language
from schemas.library import SchemaLibrary
from tests.builders import NOON, a_portal

BUNDLES = Path(__file__).parents[3] / "schemas" / "bundles"
LIBRARY = SchemaLibrary.load([BUNDLES])
VALID = sorted(BUNDLES.glob("*/*/samples/valid/*.xml"))
IMPRINT = Imprint("Rechenzentrum", "xga:rz-1")
ON = date(2026, 12, 1)
CANARY = "Qzjvxq"
"""Stands for a value of a person, and is part of no schema, text or sample."""

Node = etree._Element


def _remove(node: Node, _dice: Random) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _repeat(node: Node, dice: Random) -> None:
    for _ in range(dice.choice([1, 2, 300])):
        node.addnext(etree.fromstring(etree.tostring(node, encoding="UTF-8", with_tail=False)))


def _move(node: Node, dice: Random) -> None:
    target = dice.choice([each for each in node.getroottree().iter("*") if each not in {node, *node.iter()}])
    target.append(node)


def _fill(node: Node, dice: Random) -> None:
    node.text = dice.choice(["", " ", "\u0430", "e\u0301", "\U0001f600", "1e400", "9" * 5_000, "-"]) + CANARY


def _rename(node: Node, dice: Random) -> None:
    node.tag = dice.choice(["x", "a.b.0101", "ä" * 300, f"{{urn:{CANARY}}}x", "nachrichtenkopf.g2g"])


def _attach(node: Node, dice: Random) -> None:
    instance = "{http://www.w3.org/2001/XMLSchema-instance}"
    names = ["id", "test", "version", "listURI", "listVersionID", f"{instance}type", f"{instance}nil"]
    node.set(dice.choice([*names, f"{{urn:{CANARY}}}a"]), CANARY)


def _remark(node: Node, dice: Random) -> None:
    node.insert(0, dice.choice([etree.Comment(CANARY), etree.ProcessingInstruction("x", CANARY)]))


def _wrap(node: Node, dice: Random) -> None:
    for _ in range(dice.choice([1, 40, 150])):
        inner = etree.SubElement(node, "tief")
        inner.text, node = CANARY, inner


SPOILS: list[Callable[[Node, Random], None]] = [
    _remove,
    _repeat,
    _move,
    _fill,
    _rename,
    _attach,
    _remark,
    _wrap,
]


def spoilt(path: Path, dice: Random) -> bytes:
    root = etree.fromstring(path.read_bytes())
    for _ in range(dice.randint(1, 4)):
        nodes = list(root.iter("*"))[1:]
        if nodes:
            dice.choice(SPOILS)(dice.choice(nodes), dice)
    content = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    if dice.random() < 0.1:
        at = dice.randrange(len(content))
        content = (
            content[:at]
            + dice.choice([b"", b"<", b"&", b"]]>", b"\xff"])
            + content[at + dice.randint(0, 3) :]
        )
    return content


def said(content: bytes) -> list[str]:
    """Everything that anybody is told about a message, but for the message itself."""
    document = None
    try:
        document = LIBRARY.open(content)
        verdict = LIBRARY.check(document, ON)
        report = Report(document.kind, verdict.refusals, warnings=verdict.warnings)
    except Refused as refused:
        report = Report(None, refused.refusals)
    sketch = LIBRARY.sketch(content, report.findings)
    told: list[str] = []
    for language in Language:
        told.append(str(report_fields(report, IMPRINT, language)))
        told.append(report_text(report, IMPRINT, language))
        told.append(report_page(report, sketch, IMPRINT, language))
    if report.refusals:
        raised = Refused(*report.refusals, document=document)
        told += [str(raised), repr(raised)]
        if answers_something(content):
            answer = rueckweisung(raised, content, a_portal(), IMPRINT, instance="urn:uuid:x", at=NOON)
            told += [] if answer is None else [answer.decode()]
    return told


@settings(max_examples=100, deadline=None)
@given(path=st.sampled_from(VALID), seed=st.integers(0, 2**32))
def test_no_spoilt_message_gets_through_to_an_answer(path: Path, seed: int) -> None:
    content = spoilt(path, Random(seed))

    assert [text for text in said(content) if CANARY in text] == []


@pytest.mark.parametrize("path", VALID, ids=lambda path: f"{path.parts[-5]}-{path.stem}")
def test_each_sample_with_every_text_spoilt(path: Path) -> None:
    root = etree.fromstring(path.read_bytes())
    for node in root.iter("*"):
        if not len(node):
            node.text = CANARY

    assert [text for text in said(etree.tostring(root)) if CANARY in text] == []
