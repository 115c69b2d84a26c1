"""Builders: the bundles and samples that stand in the repository."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import xmlschema
from lxml import etree

import schemas

BUNDLES = Path(schemas.__file__).parent / "bundles"
FOLDERS = sorted(path.parent for path in BUNDLES.glob("*/*/bundle.toml"))
VALID = sorted(BUNDLES.glob("*/*/samples/valid/*.xml"))
INVALID = sorted(BUNDLES.glob("*/*/samples/invalid/*.xml"))
SCHEMA_FILES = sorted(BUNDLES.glob("*/*/*.xsd"))


def name_of(path: Path) -> str:
    """What a test calls a file: its path below the bundles."""
    return str(path.relative_to(BUNDLES))


def bundle_of(sample: Path) -> Path:
    return sample.parents[2]


@cache
def spec_of(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "bundle.toml").read_text(encoding="utf-8"))


def entry_of(folder: Path) -> Path:
    (entry,) = spec_of(folder)["entry"]
    return folder / str(entry)


@cache
def libxml2_schema(folder: Path) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(entry_of(folder)))


@cache
def explaining_schema(folder: Path) -> xmlschema.XMLSchema10:
    return xmlschema.XMLSchema10(str(entry_of(folder)), allow="local", defuse="always")


@dataclass(frozen=True)
class Expectation:
    """What the first comment of an invalid sample announces."""

    rule: str
    path: str


def expectation_of(sample: Path) -> Expectation:
    second_line = sample.read_text(encoding="utf-8").splitlines()[1]
    match = re.fullmatch(r"<!-- expect: (cvc-[a-z-]+) at (/\S+) -->", second_line)
    assert match, f"{name_of(sample)} does not say what is to be expected"
    return Expectation(match[1], match[2])


def local_path(path: str) -> str:
    """An XPath without positions and prefixes."""
    return re.sub(r"\[\d+\]|(?<=/)\w+:", "", path)
