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
IN_FORCE = date(2026, 12, 1)
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


REFUSED_BY: dict[str, set[RefusalCode]] = {
    "invalid-by-rule": {RefusalCode.RULE_BROKEN},
    "invalid-by-code-list": {RefusalCode.CODE_UNKNOWN, RefusalCode.CODE_LIST_UNKNOWN},
}
"""What the schema accepts, by the folder that it lies in."""


def expected(path: Path) -> tuple[str, str]:
    found = EXPECT.search(path.read_text(encoding="utf-8"))
    assert found, "a sample that is no good names its rule and place in a comment"
    return found["rule"], found["path"]


@pytest.mark.parametrize(
    "path", [each for sort in ("invalid", *REFUSED_BY) for each in samples(sort)], ids=name
)
def test_invalid(path: Path) -> None:
    assert expected(path) in broken(path)


@pytest.mark.parametrize("path", [each for sort in REFUSED_BY for each in samples(sort)], ids=name)
def test_invalid_beyond_the_schema_alone(path: Path) -> None:
    verdict = LIBRARY.check(LIBRARY.open(path.read_bytes()), IN_FORCE)
    codes = {refusal.code for refusal in verdict.refusals}
    assert len(codes) == 1
    assert codes <= REFUSED_BY[path.parent.name]


@pytest.mark.parametrize("path", samples("warned"), ids=name)
def test_warned(path: Path) -> None:
    verdict = LIBRARY.check(LIBRARY.open(path.read_bytes()), IN_FORCE)
    assert verdict.refusals == ()
    assert expected(path) in [(each.rule, plain(each.path)) for each in verdict.warnings]


@pytest.mark.parametrize("sort", ["valid", "invalid", *REFUSED_BY])
def test_every_kind_has_samples_of_every_sort(sort: str) -> None:
    opened = [path.read_text(encoding="utf-8") for path in samples(sort)]
    lacking = [
        f"{known.kind.standard} {known.kind.version} {known.kind.root}"
        for known in LIBRARY.kinds()
        # Nobody but the gateway writes a Rueckweisung.
        if known.kind.service != "transport/rueckweisung" or sort in {"valid", "invalid"}
        if not any(f":{known.kind.root} " in text and f'"{known.namespace}"' in text for text in opened)
    ]
    assert lacking == []
