"""Header facts: each known layout is recognised in a package and read from its messages."""

from datetime import date
from pathlib import Path

import pytest

from gateway.core.document import Document
from gateway.core.errors import Refused
from schemas.library import SchemaLibrary
from tests.unit.schemas.packages.builders import (
    BASE,
    UUID,
    a_folder,
    a_root,
    a_schema,
    a_type,
    an_element,
    installed,
)

SPACE = "urn:test:probe:1.0"
TIME = "2026-06-01T08:00:00Z"
CODE = a_type("Code", an_element("code", "xs:token"))
IDENTIFICATION = a_type(
    "Identifikation",
    an_element("nachrichtenUUID", "xs:token"),
    an_element("nachrichtentyp", "t:Code"),
    an_element("erstellungszeitpunkt", "xs:dateTime"),
)


def opened(into: Path, content: str) -> Document:
    library = SchemaLibrary.load([into])
    document = library.open(content.encode())
    assert library.check(document, date(2026, 6, 1)).refusals == ()
    return document


def kopf(document: Document) -> tuple[str, str, str, str, str]:
    found = document.kopf
    return (
        found.nachrichten_uuid,
        found.nachrichtentyp,
        found.erstellungszeitpunkt,
        found.leser.kennung,
        found.autor.kennung,
    )


def test_a_qualified_header_in_three_namespaces(tmp_path: Path) -> None:
    qualified = 'elementFormDefault="qualified"'
    g2g, behoerde = "urn:test:g2g", "urn:test:behoerde"
    own = (
        f'<xs:import namespace="{g2g}" schemaLocation="http://x.example/g2g.xsd"/>'
        f'<xs:element name="probe.antrag.0101"><xs:complexType><xs:complexContent><xs:extension base="g:Nachricht" '
        f'xmlns:g="{g2g}"/></xs:complexContent></xs:complexType></xs:element>'
    )
    head = (
        f'<xs:import namespace="{behoerde}" schemaLocation="behoerde.xsd"/>{CODE}{IDENTIFICATION}'
        f'<xs:element name="nachrichtenkopf.g2g" type="t:Kopf"/>'
        f'<xs:complexType name="Nachricht"><xs:sequence><xs:element ref="t:nachrichtenkopf.g2g"/></xs:sequence>'
        f'<xs:attribute name="test" type="xs:token"/></xs:complexType>'
    ) + a_type(
        "Kopf",
        an_element("identifikation.nachricht", "t:Identifikation"),
        an_element("leser", "o:Behoerde"),
        an_element("autor", "o:Behoerde"),
    )
    package = a_folder(
        tmp_path / "paket",
        {
            "probe.xsd": a_schema(SPACE, own, head=qualified),
            "g2g.xsd": a_schema(g2g, head, head=f'{qualified} xmlns:o="{behoerde}"'),
            "behoerde.xsd": a_schema(
                behoerde, a_type("Behoerde", an_element("kennung", "xs:token")), head=qualified
            ),
        },
    )
    assert installed(package, tmp_path / "into").header == "xoev"
    document = opened(
        tmp_path / "into",
        f"""<m:probe.antrag.0101 xmlns:m="{SPACE}" xmlns:g="{g2g}" xmlns:o="{behoerde}" test="ja">
        <g:nachrichtenkopf.g2g><g:identifikation.nachricht><g:nachrichtenUUID>{UUID}</g:nachrichtenUUID>
        <g:nachrichtentyp><g:code>0101</g:code></g:nachrichtentyp>
        <g:erstellungszeitpunkt>{TIME}</g:erstellungszeitpunkt></g:identifikation.nachricht>
        <g:leser><o:kennung>ags:12072477</o:kennung></g:leser><g:autor><o:kennung>psw:1</o:kennung></g:autor>
        </g:nachrichtenkopf.g2g></m:probe.antrag.0101>""",
    )
    assert kopf(document) == (UUID, "0101", TIME, "ags:12072477", "psw:1")
    assert document.kopf.test


@pytest.mark.parametrize("kennung", ["t:Code", "xs:token"])
def test_a_behoerdenkennung_of_praefix_and_kennung(tmp_path: Path, kennung: str) -> None:
    types = "".join(
        (
            CODE,
            IDENTIFICATION,
            a_type("Kennung", an_element("praefix", "t:Code"), an_element("kennung", kennung)),
            a_type("Behoerde", an_element("behoerdenkennung", "t:Kennung")),
            a_type(
                "Kopf",
                an_element("identifikation.nachricht", "t:Identifikation"),
                an_element("leser", "t:Behoerde"),
                an_element("autor", "t:Behoerde"),
            ),
        )
    )
    body = types + a_root("probe.antrag.0101", an_element("nachrichtenkopf", "t:Kopf"))
    installed(a_folder(tmp_path / "paket", {"probe.xsd": a_schema(SPACE, body)}), tmp_path / "into")

    def behoerde(praefix: str, wert: str) -> str:
        inside = f"<code>{wert}</code>" if kennung == "t:Code" else wert
        praefix = f"<praefix><code>{praefix}</code></praefix>"
        return f"<behoerdenkennung>{praefix}<kennung>{inside}</kennung></behoerdenkennung>"

    message = f"""<m:probe.antrag.0101 xmlns:m="{SPACE}"><nachrichtenkopf><identifikation.nachricht>
      <nachrichtenUUID>{UUID}</nachrichtenUUID><nachrichtentyp><code>0101</code></nachrichtentyp>
      <erstellungszeitpunkt>{TIME}</erstellungszeitpunkt></identifikation.nachricht>
      <leser>{behoerde("ags", "12072477")}</leser><autor>{behoerde("xga", "1")}</autor>
      </nachrichtenkopf></m:probe.antrag.0101>"""
    assert kopf(opened(tmp_path / "into", message)) == (UUID, "0101", TIME, "ags:12072477", "xga:1")
    with pytest.raises(Refused) as caught:
        SchemaLibrary.load([tmp_path / "into"]).open(message.replace("12072477", "").encode())
    place = "nachrichtenkopf/leser/behoerdenkennung"
    last = "kennung/code" if kennung == "t:Code" else "kennung"
    assert caught.value.refusals[0].facts["missing"] == f"{place}/praefix/code + {place}/{last}"


def test_xjustiz(tmp_path: Path) -> None:
    def choice(role: str) -> str:
        return f"""<xs:element name="auswahl_{role}"><xs:complexType><xs:choice>
          <xs:element name="{role}.gericht" type="t:Code"/><xs:element name="{role}.sonstige" type="xs:string"/>
          </xs:choice></xs:complexType></xs:element>"""

    head = a_type(
        "Kopf",
        an_element("aktenzeichen.absender"),
        an_element("erstellungszeitpunkt", "xs:dateTime"),
        choice("absender"),
        choice("empfaenger"),
        an_element("eigeneNachrichtenID", "xs:token"),
        attributes='<xs:attribute name="xjustizVersion" type="xs:token" use="required" fixed="3.5.1"/>',
    )
    root = a_root("nachricht.probe.mitteilung.0500001", an_element("nachrichtenkopf", "t:Kopf"))
    space = "http://justiz.example"
    qualified = 'elementFormDefault="qualified"'
    schema = a_schema(space, CODE + head + root, version="3.5", head=qualified)
    done = installed(a_folder(tmp_path / "paket", {"probe.xsd": schema}), tmp_path / "into")
    assert (done.header, done.version) == ("xjustiz", "3.5.1")
    document = opened(
        tmp_path / "into",
        f"""<nachricht.probe.mitteilung.0500001 xmlns="{space}"><nachrichtenkopf xjustizVersion="3.5.1">
        <aktenzeichen.absender>1 Js 2/26</aktenzeichen.absender><erstellungszeitpunkt>{TIME}</erstellungszeitpunkt>
        <auswahl_absender><absender.sonstige>Amt</absender.sonstige></auswahl_absender>
        <auswahl_empfaenger><empfaenger.gericht><code>U1308</code></empfaenger.gericht></auswahl_empfaenger>
        <eigeneNachrichtenID>{UUID}</eigeneNachrichtenID></nachrichtenkopf></nachricht.probe.mitteilung.0500001>""",
    )
    assert kopf(document) == (UUID, "0500001", TIME, "U1308", "Amt")


def test_xdomea(tmp_path: Path) -> None:
    types = "".join(
        (
            CODE,
            a_type("Kennung", an_element("Kennung", "t:Code"), an_element("Praefix", "t:Code")),
            a_type("Institution", an_element("Name")),
            a_type(
                "Kontakt",
                an_element("Behoerdenkennung", "t:Kennung", 'minOccurs="0"'),
                an_element("Institution", "t:Institution", 'minOccurs="0"'),
            ),
            a_type(
                "Kopf",
                an_element("ProzessID", "xs:token"),
                an_element("Nachrichtentyp", "t:Code"),
                an_element("Erstellungszeitpunkt", "xs:dateTime"),
                an_element("Absender", "t:Kontakt"),
                an_element("Empfaenger", "t:Kontakt"),
            ),
        )
    )
    body = types + a_root("Abgabe.Abgabe.0401", an_element("Kopf", "t:Kopf"))
    schema = a_schema(SPACE, body, head='elementFormDefault="qualified"')
    done = installed(a_folder(tmp_path / "paket", {"probe.xsd": schema}), tmp_path / "into")
    assert done.header == "xdomea"
    document = opened(
        tmp_path / "into",
        f"""<Abgabe.Abgabe.0401 xmlns="{SPACE}"><Kopf><ProzessID>{UUID}</ProzessID>
        <Nachrichtentyp><code>0401</code></Nachrichtentyp><Erstellungszeitpunkt>{TIME}</Erstellungszeitpunkt>
        <Absender><Institution><Name>Amt</Name></Institution></Absender>
        <Empfaenger><Behoerdenkennung><Kennung><code>12072477</code></Kennung>
        <Praefix><code>ags</code></Praefix></Behoerdenkennung></Empfaenger></Kopf></Abgabe.Abgabe.0401>""",
    )
    assert kopf(document) == (UUID, "0401", TIME, "ags:12072477", "Amt")


def test_no_header_leaves_placeholders_that_reach_nobody(tmp_path: Path) -> None:
    body = an_element("teil") + a_root("Auszug", '<xs:element ref="t:teil"/>')
    schema = a_schema(SPACE, body, head='elementFormDefault="qualified"')
    done = installed(a_folder(tmp_path / "paket", {"probe.xsd": schema}), tmp_path / "into")
    assert (done.header, done.kinds) == ("none", 1)
    message = f'<Auszug xmlns="{SPACE}"><teil>{{}}</teil></Auszug>'
    one, same, other = (opened(tmp_path / "into", message.format(each)) for each in "aab")
    assert one.kopf.leser.kennung == "ags:99999999"
    assert one.kopf.nachrichtentyp == "Auszug"
    assert one.kopf.nachrichten_uuid == same.kopf.nachrichten_uuid != other.kopf.nachrichten_uuid


def test_messages_of_one_package_may_keep_a_fact_in_different_places(tmp_path: Path) -> None:
    types = CODE + IDENTIFICATION + a_type("Behoerde", an_element("kennung", "xs:token"))
    roots = ""
    for number, name in ((101, "nachrichtenkopf.g2g"), (102, "nachrichtenkopf.g2b")):
        content = (
            an_element("identifikation.nachricht", "t:Identifikation"),
            an_element("leser", "t:Behoerde"),
            an_element("autor", "t:Behoerde"),
        )
        types += a_type(f"Kopf{number}", *content)
        roots += a_root(f"probe.antrag.0{number}", an_element(name, f"t:Kopf{number}"))
    installed(a_folder(tmp_path / "paket", {"probe.xsd": a_schema(SPACE, types + roots)}), tmp_path / "into")
    for number, name in ((101, "nachrichtenkopf.g2g"), (102, "nachrichtenkopf.g2b")):
        message = f"""<m:probe.antrag.0{number} xmlns:m="{SPACE}"><{name}><identifikation.nachricht>
          <nachrichtenUUID>{UUID}</nachrichtenUUID><nachrichtentyp><code>0{number}</code></nachrichtentyp>
          <erstellungszeitpunkt>{TIME}</erstellungszeitpunkt></identifikation.nachricht>
          <leser><kennung>ags:{number}</kennung></leser><autor><kennung>psw:1</kennung></autor></{name}>
          </m:probe.antrag.0{number}>"""
        assert opened(tmp_path / "into", message).kopf.leser.kennung == f"ags:{number}"


def test_references_are_checked_where_a_standard_has_them(tmp_path: Path) -> None:
    ids = '<xs:attribute name="id" type="xs:ID"/><xs:attribute name="zu" type="xs:IDREFS"/>'
    body = a_type("Teil", attributes=ids) + a_root(
        "Auszug",
        an_element("teil", "t:Teil", 'maxOccurs="unbounded"'),
        an_element("ref", "xs:IDREF", 'minOccurs="0" maxOccurs="unbounded"'),
    )
    installed(a_folder(tmp_path / "paket", {"probe.xsd": a_schema(BASE, body)}), tmp_path / "into")
    library = SchemaLibrary.load([tmp_path / "into"])

    def places(inside: str) -> list[str]:
        content = f'<m:Auszug xmlns:m="{BASE}">{inside}</m:Auszug>'.encode()
        refusals = library.check(library.open(content), date(2026, 6, 1)).refusals
        findings = [finding for refusal in refusals for finding in refusal.findings]
        assert not [each for each in findings if "geheim" in repr(each)]
        return [f"{each.rule} {each.path}" for each in findings]

    assert places('<teil id="a"/><teil id="b" zu="a b"/><ref>a</ref>') == []
    assert places('<teil id="a"/><teil zu="a geheim"/><ref>geheim2</ref><ref>a</ref>') == [
        "cvc-id /m:Auszug/teil[2]/@zu",
        "cvc-id /m:Auszug/ref[1]",
    ]
