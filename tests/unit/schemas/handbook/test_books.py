"""The handbooks of everything that ships: whole, and each finding leads to its row."""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from gateway.core.errors import Refused
from gateway.core.handbook import Content
from gateway.core.refusal import Finding, Refusal
from schemas.demands import RULES
from schemas.handbook.example import skeleton_of
from schemas.library import SchemaLibrary
from tests.unit.schemas.handbook.builders import BUNDLES, anchors, places, rows_of, shipped, shipped_handbooks

IN_FORCE = date(2026, 12, 1)
TAGS = sorted(shipped_handbooks())
VALID = sorted(BUNDLES.glob("*/*/samples/valid/*.xml"))
WRONG = sorted(set(BUNDLES.glob("*/*/samples/*/*.xml")) - set(VALID))
ADDED = {"cvc-attribute-unknown", "cvc-content", "cvc-element"}
"""Rules that are also broken by what the schema does not know."""


def name(path: Path) -> str:
    return f"{path.parts[-5]}-{path.parent.name}-{path.stem}"


def findings(path: Path) -> list[Finding]:
    content = path.read_bytes()
    root = etree.QName(etree.fromstring(content)).localname
    refusals: tuple[Refusal, ...]
    try:
        verdict = shipped().check(shipped().open(content), IN_FORCE)
        refusals, warnings = verdict.refusals, verdict.warnings
    except Refused as refused:
        refusals, warnings = refused.refusals, ()
    assert {each.facts["root"] for each in refusals if each.findings} <= {root}
    return [finding for each in refusals for finding in each.findings] + list(warnings)


@pytest.mark.parametrize("path", WRONG, ids=name)
def test_every_finding_leads_to_the_row_of_its_place(path: Path) -> None:
    found = findings(path)
    assert found
    book = shipped_handbooks()[str(etree.parse(path).getroot().tag)]
    for finding in found:
        assert finding.anchor in anchors(book)
        place = "/" + re.sub(r"\[\d+\]|(?<=/)[\w.\-]+:", "", finding.path).strip("/").partition("/")[2]
        row = rows_of(book).get(finding.anchor)
        inside_of_code = (
            row is not None and row.content is Content.CODE and place.startswith(f"{row.anchor}/")
        )
        if finding.rule in ADDED:
            assert place.startswith(finding.anchor)
        elif not inside_of_code:
            assert finding.anchor == place


@pytest.mark.parametrize("path", VALID, ids=name)
def test_every_place_in_a_valid_message_has_its_row(path: Path) -> None:
    root = etree.fromstring(path.read_bytes())
    kind = etree.QName(root).localname
    book = shipped_handbooks()[str(root.tag)]
    told = rows_of(book)
    (index,) = {
        shelf.books._index(str(root.tag))
        for shelf in shipped().by_bundle.values()
        if str(root.tag) in shelf.books._entries
    }
    assert index is not None
    for place, local in places(root):
        anchor = index.anchor(place)
        if anchor == "/":
            assert local == kind
        else:
            assert told[anchor].name == local or told[anchor].content is Content.CODE


@pytest.mark.parametrize("tag", TAGS)
def test_a_handbook_is_whole(tag: str) -> None:
    book = shipped_handbooks()[tag]
    known = anchors(book)
    assert [anchor for anchor, times in Counter(known).items() if times > 1] == []
    assert all("/" in anchor and " " not in anchor for anchor in known)
    assert book.explained
    assert book.left_out == 0
    assert {each.anchor for each in book.header} <= {*known, None}
    assert {each.fact for each in book.header} >= {"leser_kennung", "autor_kennung", "nachrichten_uuid"}
    for row in rows_of(book).values():
        assert {row.values, row.type, row.section, *row.variants} <= {*known, None}
        assert row.said, f"{row.anchor} is not documented"
    assert all(row.depth == 0 for row in book.sections[0].rows)


@pytest.mark.parametrize("tag", TAGS)
def test_the_example_is_a_message_that_is_accepted(tag: str) -> None:
    example = shipped_handbooks()[tag].example
    assert example is not None
    assert example.is_valid
    document = shipped().open(example.text.encode())
    assert etree.fromstring(example.text.encode()).tag == tag
    assert shipped().check(document, IN_FORCE).refusals == ()


@pytest.mark.parametrize("tag", TAGS)
def test_a_skeleton_lacks_nothing_but_values(tag: str) -> None:
    """What is wrong with it is wrong with its placeholders."""
    (shelf,) = [
        each
        for each in shipped().by_bundle.values()
        if any(each.bundle.tag(entry) == tag for entry in each.bundle.spec.kinds)
    ]
    declared = shelf.books._root(tag)
    assert declared is not None
    skeleton = skeleton_of(declared)
    assert not skeleton.is_valid
    content = skeleton.text.encode()
    found = shelf.schema.check(etree.fromstring(content), content)
    assert {each.rule for each in found} <= {
        "cvc-datatype",
        "cvc-pattern",
        "cvc-enumeration",
        "cvc-max-length",
    }
    assert all((each.found or "").startswith("[") for each in found)


def test_every_rule_of_a_bundle_stands_at_some_row() -> None:
    for shelf in shipped().by_bundle.values():
        books = [shipped_handbooks()[shelf.bundle.tag(entry)] for entry in shelf.bundle.spec.kinds]
        told = {note.rule for book in books for row in rows_of(book).values() for note in row.rules}
        assert told == {entry.rule for entry in shelf.bundle.spec.rules}
        assert told <= set(RULES)


def test_a_handbook_of_another_edition_is_not_given() -> None:
    (edition, *_) = shipped().editions()
    assert shipped().handbook(edition) is not None
    assert shipped().handbook(replace(edition, stamp="other")) is None
    assert SchemaLibrary.load([BUNDLES]).handbook(edition) is None
    again = SchemaLibrary(shipped().bundles, earlier=shipped())
    assert again.editions() == shipped().editions()


def test_what_there_is_can_be_listed_without_xmlschema() -> None:
    """The list is asked for in the event loop; to import xmlschema takes some tenths of a second."""
    code = (
        "import sys; from pathlib import Path; from schemas.library import SchemaLibrary; "
        "editions = SchemaLibrary.load([Path(sys.argv[1])]).editions(); "
        "print(len(editions), 'xmlschema' in sys.modules)"
    )
    root = BUNDLES.parents[1]
    done = subprocess.run(
        [sys.executable, "-c", code, BUNDLES], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [str(len(TAGS)), "False"]
