"""Rules of a package: taken along, tried, drafted, and applied in a process that is not ours."""

import tomllib
from datetime import date
from pathlib import Path

import pytest

from gateway.core.refusal import RefusalCode
from schemas.library import SchemaLibrary
from tests.unit.schemas.packages.builders import (
    a_folder,
    a_g2g_message,
    a_root,
    a_schema,
    an_element,
    g2g,
    installed,
)

SPACE = "urn:test:probe:1.0"
HEAD = an_element("nachrichtenkopf.g2g", "t:Kopf")
VERSION = '<xs:attribute name="version" type="xs:token" use="required"/>'
XSD = a_schema(
    SPACE,
    g2g() + a_root("probe.antrag.0101", HEAD, an_element("plz"), an_element("name"), attributes=VERSION),
)
SCH = 'xmlns:sch="http://purl.oclc.org/dsdl/schematron"'
PATTERN = f"""<sch:pattern {SCH}><sch:rule context="plz">
  <sch:assert id="PLZ-1" test="{{test}}" flag="fatal">Die PLZ <sch:value-of select="."/> gibt es nicht.</sch:assert>
  <sch:assert id="PLZ-2" test="../name != ''" role="warning">Kein Name.</sch:assert></sch:rule></sch:pattern>"""
INCLUDING = f'<sch:schema {SCH} queryBinding="xslt2"><sch:include href="../gemeinsam/plz.sch"/></sch:schema>'
DAY = date(2026, 6, 1)


def a_message(plz: str, name: str = "Nowak") -> bytes:
    return a_g2g_message(SPACE, "probe.antrag.0101", f"<plz>{plz}</plz><name>{name}</name>")


def drafted(folder: Path) -> list[dict[str, object]]:
    entries: list[dict[str, object]] = tomllib.loads((folder / "bundle.toml").read_text()).get(
        "schematron", []
    )
    return entries


def test_rules_come_along_with_what_they_include_and_apply(tmp_path: Path) -> None:
    package = a_folder(
        tmp_path / "paket",
        {
            "xsd/probe.xsd": XSD,
            "regeln/eingang/probe.sch": INCLUDING,
            "regeln/gemeinsam/plz.sch": PATTERN.format(test="matches(., '^[0-9]{5}$')"),
        },
    )
    done = installed(package, tmp_path / "into")
    assert (done.rules, done.rules_left_out) == (1, ())
    assert drafted(done.folder) == [{"file": "schematron/package/eingang/probe.sch"}]
    library = SchemaLibrary.load([tmp_path / "into"])
    library.warm(rules=True)
    # Who asks it waits for another process.
    assert library.glance(a_message("12345"), DAY) is None
    assert library.check(library.open(a_message("12345")), DAY).refusals == ()
    verdict = library.check(library.open(a_message("1234X", "")), DAY)
    (refusal,) = verdict.refusals
    assert refusal.code == RefusalCode.RULE_BROKEN
    assert [(each.rule, each.path.rpartition("/")[2]) for each in refusal.findings] == [
        ("schematron:PLZ-1", "plz")
    ]
    assert [each.rule for each in verdict.warnings] == ["schematron:PLZ-2"]
    assert "1234X" not in str(verdict)


def test_a_published_file_in_another_encoding_with_a_doctype(tmp_path: Path) -> None:
    text = PATTERN.format(test="string-length(.) = 5").replace("Kein Name", "Namen mögen ü")
    content = f'<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE sch:schema><sch:schema {SCH}>{text}</sch:schema>'
    files: dict[str, str | bytes] = {"probe.xsd": XSD, "schöne Regeln.sch": content.encode("latin-1")}
    done = installed(a_folder(tmp_path / "paket", files), tmp_path / "into")
    assert done.rules == 1
    library = SchemaLibrary.load([tmp_path / "into"])
    (warning,) = library.check(library.open(a_message("12345", "")), DAY).warnings
    assert warning.de == "Namen mögen ü."


@pytest.mark.parametrize(
    ("sch", "cause"),
    [
        (
            f'<sch:schema {SCH} queryBinding="xslt2">{PATTERN.format(test="gibt-es-nicht(.)")}</sch:schema>',
            "XPST0017",
        ),
        (f"<sch:schema {SCH}>{PATTERN.format(test='a[')}</sch:schema>", "no XPath"),
        (
            f'<sch:schema {SCH} queryBinding="xslt2">{PATTERN.format(test="doc(.)")}</sch:schema>',
            "beyond the message",
        ),
        (f'<sch:schema {SCH}><sch:include href="../fehlt.sch"/></sch:schema>', "fehlt.sch"),
        (f'<sch:schema {SCH} queryBinding="stx"/>', "query binding"),
        ("<sch:schema", "no XML"),
    ],
)
def test_rules_that_can_not_be_used_are_told_and_left_out(tmp_path: Path, sch: str, cause: str) -> None:
    good = f"<sch:schema {SCH}>{PATTERN.format(test='true()')}</sch:schema>"
    package = a_folder(tmp_path / "paket", {"probe.xsd": XSD, "a.sch": sch, "b.sch": good})
    done = installed(package, tmp_path / "into")
    assert done.rules == 1
    assert drafted(done.folder) == [{"file": "schematron/package/b.sch"}]
    ((name, _, en),) = done.rules_left_out
    assert name == "a.sch"
    assert cause in en
    draft = (done.folder / "bundle.toml").read_text()
    assert '# file = "schematron/package/a.sch"' in draft
    assert cause in draft


def test_rules_that_never_end_hold_up_no_installation(tmp_path: Path) -> None:
    bomb = "".join(f'<sch:extends href="{n + 1}.sch"/>' for n in range(1) for _ in range(9))
    files = {
        f"{n}.sch": f"<sch:pattern {SCH}>{bomb.replace('1.sch', f'{n + 1}.sch')}</sch:pattern>"
        for n in range(9)
    }
    files |= {
        "probe.xsd": XSD,
        "a.sch": f'<sch:schema {SCH}><sch:include href="0.sch"/></sch:schema>',
        "9.sch": f"<sch:p {SCH}/>",
    }
    done = installed(a_folder(tmp_path / "paket", files), tmp_path / "into")
    ((name, _, en),) = done.rules_left_out
    assert (name, "too many files" in en) == ("a.sch", True)
