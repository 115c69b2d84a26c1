"""Packages as published become bundles: what is found, what is refused and why."""

import stat
import zipfile
from datetime import date
from pathlib import Path

import pytest

from gateway.core.document import Document
from gateway.core.errors import Refused
from gateway.core.refusal import RefusalCode
from schemas.library import SchemaLibrary
from schemas.packages.faults import PackageIncomplete, PackageRefused
from tests.unit.schemas.packages.builders import (
    BASE,
    CODE,
    FAR,
    UUID,
    a_folder,
    a_g2g_message,
    a_root,
    a_schema,
    a_type,
    a_zip,
    an_element,
    g2g,
    installed,
)

DAY = date(2026, 6, 1)
SPACE = "urn:test:probe:1.0"
HEAD = an_element("nachrichtenkopf.g2g", "t:Kopf")
VERSION = '<xs:attribute name="version" type="xs:token" use="required"/>'
SIMPLE = a_schema(SPACE, g2g() + a_root("probe.antrag.0101", HEAD, attributes=VERSION))


def opened(into: Path, content: bytes) -> Document:
    library = SchemaLibrary.load([into])
    document = library.open(content)
    assert library.check(document, DAY).refusals == ()
    return document


def problems(package: Path, into: Path) -> list[str]:
    with pytest.raises(PackageRefused) as caught:
        installed(package, into)
    assert not [path for path in into.rglob("*") if path.is_file()]
    return [str(problem) for problem in caught.value.problems]


def test_a_package_becomes_a_bundle_with_a_draft(tmp_path: Path) -> None:
    package = a_folder(tmp_path / "paket", {"xsd/probe.xsd": SIMPLE})
    done = installed(package, tmp_path / "into")
    assert (done.standard, done.version, done.kinds, done.header) == ("probe", "1.0", 1, "xoev")
    document = opened(tmp_path / "into", a_g2g_message(SPACE, "probe.antrag.0101"))
    assert document.kopf.nachrichten_uuid == UUID
    assert document.kopf.nachrichtentyp == "0101"
    assert document.kopf.leser.kennung == "ags:12072477"
    assert document.kopf.autor.kennung == "psw:01003110"
    assert document.kind.service == "probe/probe-antrag-0101"


def test_far_imports_are_found_in_the_package_by_name_namespace_and_path(tmp_path: Path) -> None:
    code = a_schema(CODE, a_type("Code", an_element("code", "xs:token")))
    other = a_schema(
        "urn:test:andere", "<xs:simpleType name='X'><xs:restriction base='xs:int'/></xs:simpleType>"
    )
    body = (
        f'<xs:import namespace="{CODE}" schemaLocation="{FAR}/code/1_0/code.xsd"/>'
        f'<xs:import namespace="{BASE}" schemaLocation="{FAR}/basis/heisst-anders.xsd"/>'
    )
    package = a_folder(
        tmp_path / "paket",
        {
            "probe.xsd": a_schema(
                SPACE,
                body + g2g("c:Code") + a_root("probe.antrag.0101", HEAD, an_element("wert", "b:Wert")),
            ),
            # The same name twice, for different namespaces, and twice for one in different folders.
            "fremd/code.xsd": other,
            "alt/code.xsd": a_schema(CODE, ""),
            "code/1_0/code.xsd": code,
            "basis mit Ümlaut.xsd": a_schema(
                BASE, "<xs:simpleType name='Wert'><xs:restriction base='xs:int'/></xs:simpleType>"
            ),
        },
    )
    installed(package, tmp_path / "into", entry=("probe.xsd",))
    message = a_g2g_message(SPACE, "probe.antrag.0101", "<wert>7</wert>", attributes="")
    assert opened(tmp_path / "into", message).kopf.nachrichtentyp == "0101"
    wrong = message.replace(b">7<", b">sieben<")
    library = SchemaLibrary.load([tmp_path / "into"])
    assert [each.code for each in library.check(library.open(wrong), DAY).refusals] == [
        RefusalCode.SCHEMA_INVALID
    ]


def test_what_is_missing_is_named_with_who_wants_it_and_may_come_from_a_supplement(tmp_path: Path) -> None:
    body = f'\n<xs:import namespace="{CODE}" schemaLocation="{FAR}/code/1_0/code.xsd"/>'
    package = a_folder(
        tmp_path / "paket",
        {"probe.xsd": a_schema(SPACE, body + g2g("c:Code") + a_root("probe.antrag.0101", HEAD))},
    )
    with pytest.raises(PackageIncomplete) as caught:
        installed(package, tmp_path / "into")
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("probe.xsd", 4)
    assert "'code.xsd' is missing" in problem.en
    assert CODE in problem.en
    supplement = a_zip(
        tmp_path / "mehr.zip", {"code.xsd": a_schema(CODE, a_type("Code", an_element("code", "xs:token")))}
    )
    installed(package, tmp_path / "into", supplement)
    opened(tmp_path / "into", a_g2g_message(SPACE, "probe.antrag.0101", attributes=""))


def test_files_that_fit_equally_and_differ_are_ambiguous(tmp_path: Path) -> None:
    body = f'<xs:import namespace="{CODE}" schemaLocation="{FAR}/code.xsd"/>'
    package = a_folder(
        tmp_path / "paket",
        {
            "x/probe.xsd": a_schema(SPACE, body + g2g() + a_root("probe.antrag.0101", HEAD)),
            "a/code.xsd": a_schema(CODE, ""),
            "b/code.xsd": a_schema(CODE, an_element("etwas")),
        },
    )
    (problem,) = problems(package, tmp_path / "into")
    assert "several different files fit" in problem
    assert "a/code.xsd, b/code.xsd" in problem


def test_23_entry_files_of_one_namespace(tmp_path: Path) -> None:
    files = {"basis.xsd": a_schema(SPACE, g2g())}
    for number in range(23):
        include = '<xs:include schemaLocation="basis.xsd"/>'
        files[f"teil-{number:02}.xsd"] = a_schema(SPACE, include + a_root(f"probe.teil.{number:04}", HEAD))
    done = installed(a_folder(tmp_path / "paket", files), tmp_path / "into")
    assert done.kinds == 23
    for number in (0, 22):
        opened(tmp_path / "into", a_g2g_message(SPACE, f"probe.teil.{number:04}", attributes=""))


def test_a_namespace_spread_over_files_that_are_imported_apart(tmp_path: Path) -> None:
    def part(name: str, kind: str) -> str:
        body = f'<xs:import namespace="{BASE}" schemaLocation="{kind}.xsd"/><xs:include schemaLocation="kopf.xsd"/>'
        return a_schema(SPACE, body + a_root(name, HEAD, an_element("wert", f"b:{kind}")))

    simple = "<xs:simpleType name='{0}'><xs:restriction base='xs:int'/></xs:simpleType>"
    package = a_folder(
        tmp_path / "paket",
        {
            "kopf.xsd": a_schema(SPACE, g2g()),
            "eins.xsd": part("probe.eins.0001", "Eins"),
            "zwei.xsd": part("probe.zwei.0002", "Zwei"),
            "Eins.xsd": a_schema(BASE, simple.format("Eins")),
            "Zwei.xsd": a_schema(BASE, simple.format("Zwei")),
        },
    )
    installed(package, tmp_path / "into")
    for root in ("probe.eins.0001", "probe.zwei.0002"):
        opened(tmp_path / "into", a_g2g_message(SPACE, root, "<wert>1</wert>", attributes=""))


def test_versions_told_apart_by_a_fixed_attribute_alone(tmp_path: Path) -> None:
    for version in ("3.4", "3.5"):
        fixed = f'<xs:attribute name="version" type="xs:token" use="required" fixed="{version}"/>'
        body = g2g() + a_root("probe.antrag.0101", HEAD, attributes=fixed)
        package = a_folder(tmp_path / version, {"probe.xsd": a_schema("urn:test:immer", body, version="3")})
        assert installed(package, tmp_path / "into").version == version
    for version in ("3.4", "3.5"):
        message = a_g2g_message("urn:test:immer", "probe.antrag.0101", attributes=f'version="{version}"')
        assert opened(tmp_path / "into", message).kind.version == version
    with pytest.raises(Refused) as caught:
        SchemaLibrary.load([tmp_path / "into"]).open(
            a_g2g_message("urn:test:immer", "probe.antrag.0101", attributes='version="3.6"')
        )
    assert caught.value.refusals[0].code == RefusalCode.VERSION_NOT_SUPPORTED


def test_two_versions_in_one_package_ask_for_a_choice(tmp_path: Path) -> None:
    package = a_folder(
        tmp_path / "paket",
        {
            f"{version}/probe.xsd": a_schema(
                f"urn:test:probe:{version}", g2g() + a_root("probe.antrag.0101", HEAD), version=version
            )
            for version in ("1.0", "1.1")
        },
    )
    (problem,) = problems(package, tmp_path / "into")
    assert "several versions" in problem
    assert installed(package, tmp_path / "into", entry=("1.1/probe.xsd",)).version == "1.1"


def test_a_doctype_and_another_encoding_are_no_obstacle_and_load_nothing(tmp_path: Path) -> None:
    secret = tmp_path / "geheim"
    secret.write_text("geheim")
    signature = f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE xs:schema PUBLIC "-//W3C//DTD XMLSchema 200102//EN" "{secret.as_uri()}" [
  <!ENTITY c '{CODE}'><!ENTITY % p SYSTEM "{secret.as_uri()}"> ]>
<!-- Lizenz: bleibt -->
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:c="{CODE}" targetNamespace="&c;">
  <xs:annotation><xs:documentation>Prüfung</xs:documentation></xs:annotation>
  {a_type("Code", an_element("code", "xs:token"))}</xs:schema>"""
    body = f'<xs:import namespace="{CODE}" schemaLocation="sig.xsd"/>'
    package = a_folder(
        tmp_path / "paket",
        {
            "probe.xsd": a_schema(SPACE, body + g2g("c:Code") + a_root("probe.antrag.0101", HEAD)),
            "sig.xsd": signature.encode("latin-1"),
        },
    )
    done = installed(package, tmp_path / "into")
    written = (done.folder / "schema/package/sig.xsd").read_text(encoding="utf-8")
    assert "DOCTYPE" not in written
    assert "Prüfung" in written
    assert "Lizenz: bleibt" in written
    assert "geheim" not in written
    opened(tmp_path / "into", a_g2g_message(SPACE, "probe.antrag.0101", attributes=""))


def test_a_hostile_schema_is_given_up(tmp_path: Path) -> None:
    # A few kilobytes that describe 800 ** 6 elements.
    part = '<xs:group ref="t:G{}" minOccurs="0" maxOccurs="40"/>'
    groups = [
        f'<xs:group name="G{n}"><xs:sequence>{part.format(n + 1) * 20}</xs:sequence></xs:group>'
        for n in range(6)
    ]
    last = f'<xs:group name="G6"><xs:sequence>{an_element("e")}</xs:sequence></xs:group>'
    hostile = '<xs:complexType name="X"><xs:group ref="t:G0"/></xs:complexType>'
    body = "".join(groups) + last + hostile + g2g() + a_root("probe.antrag.0101", HEAD)
    package = a_folder(tmp_path / "paket", {"probe.xsd": a_schema(SPACE, body)})
    (problem,) = problems(package, tmp_path / "into")
    assert "compiling the schema takes more time or memory" in problem


def test_a_pattern_that_can_hang_is_named(tmp_path: Path) -> None:
    simple = (
        '<xs:simpleType name="S"><xs:restriction base="xs:string"><xs:pattern value="([a-z]+)+x"/>'
        "</xs:restriction></xs:simpleType>"
    )
    body = simple + g2g() + a_root("probe.antrag.0101", HEAD, an_element("s", "t:S"))
    (problem,) = problems(
        a_folder(tmp_path / "paket", {"probe.xsd": a_schema(SPACE, body)}), tmp_path / "into"
    )
    assert "([a-z]+)+x" in problem


def test_an_entity_bomb_is_refused(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f"""<!DOCTYPE xs:schema [<!ENTITY e0 "aaaaaaaaaa">{entities}]>
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"><xs:annotation><xs:documentation>&e11;</xs:documentation>
</xs:annotation></xs:schema>"""
    (problem,) = problems(a_folder(tmp_path / "paket", {"probe.xsd": bomb}), tmp_path / "into")
    assert "no XML" in problem


@pytest.mark.parametrize(
    ("name", "cause"),
    [
        ("../aus.xsd", "leads out of it"),
        ("/etc/aus.xsd", "leads out of it"),
        ("x\\..\\..\\aus.xsd", "leads out of it"),
        ("C:\\aus.xsd", "leads out of it"),
    ],
)
def test_a_zip_whose_paths_lead_out_is_refused(tmp_path: Path, name: str, cause: str) -> None:
    package = a_zip(tmp_path / "paket.zip", {"probe.xsd": SIMPLE, name: SIMPLE})
    assert cause in problems(package, tmp_path / "into")[0]


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "paket.zip"
    info = zipfile.ZipInfo("link.xsd")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    assert "not followed" in problems(path, tmp_path / "into")[0]


def test_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    package = a_folder(tmp_path / "paket", {"probe.xsd": SIMPLE})
    (package / "link.xsd").symlink_to("/etc/passwd")
    assert "not followed" in problems(package, tmp_path / "into")[0]


def test_a_zip_bomb_is_refused(tmp_path: Path) -> None:
    package = a_zip(tmp_path / "paket.zip", {"probe.xsd": SIMPLE, "bombe.xsd": " " * 21_000_000})
    assert package.stat().st_size < 100_000
    assert "larger than 20 MB" in problems(package, tmp_path / "into")[0]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 und nichts weiter", b"kein Zip"])
def test_what_is_no_package_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "paket.zip"
    path.write_bytes(content)
    assert problems(path, tmp_path / "into")


def test_a_package_without_a_schema_is_refused(tmp_path: Path) -> None:
    assert "no schemas" in problems(a_folder(tmp_path / "paket", {"lies.txt": "mich"}), tmp_path / "into")[0]


def test_an_installed_version_is_not_overwritten(tmp_path: Path) -> None:
    package = a_folder(tmp_path / "paket", {"probe.xsd": SIMPLE})
    done = installed(package, tmp_path / "into")
    before = (done.folder / "bundle.toml").read_bytes()
    with pytest.raises(PackageRefused, match="installed already"):
        installed(package, tmp_path / "into")
    assert (done.folder / "bundle.toml").read_bytes() == before


def test_two_bundles_of_the_same_messages_are_refused(tmp_path: Path) -> None:
    package = a_folder(tmp_path / "paket", {"probe.xsd": SIMPLE})
    installed(package, tmp_path / "into")
    with pytest.raises(Exception, match="already belongs to the bundle"):
        installed(package, tmp_path / "into", standard="andere")
    assert [path.name for path in (tmp_path / "into").iterdir()] == ["probe"]


def test_a_package_that_names_no_version_needs_one(tmp_path: Path) -> None:
    nameless = SIMPLE.replace('           version="1.0"', "").replace(SPACE, "urn:test:probe")
    package = a_folder(tmp_path / "paket", {"probe.xsd": nameless})
    assert "--version" in problems(package, tmp_path / "into")[0]
    assert installed(package, tmp_path / "into", version="2.0").version == "2.0"
