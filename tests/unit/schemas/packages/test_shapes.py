"""Shapes: packages are made in many ways, and become bundles that give the right verdicts."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from schemas.library import SchemaLibrary
from schemas.packages.faults import PackageIncomplete, PackageRefused
from tests.unit.schemas.packages.builders import (
    CODE,
    FAR,
    a_folder,
    a_g2g_message,
    a_root,
    a_schema,
    a_type,
    an_element,
    g2g,
    installed,
)

DAY = date(2026, 6, 1)
SPACE = "urn:test:probe:1.0"
HEAD = an_element("nachrichtenkopf.g2g", "t:Kopf")
CODES = a_schema(CODE, a_type("Code", an_element("code", "xs:token")))
QUALIFIED = 'elementFormDefault="qualified"'


def verdict(into: Path, content: bytes) -> list[str]:
    """The rules that a document breaks, each with its place."""
    library = SchemaLibrary.load([into])
    refusals = library.check(library.open(content), DAY).refusals
    return [f"{each.rule} {each.path}" for refusal in refusals for each in refusal.findings]


def with_codes(location: str, *, root: str = "probe.antrag.0101", inside: str = "") -> str:
    body = f'<xs:import namespace="{CODE}" schemaLocation="{location}"/>'
    return a_schema(SPACE, body + g2g("c:Code") + a_root(root, HEAD, inside))


def message(inside: str = "", root: str = "probe.antrag.0101") -> bytes:
    return a_g2g_message(SPACE, root, inside, attributes="")


def fault_of(package: Path, into: Path, **more: tuple[str, ...]) -> str:
    with pytest.raises(PackageRefused) as caught:
        installed(package, into, **more)  # type: ignore[arg-type]
    (problem,) = caught.value.problems
    return f"{problem.file}: {problem.en}"


def test_schemas_that_are_there_twice_are_taken_once(tmp_path: Path) -> None:
    package = a_folder(
        tmp_path / "paket",
        {
            # As it is published, and once more with all that it needs beside it.
            "xsd/probe.xsd": with_codes(f"{FAR}/code/code.xsd"),
            "xsd_dev/probe.xsd": with_codes("code.xsd").replace('xmlns:b="urn:test:basis:1_1"', ""),
            "xsd_dev/code.xsd": CODES,
        },
    )
    assert installed(package, tmp_path / "into").kinds == 1
    assert verdict(tmp_path / "into", message()) == []


def test_a_module_that_lies_beside_each_of_its_users_is_taken_once(tmp_path: Path) -> None:
    package = a_folder(
        tmp_path / "paket",
        {
            f"{name}/{file}": content
            for name in ("eins", "zwei")
            for file, content in (
                (f"{name}.xsd", a_schema(f"urn:test:{name}", part(name))),
                ("code.xsd", CODES),
            )
        }
        | {
            "probe.xsd": a_schema(
                SPACE,
                "".join(
                    f'<xs:import namespace="urn:test:{name}" schemaLocation="{name}/{name}.xsd"/>'
                    for name in ("eins", "zwei")
                )
                + g2g()
                + a_root("probe.antrag.0101", HEAD, an_element("a", "e:eins"), an_element("b", "z:zwei")),
                head='xmlns:e="urn:test:eins" xmlns:z="urn:test:zwei"',
            )
        },
    )
    assert installed(package, tmp_path / "into").files == 4
    inside = "<a><art><code>1</code></art></a><b><art><code>2</code></art></b>"
    assert verdict(tmp_path / "into", message(inside)) == []


def part(name: str) -> str:
    return f'<xs:import namespace="{CODE}" schemaLocation="code.xsd"/>' + a_type(
        name, an_element("art", "c:Code")
    )


def test_files_that_contradict_each_other_are_installed_one_by_one(tmp_path: Path) -> None:
    package = a_folder(
        tmp_path / "paket",
        {
            f"profil {name}.xsd": a_schema(SPACE, g2g() + a_root("probe.antrag.0101", HEAD, an_element(name)))
            for name in ("klein", "gross")
        },
    )
    told = fault_of(package, tmp_path / "into")
    assert "'probe.antrag.0101' is described in profil gross.xsd too" in told
    assert "--entry 'profil gross.xsd' / --entry 'profil klein.xsd'" in told
    installed(package, tmp_path / "into", entry=("profil klein.xsd",))
    assert verdict(tmp_path / "into", message("<klein/>")) == []


def test_the_document_element_of_gml_is_the_message(tmp_path: Path) -> None:
    gml = "urn:test:gml"
    base = f"""<xs:element name="AbstractGML" abstract="true"/>
      <xs:element name="AbstractFeature" abstract="true" substitutionGroup="g:AbstractGML"/>
      <xs:element name="member"><xs:complexType><xs:sequence><xs:element ref="g:AbstractFeature"/>
      </xs:sequence></xs:complexType></xs:element>{a_type("FeatureType", an_element("name"))}"""
    own = f"""<xs:import namespace="{gml}" schemaLocation="gml.xsd"/>
      <xs:element name="Auszug" type="t:AuszugType" substitutionGroup="g:AbstractGML"/>
      {a_type("AuszugType", '<xs:element ref="g:member" maxOccurs="unbounded"/>')}
      <xs:element name="Plan" type="g:FeatureType" substitutionGroup="g:AbstractFeature"/>"""
    spaces = f'{QUALIFIED} xmlns:g="{gml}"'
    package = a_folder(
        tmp_path / "paket",
        {"plan.xsd": a_schema(SPACE, own, head=spaces), "gml.xsd": a_schema(gml, base, head=spaces)},
    )
    assert installed(package, tmp_path / "into").kinds == 1
    inside = f'<g:member xmlns:g="{gml}"><Plan><g:name/></Plan></g:member>'
    assert verdict(tmp_path / "into", f'<Auszug xmlns="{SPACE}">{inside}</Auszug>'.encode()) == []
    assert verdict(tmp_path / "into", f'<Auszug xmlns="{SPACE}"/>'.encode()) == ["cvc-content /Auszug"]


def test_the_attributes_of_xml_need_no_schema_of_their_own(tmp_path: Path) -> None:
    where = "http://www.w3.org/2001/xml.xsd"
    body = f"""<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="{where}"/>
      <xs:complexType name="Text"><xs:simpleContent><xs:extension base="xs:string">
      <xs:attribute ref="xml:lang" use="required"/></xs:extension></xs:simpleContent></xs:complexType>"""
    schema = a_schema(SPACE, body + g2g() + a_root("probe.antrag.0101", HEAD, an_element("text", "t:Text")))
    installed(a_folder(tmp_path / "paket", {"probe.xsd": schema}), tmp_path / "into")
    assert verdict(tmp_path / "into", message('<text xml:lang="hsb">Wjerbno</text>')) == []
    assert verdict(tmp_path / "into", message('<text xml:lang="1">Wjerbno</text>')) == [
        "cvc-pattern /m:probe.antrag.0101/text/@lang"
    ]
    assert verdict(tmp_path / "into", message("<text>Wjerbno</text>")) == [
        "cvc-attribute-missing /m:probe.antrag.0101/text"
    ]


def test_a_namespace_that_nobody_describes_is_named(tmp_path: Path) -> None:
    body = f'<xs:import namespace="{CODE}"/>' + g2g("c:Code") + a_root("probe.antrag.0101", HEAD)
    package = a_folder(tmp_path / "paket", {"xsd/probe.xsd": a_schema(SPACE, body)})
    with pytest.raises(PackageIncomplete) as caught:
        installed(package, tmp_path / "into")
    problem = caught.value.problems[0]
    assert problem.file == "xsd/probe.xsd"
    assert f"describes the namespace {CODE} of 'Code'" in problem.en


def test_what_is_described_nowhere_is_named_with_its_place(tmp_path: Path) -> None:
    body = g2g() + a_root("probe.antrag.0101", HEAD, "\n", an_element("wert", "t:Gibtsnicht"))
    told = fault_of(a_folder(tmp_path / "paket", {"xsd/probe.xsd": a_schema(SPACE, body)}), tmp_path / "into")
    assert told == f"xsd/probe.xsd: 'Gibtsnicht' ({SPACE}) is needed and described nowhere"


def test_links_of_every_kind(tmp_path: Path) -> None:
    """Redefined, without a namespace of its own, in a circle, with backslashes, in UTF-16, with a BOM."""
    chameleon = a_schema(None, a_type("Ort", an_element("plz", "xs:token"))).replace("UTF-8", "UTF-16")
    base = a_schema(
        SPACE,
        f'<xs:import namespace="{CODE}" schemaLocation="CODE.xsd"/>'
        + g2g()
        + "<xs:simpleType name='Zahl'><xs:restriction base='xs:int'/></xs:simpleType>",
    )
    code = a_schema(
        CODE,
        f'<xs:import namespace="{SPACE}" schemaLocation="../probe.xsd"/>'
        + a_type("Art", an_element("code", "xs:token"), an_element("zahl", "p:Zahl")),
        head=f'xmlns:p="{SPACE}"',
    )
    body = f"""<xs:redefine schemaLocation="teile\\basis typen.xsd"><xs:simpleType name="Zahl">
        <xs:restriction base="t:Zahl"><xs:maxInclusive value="9"/></xs:restriction></xs:simpleType></xs:redefine>
      <xs:include schemaLocation=" teile/Straße%20und%20Ort.xsd "/>
      <xs:import namespace="{CODE}" schemaLocation="teile/code.xsd"/>"""
    body += a_root("probe.antrag.0101", HEAD, an_element("art", "c:Art"), an_element("ort", "t:Ort"))
    package = a_folder(
        tmp_path / "paket",
        {
            "probe.xsd": b"\xef\xbb\xbf" + a_schema(SPACE, body).encode(),
            "teile/basis typen.xsd": base,
            # An ß and umlauts as a Mac writes them.
            "teile/Straße und Ort.xsd": chameleon.encode("utf-16"),
            "teile/code.xsd": code,
        },
    )
    installed(package, tmp_path / "into")

    def inside(zahl: int) -> bytes:
        return message(f"<art><code>1</code><zahl>{zahl}</zahl></art><ort><plz>15806</plz></ort>")

    assert verdict(tmp_path / "into", inside(9)) == []
    assert verdict(tmp_path / "into", inside(10)) == ["cvc-max-inclusive /m:probe.antrag.0101/art/zahl"]


def test_a_zip_as_it_comes_from_other_systems(tmp_path: Path) -> None:
    """Zips in a zip, names in the code page of a German Windows, and what a Mac leaves behind."""
    schema = with_codes("../Schlüssel/Größen.xsd")
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("XProbe 1.0/xsd/probe.xsd", schema)
        archive.writestr("XProbe 1.0/Schl?ssel/Gr??en.xsd", CODES)
        archive.writestr("__MACOSX/XProbe 1.0/._probe.xsd", b"\0")
        archive.writestr(".DS_Store", b"\0")
    raw = inner.getvalue().replace(b"Schl?ssel/Gr??en", "Schlüssel/Größen".encode("cp850"))
    with zipfile.ZipFile(tmp_path / "XProbe.zip", "w") as archive:
        archive.writestr("XProbe-Schemata.zip", raw)
        archive.writestr("XProbe-Spezifikation.pdf", b"%PDF")
    installed(tmp_path / "XProbe.zip", tmp_path / "into")
    assert verdict(tmp_path / "into", message()) == []


@pytest.mark.parametrize(
    ("namespace", "name", "version"),
    [
        ("urn:test:probe_1.4", "probe.xsd", "1.4"),
        ("http://test.example/probe/2/3/1", "probe.xsd", "2.3.1"),
        ("http://test.example/probe2511a", "probe_v25.11.xsd", "25.11"),
    ],
)
def test_a_version_that_only_names_tell(tmp_path: Path, namespace: str, name: str, version: str) -> None:
    schema = a_schema(namespace, g2g() + a_root("probe.antrag.0101", HEAD)).replace('version="1.0" >', ">")
    assert installed(a_folder(tmp_path / "paket", {name: schema}), tmp_path / "into").version == version


def test_one_of_several_versions_is_chosen_by_its_folder(tmp_path: Path) -> None:
    def files(version: str) -> dict[str, str]:
        space = f"http://test.example/probe/{version.replace('.', '/')}"
        return {
            f"V {version}/{name}.xsd": a_schema(
                space,
                a_root(f"probe.{name}.000{number}", an_element("wert")),
                version=version,
            )
            for number, name in enumerate(("eins", "zwei"))
        }

    package = a_folder(tmp_path / "paket", files("1.9") | files("2.0"))
    told = fault_of(package, tmp_path / "into")
    assert "several versions. Install each on its own: --entry 'V 1.9'; --entry 'V 2.0'" in told
    done = installed(package, tmp_path / "into", entry=("V 2.0",))
    assert (done.version, done.kinds) == ("2.0", 2)


def test_an_entry_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    package = a_folder(tmp_path / "paket", {"a/probe.xsd": a_schema(SPACE, a_root("probe.antrag.0101"))})
    told = fault_of(package, tmp_path / "into", entry=("prbe.xsd",))
    assert told == "prbe.xsd: the package has no such schema file. There are: a/probe.xsd"


def test_versions_that_share_a_namespace_are_chosen_by_their_folder(tmp_path: Path) -> None:
    """As XJustiz has them: one namespace for ever, and the version in a fixed attribute."""

    def files(version: str, kind: str) -> dict[str, str]:
        fixed = f'<xs:attribute name="version" type="xs:token" use="required" fixed="{version}"/>'
        base = g2g() + a_type("Nachricht", HEAD, an_element("wert", kind), attributes=fixed)
        roots = {
            f"V{version}/{number}_nachrichten.xsd": a_schema(
                SPACE,
                '<xs:include schemaLocation="grunddatensatz.xsd"/>'
                + an_element(f"nachricht.probe.000000{number}", "t:Nachricht"),
                version=version,
            )
            for number in (1, 2)
        }
        return roots | {f"V{version}/grunddatensatz.xsd": a_schema(SPACE, base, version=version)}

    package = a_folder(tmp_path / "paket", files("3.4", "xs:int") | files("3.5", "xs:date"))
    told = fault_of(package, tmp_path / "into")
    assert "--entry V3.4 / --entry V3.5" in told
    for version, wert in (("3.4", "7"), ("3.5", "2026-06-01")):
        assert installed(package, tmp_path / "into", entry=(f"V{version}",)).version == version
        root, inside = "nachricht.probe.0000002", f"<wert>{wert}</wert>"
        content = a_g2g_message(SPACE, root, inside, attributes=f'version="{version}"')
        assert verdict(tmp_path / "into", content) == []


def test_a_file_that_many_want_is_missed_once_with_the_place_where_it_is_published(tmp_path: Path) -> None:
    wants = f'<xs:import namespace="{CODE}" schemaLocation="{FAR}/code.xsd"/>'
    package = a_folder(
        tmp_path / "paket",
        {
            f"{name}.xsd": a_schema(SPACE, wants + a_root(f"probe.{name}.0001", an_element("art", "c:Code")))
            for name in ("a", "b", "c")
        },
    )
    told = fault_of(package, tmp_path / "into")
    assert told == (
        f"a.xsd: the file 'code.xsd' is missing from the package (published at {FAR}/code.xsd, "
        f"namespace {CODE}; 2 other places need it)"
    )


def test_a_single_file_is_a_package_and_a_supplement(tmp_path: Path) -> None:
    folder = a_folder(tmp_path / "dateien", {"probe.xsd": with_codes(f"{FAR}/code.xsd"), "code.xsd": CODES})
    with pytest.raises(PackageIncomplete):
        installed(folder / "probe.xsd", tmp_path / "into")
    installed(folder / "probe.xsd", tmp_path / "into", folder / "code.xsd")
    assert verdict(tmp_path / "into", message()) == []


def test_a_package_without_messages_is_told_what_it_is(tmp_path: Path) -> None:
    told = fault_of(a_folder(tmp_path / "baustein", {"code.xsd": CODES}), tmp_path / "into")
    assert told.endswith("If it is a module of other packages, name it with --with for these")
    bare = a_folder(tmp_path / "ohne", {"probe.xsd": a_schema(None, a_root("Probe", an_element("wert")))})
    assert fault_of(bare, tmp_path / "into").startswith("probe.xsd: the schema has no targetNamespace")
