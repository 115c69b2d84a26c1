"""Every sample is what its folder says, for libxml2 and for xmlschema alike."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from lxml import etree

from tests.unit.bundles.builders import (
    FOLDERS,
    INVALID,
    VALID,
    bundle_of,
    expectation_of,
    explaining_schema,
    libxml2_schema,
    local_path,
    name_of,
    spec_of,
)

RULES = {
    "SCHEMAV_CVC_PATTERN_VALID": "cvc-pattern",
    "SCHEMAV_CVC_ENUMERATION_VALID": "cvc-enumeration",
    "SCHEMAV_CVC_MINLENGTH_VALID": "cvc-min-length",
    "SCHEMAV_CVC_MAXLENGTH_VALID": "cvc-max-length",
    "SCHEMAV_CVC_MININCLUSIVE_VALID": "cvc-min-inclusive",
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": "cvc-max-inclusive",
    "SCHEMAV_CVC_FRACTIONDIGITS_VALID": "cvc-fraction-digits",
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": "cvc-datatype",
    "SCHEMAV_ELEMENT_CONTENT": "cvc-content",
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": "cvc-attribute-unknown",
    "SCHEMAV_CVC_COMPLEX_TYPE_4": "cvc-attribute-missing",
    "SCHEMAV_CVC_AU": "cvc-fixed",
}


@pytest.mark.parametrize("sample", VALID, ids=name_of)
def test_a_valid_sample_is_accepted_by_both(sample: Path) -> None:
    document = etree.parse(sample)
    assert libxml2_schema(bundle_of(sample)).validate(document)
    assert explaining_schema(bundle_of(sample)).is_valid(str(sample))


@pytest.mark.parametrize("sample", INVALID, ids=name_of)
def test_an_invalid_sample_is_refused_by_both_for_what_it_announces(sample: Path) -> None:
    expected = expectation_of(sample)
    schema = libxml2_schema(bundle_of(sample))

    assert not schema.validate(etree.parse(sample))
    assert not explaining_schema(bundle_of(sample)).is_valid(str(sample))

    (error,) = cast("Iterable[Any]", schema.error_log)
    # libxml2 names the element where an attribute is at fault.
    place = expected.path.partition("/@")[0]
    assert (RULES[error.type_name], local_path(error.path)) == (expected.rule, place)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_every_kind_has_its_samples(folder: Path) -> None:
    for kind in spec_of(folder)["kinds"]:
        root = f"{{{spec_of(folder)['namespace']}}}{kind['root']}"
        name = str(kind["root"]).split(".")[1]
        valid = {path.name for path in VALID if path.parent.parent.parent == folder and _root(path) == root}
        invalid = [path for path in INVALID if path.parent.parent.parent == folder and _root(path) == root]
        assert {f"{name}-{size}.xml" for size in ("klein", "voll", "zeichen")} <= valid
        assert len(invalid) >= 3


def test_every_sample_has_a_nachrichten_uuid_of_its_own() -> None:
    uuids = Counter(
        etree.parse(sample).findtext(".//nachrichtenUUID", default="") for sample in [*VALID, *INVALID]
    )
    assert [uuid for uuid, times in uuids.items() if times > 1 or not uuid] == []


def _root(sample: Path) -> str:
    return str(etree.parse(sample).getroot().tag)
