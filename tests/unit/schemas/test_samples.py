"""The samples of every bundle: valid ones are valid, invalid ones are refused for the reason they name."""

import re
from datetime import date
from pathlib import Path

import pytest

from gateway.core.errors import Refused
from gateway.core.refusal import RefusalCode
from schemas.library import SchemaLibrary

BUNDLES = Path(__file__).parents[3] / "schemas" / "bundles"
LIBRARY = SchemaLibrary.load([BUNDLES])
IN_FORCE = date(2026, 7, 1)
EXPECT = re.compile(r"<!-- expect: (?P<rule>\S+) at (?P<path>\S+) -->")


def samples(sort: str) -> list[Path]:
    return sorted(BUNDLES.glob(f"*/*/samples/{sort}/*.xml"))


def name(path: Path) -> str:
    return f"{path.parts[-5]}-{path.stem}"


def plain(path: str) -> str:
    """A path without prefixes and positions."""
    return re.sub(r"(?<=/)[\w.\-]+:|\[\d+\]", "", path)


def broken(path: Path) -> list[tuple[str, str]]:
    try:
        refusals = LIBRARY.check(LIBRARY.open(path.read_bytes()), IN_FORCE).refusals
    except Refused as refused:
        refusals = refused.refusals
    return [(finding.rule, plain(finding.path)) for refusal in refusals for finding in refusal.findings]


@pytest.mark.parametrize("path", samples("valid"), ids=name)
def test_valid(path: Path) -> None:
    assert LIBRARY.check(LIBRARY.open(path.read_bytes()), IN_FORCE).refusals == ()


@pytest.mark.parametrize("path", [*samples("invalid"), *samples("invalid-by-rule")], ids=name)
def test_invalid(path: Path) -> None:
    expected = EXPECT.search(path.read_text(encoding="utf-8"))
    assert expected, "an invalid sample names its rule and place in a comment"
    assert (expected["rule"], expected["path"]) in broken(path)


@pytest.mark.parametrize("path", samples("invalid-by-rule"), ids=name)
def test_invalid_by_rule_alone(path: Path) -> None:
    verdict = LIBRARY.check(LIBRARY.open(path.read_bytes()), IN_FORCE)
    codes = {refusal.code for refusal in verdict.refusals}
    assert len(codes) == 1
    assert codes <= {RefusalCode.RULE_BROKEN, RefusalCode.CODE_UNKNOWN, RefusalCode.CODE_LIST_UNKNOWN}


def test_every_bundle_has_samples_that_break_its_rules() -> None:
    with_rules = {
        path.parts[-3]
        for path in BUNDLES.glob("*/*/bundle.toml")
        if "[[rules]]" in path.read_text(encoding="utf-8")
    }
    assert {path.parts[-5] for path in samples("invalid-by-rule")} == with_rules


def test_every_kind_has_samples_of_both_sorts() -> None:
    for sort in ("valid", "invalid"):
        opened = [path.read_text(encoding="utf-8") for path in samples(sort)]
        for known in LIBRARY.kinds():
            assert any(f":{known.kind.root} " in text for text in opened), (sort, known.kind.root)
