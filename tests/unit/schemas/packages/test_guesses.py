"""Guesses: headers that no layout describes are found by the names of their elements."""

from pathlib import Path

import pytest

from schemas.library import SchemaLibrary
from tests.unit.schemas.packages.builders import (
    UUID,
    a_folder,
    a_root,
    a_schema,
    a_type,
    an_element,
    installed,
)
from tests.unit.schemas.packages.test_layouts import CODE, SPACE, TIME, kopf, opened

NOBODY = "ags:99999999"
OPTIONAL = 'minOccurs="0"'


def a_package(folder: Path, head: str, *content: str) -> Path:
    body = CODE + a_type("Kopf", *content) + a_root("probe.bericht.030108", an_element(head, "t:Kopf"))
    return a_folder(folder, {"probe.xsd": a_schema(SPACE, body)})


def a_message(head: str, inside: str) -> str:
    return f'<m:probe.bericht.030108 xmlns:m="{SPACE}"><{head}>{inside}</{head}></m:probe.bericht.030108>'


@pytest.mark.parametrize(
    ("head", "names"),
    [
        ("nachrichtenkopf", ("nachrichtUUID", "erstelltDatumZeit", "empfaenger", "sender")),
        ("header", ("messageId", "timestamp", "recipient", "sender")),
        ("Kopfdaten", ("NachrichtenID", "Zeitstempel", "Empfänger", "Absender")),
    ],
)
def test_a_header_of_plain_texts(tmp_path: Path, head: str, names: tuple[str, str, str, str]) -> None:
    package = a_package(tmp_path / "paket", head, *(an_element(name) for name in names))
    done = installed(package, tmp_path / "into")
    assert (done.header, done.placeholders) == ("guessed", ())
    texts = (UUID, TIME, "ags:12072477", "psw:1")
    inside = "".join(f"<{name}>{text}</{name}>" for name, text in zip(names, texts, strict=True))
    document = opened(tmp_path / "into", a_message(head, inside))
    assert kopf(document) == (UUID, "030108", TIME, "ags:12072477", "psw:1")


def test_what_is_not_found_is_said_and_reaches_nobody(tmp_path: Path) -> None:
    package = a_package(
        tmp_path / "paket",
        "header",
        an_element("nachrichtID", "xs:token", OPTIONAL),
        an_element("erstellungszeitpunkt", "xs:dateTime"),
    )
    done = installed(package, tmp_path / "into")
    assert (done.header, done.placeholders) == ("guessed", ("leser_kennung", "autor_kennung"))
    draft = (done.folder / "bundle.toml").read_text(encoding="utf-8")
    assert "still placeholders: leser_kennung, autor_kennung" in draft
    time = f"<erstellungszeitpunkt>{TIME}</erstellungszeitpunkt>"
    document = opened(tmp_path / "into", a_message("header", f"<nachrichtID>{UUID}</nachrichtID>{time}"))
    assert kopf(document) == (UUID, "030108", TIME, NOBODY, NOBODY)
    without, again = (opened(tmp_path / "into", a_message("header", time)).kopf for _ in "ab")
    assert without.nachrichten_uuid == again.nachrichten_uuid != UUID


def test_partners_of_parts_and_by_name(tmp_path: Path) -> None:
    types = a_type("Stelle", an_element("praefix", "t:Code"), an_element("kennung", "t:Code")) + a_type(
        "Amt", an_element("stelle", "t:Stelle", OPTIONAL), an_element("name")
    )
    head = a_type(
        "Kopf",
        an_element("uuid", "xs:token"),
        an_element("nachrichtenart", "t:Code"),
        an_element("zeitstempel", "xs:dateTime"),
        an_element("empfaenger", "t:Amt"),
        an_element("absender", "t:Amt"),
    )
    body = CODE + types + head + a_root("Bericht", an_element("kopf", "t:Kopf"))
    done = installed(a_folder(tmp_path / "paket", {"probe.xsd": a_schema(SPACE, body)}), tmp_path / "into")
    assert (done.header, done.placeholders) == ("guessed", ())
    stelle = "<stelle><praefix><code>ags</code></praefix><kennung><code>12072477</code></kennung></stelle>"
    message = f"""<m:Bericht xmlns:m="{SPACE}"><kopf><uuid>{UUID}</uuid>
      <nachrichtenart><code>7</code></nachrichtenart><zeitstempel>{TIME}</zeitstempel>
      <empfaenger>{stelle}<name>Stadt</name></empfaenger><absender><name>Amt</name></absender></kopf></m:Bericht>"""
    assert kopf(opened(tmp_path / "into", message)) == (UUID, "7", TIME, "ags:12072477", "Amt")


def test_what_is_no_header_is_left_alone(tmp_path: Path) -> None:
    body = a_root("Liste", an_element("bezeichnung"), an_element("autor"))
    done = installed(a_folder(tmp_path / "paket", {"probe.xsd": a_schema(SPACE, body)}), tmp_path / "into")
    assert done.header == "none"
    assert done.placeholders == ("nachrichten_uuid", "erstellungszeitpunkt", "leser_kennung", "autor_kennung")
    SchemaLibrary.load([tmp_path / "into"])


def test_modules_of_one_package_may_have_versions_of_their_own(tmp_path: Path) -> None:
    """As XInneres has: each module a namespace and a version, and all together the package's."""
    said = """<xs:annotation><xs:appinfo><standard><nameTechnisch>probe.basis</nameTechnisch></standard>
      <versionStandard><version>26.11</version></versionStandard></xs:appinfo></xs:annotation>"""

    def module(name: str, version: str) -> str:
        fixed = f'<xs:attribute name="version" type="xs:token" use="required" fixed="{version}"/>'
        head = a_type("Kopf", an_element("nachrichtenID"), an_element("leser"), an_element("autor"))
        root = a_root(f"{name}.00{version}0", an_element("kopf", "t:Kopf"), attributes=fixed)
        return a_schema(f"http://probe.example/{name}/{version}", said + head + root, version=version)

    package = a_folder(
        tmp_path / "paket",
        {"quittung.xsd": module("quittung", "5"), "rueckweisung.xsd": module("rueckweisung", "6")},
    )
    done = installed(package, tmp_path / "into", standard=None)
    assert (done.standard, done.version, done.kinds) == ("probe-basis", "26.11", 2)
    for name, version in (("quittung", "5"), ("rueckweisung", "6")):
        document = opened(
            tmp_path / "into",
            f"""<m:{name}.00{version}0 xmlns:m="http://probe.example/{name}/{version}" version="{version}"><kopf>
            <nachrichtenID>{UUID}</nachrichtenID><leser>ags:1</leser><autor>ags:2</autor></kopf></m:{name}.00{version}0>""",
        )
        assert document.kopf.leser.kennung == "ags:1"
