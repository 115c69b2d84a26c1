"""The schemas keep the form that everything generated from them relies on."""

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.unit.bundles.builders import (
    BUNDLES,
    FOLDERS,
    SCHEMA_FILES,
    VALID,
    bundle_of,
    entry_of,
    explaining_schema,
    name_of,
    spec_of,
)

XS = "{http://www.w3.org/2001/XMLSchema}"
LABELLED = [f"{XS}{tag}" for tag in ("element", "attribute", "complexType", "simpleType", "attributeGroup")]


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_kinds_are_the_global_elements_of_the_schema(folder: Path) -> None:
    kinds = [kind["root"] for kind in spec_of(folder)["kinds"]]
    assert sorted(kinds) == sorted(explaining_schema(folder).elements)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_the_folder_is_named_by_standard_and_version(folder: Path) -> None:
    spec = spec_of(folder)
    area = str(spec["standard"]).removeprefix("ab-")
    assert (folder.parent.name, folder.name) == (spec["standard"], spec["version"])
    assert spec["namespace"] == f"urn:amtsbote:schema:{area}:{spec['version']}"
    fixed = {
        str(each.get("name")): each.get("fixed")
        for each in etree.parse(entry_of(folder)).iter(f"{XS}attribute")
        if each.get("fixed")
    }
    assert fixed == {"standard": spec["standard"], "version": spec["version"]}


@pytest.mark.parametrize("sample", VALID, ids=name_of)
def test_the_header_paths_of_the_bundle_find_their_facts(sample: Path) -> None:
    header = dict(spec_of(bundle_of(sample))["header"])
    test = header.pop("test")
    root = etree.parse(sample).getroot()
    for fact, path in header.items():
        found = root.xpath(f"string({path})")
        assert found, f"{fact} is not at {path}"
    assert bool(root.xpath(test)) == ("test" in root.attrib)
    assert root.xpath(f"string({header['nachrichtentyp']})") == etree.QName(root).localname.split(".")[-1]


@pytest.mark.parametrize("file", SCHEMA_FILES, ids=name_of)
def test_every_type_element_and_attribute_is_documented_in_german(file: Path) -> None:
    undocumented = [
        node.get("name")
        for node in etree.parse(file).iter(*LABELLED)
        if node.get("name") and not node.findtext(f"{XS}annotation/{XS}documentation", default="").strip()
    ]
    assert undocumented == []


@pytest.mark.parametrize("file", SCHEMA_FILES, ids=name_of)
def test_a_schema_reaches_only_files_beside_it_and_the_shared_modules(file: Path) -> None:
    locations = [
        str(node.get("schemaLocation")) for node in etree.parse(file).iter(f"{XS}import", f"{XS}include")
    ]
    for location in locations:
        assert re.fullmatch(r"((\.\./\.\./gemeinsam/1\.\d|\.\./1\.\d)/)?[a-z0-9-]+\.xsd", location)
        assert (file.parent / location).is_file()


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_the_overview_of_kinds_tells_what_the_bundle_says(folder: Path) -> None:
    overview = (BUNDLES.parents[1] / "docs/messages.md").read_text(encoding="utf-8")
    area = str(spec_of(folder)["standard"]).removeprefix("ab-")
    for kind in spec_of(folder)["kinds"]:
        leistung = f" {kind['leistung']} " if "leistung" in kind else " "
        row = f"| {area} | `{kind['root']}` | `{kind['service']}` |{leistung}| {kind['de']} | {kind['en']} | "
        assert row in overview
