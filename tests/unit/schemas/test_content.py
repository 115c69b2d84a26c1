"""Content: a wrong child is told by the content model, a wrong namespace once."""

import pytest
import xmlschema
from lxml import etree

from gateway.core.errors import Refused
from gateway.core.refusal import Finding, RefusalCode
from schemas.explain import explain
from tests.unit.schemas.builders import a_library, a_message

LIBRARY = a_library()
XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:t" xmlns:t="urn:t" {form}>
  <xs:element name="kopf">
    <xs:complexType>{model}</xs:complexType>
  </xs:element>
  <xs:element name="stamm" abstract="true"/>
  <xs:element name="ast" substitutionGroup="t:stamm"/>
  <xs:element name="zweig" substitutionGroup="t:stamm"/>
</xs:schema>"""


def sequence(*particles: str) -> str:
    return f"<xs:sequence>{''.join(particles)}</xs:sequence>"


def choice(*particles: str, occurs: str = "") -> str:
    return f"<xs:choice {occurs}>{''.join(particles)}</xs:choice>"


def element(name: str, occurs: str = "") -> str:
    least, _, most = occurs.partition("-")
    return f'<xs:element name="{name}" minOccurs="{least or 1}" maxOccurs="{most or 1}"/>'


def findings(model: str, inside: str, form: str = "") -> tuple[Finding, ...]:
    schema = xmlschema.XMLSchema(XSD.format(model=model, form=form))
    return explain(schema, etree.fromstring(f'<t:kopf xmlns:t="urn:t">{inside}</t:kopf>')).findings


PLAIN = sequence(
    element("geburt"), element("einzugsdatum", "0"), element("leser.kennung"), element("zwei", "1-2")
)


@pytest.mark.parametrize(
    ("model", "inside", "path", "de", "expected"),
    [
        (
            PLAIN,
            "<geburt/><funktion/>",
            "/t:kopf/funktion",
            "„funktion“ gibt es in „kopf“ nicht.",
            "geburt | einzugsdatum | leser.kennung | zwei",
        ),
        (
            PLAIN,
            "<geburt/><leser.kennung/><einzugsdatum/><zwei/>",
            "/t:kopf/einzugsdatum",
            "„einzugsdatum“ steht zu spät: es gehört vor „leser.kennung“.",
            "",
        ),
        (
            PLAIN,
            "<leser.kennung/><zwei/>",
            "/t:kopf/leser.kennung",
            "Vor „leser.kennung“ fehlt „geburt“.",
            "geburt",
        ),
        (
            PLAIN,
            "<leser.kennung/><geburt/>",
            "/t:kopf/leser.kennung",
            "„leser.kennung“ steht zu früh: zuerst kommt „geburt“.",
            "geburt",
        ),
        (
            PLAIN,
            "<geburt/><geburt/><leser.kennung/><zwei/>",
            "/t:kopf/geburt[2]",
            "„geburt“ kommt zu oft vor: höchstens einmal.",
            "",
        ),
        (
            PLAIN,
            "<geburt/><leser.kennung/><zwei/><zwei/><zwei/>",
            "/t:kopf/zwei[3]",
            "„zwei“ kommt zu oft vor: höchstens 2-mal.",
            "",
        ),
        (PLAIN, "<geburt/>", "/t:kopf", "In „kopf“ fehlt „leser.kennung“, nach „geburt“.", "leser.kennung"),
        (PLAIN, "", "/t:kopf", "In „kopf“ fehlt „geburt“.", "geburt"),
        (
            sequence(element("a", "2-3"), element("b", "0")),
            "<a/><b/>",
            "/t:kopf/b",
            "„a“ kommt zu selten vor: mindestens 2-mal.",
            "a",
        ),
        (
            sequence(element("a", "2-3")),
            "<a/>",
            "/t:kopf",
            "„a“ kommt zu selten vor: mindestens 2-mal.",
            "a",
        ),
        (
            choice(sequence(element("a"), element("b")), element("c")),
            "",
            "/t:kopf",
            "In „kopf“ fehlt „a“ oder „c“.",
            "a | c",
        ),
        (
            choice(sequence(element("a"), element("b")), element("c")),
            "<c/><a/>",
            "/t:kopf/a",
            "„a“ und „c“ schließen einander aus: nur eines davon darf dort stehen.",
            "",
        ),
        (
            sequence(choice(element("a"), element("b"), occurs='minOccurs="0"'), element("c")),
            "",
            "/t:kopf",
            "In „kopf“ fehlt „c“.",
            "c",
        ),
        (
            f"<xs:all>{element('a')}{element('b')}</xs:all>",
            "<b/>",
            "/t:kopf",
            "In „kopf“ fehlt „a“.",
            "a",
        ),
        (
            sequence('<xs:element ref="t:stamm"/>', element("c")),
            "<c/>",
            "/t:kopf/c",
            "Vor „c“ fehlt „ast“ oder „zweig“.",
            "ast | zweig",
        ),
        (
            sequence('<xs:element ref="t:stamm"/>'),
            "<t:zweig/><t:ast/>",
            "/t:kopf/t:ast",
            "„ast“ kommt zu oft vor: höchstens einmal.",
            "",
        ),
    ],
)
def test_a_wrong_child_is_told_by_the_model(
    model: str, inside: str, path: str, de: str, expected: str
) -> None:
    (finding,) = findings(model, inside)
    assert (finding.path, finding.rule) == (path, "cvc-content")
    assert (finding.de, finding.expected) == (de, expected)
    assert finding.en != finding.de


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Einzugsdatum", "einzugsdatum"),
        ("einzugs-datum", "einzugsdatum"),
        ("einzugdatum", "einzugsdatum"),
        ("einzugssdatum", "einzugsdatum"),
        ("einzugsdatun", "einzugsdatum"),
        ("einzugsdautm", "einzugsdatum"),
        ("leserKennung", "leser.kennung"),
        ("Zwei", "zwei"),
        ("dre", None),
        ("auszugsdatum", None),
        ("e" * 20_000, None),
    ],
)
def test_a_misspelt_name_is_set_right(name: str, meant: str | None) -> None:
    finding = findings(PLAIN, f"<{name}/>")[0]
    assert ("Meinten Sie" in finding.de) is (meant is not None)
    assert finding.de.endswith(f"Meinten Sie „{meant}“?" if meant else " nicht.")
    assert len(finding.de) < 250


def test_a_repeated_group_forbids_nothing_that_it_allows() -> None:
    model = sequence(choice(element("a"), element("b"), occurs='maxOccurs="unbounded"'), element("c"))
    assert findings(model, "<b/><a/><b/><c/>") == ()
    (finding,) = findings(model, "<b/><c/><a/>")
    assert finding.de == "„a“ steht zu spät: es gehört vor „c“."


def test_of_many_names_those_that_are_missing_come_first() -> None:
    model = sequence(*(element(f"e{number}", "0") for number in range(40)), element("muss"))
    (finding,) = findings(model, "<fremd/>")
    assert finding.expected.startswith("muss | e0 | e1")
    assert finding.expected.endswith("| …")


def test_children_that_should_be_qualified() -> None:
    (finding,) = findings(PLAIN, "<geburt/><leser.kennung/><zwei/>", 'elementFormDefault="qualified"')
    assert (finding.rule, finding.path, finding.expected) == ("cvc-namespace", "/t:kopf/geburt", "urn:t")
    assert finding.de == "„geburt“ gehört in den Namensraum urn:t, steht aber nicht darin."


@pytest.mark.parametrize(
    ("inside", "advice"),
    [
        (
            '<geburt xmlns="urn:fremd"/>',
            "Nur das Wurzelelement trägt den Namensraum; schreiben Sie es mit einem Präfix.",
        ),
        ("<t:geburt/>", "Schreiben Sie es ohne Präfix."),
    ],
)
def test_a_child_that_should_be_in_no_namespace(inside: str, advice: str) -> None:
    (finding,) = findings(PLAIN, inside + "<t:leser.kennung/><zwei/>")
    assert (finding.rule, finding.expected) == ("cvc-namespace", "")
    assert finding.de == f"„geburt“ steht in einem Namensraum, gehört hier aber in keinen. {advice}"
    assert "urn:fremd" not in str(finding)


def test_deeper_than_the_root_the_advice_is_another() -> None:
    model = sequence(
        f'<xs:element name="innen"><xs:complexType>{sequence(element("a"))}</xs:complexType></xs:element>'
    )
    (finding,) = findings(model, '<innen><a xmlns="urn:t"/></innen>')
    assert finding.de.endswith(
        "Geben Sie dem Namensraum ein Präfix, und schreiben Sie es nur vor die Elemente, die in ihn gehören."
    )


def test_a_default_namespace_is_told_once_and_nothing_else() -> None:
    content = a_message().replace(b"<p:", b"<").replace(b"</p:", b"</").replace(b"xmlns:p=", b"xmlns=")
    with pytest.raises(Refused) as caught:
        LIBRARY.open(content)
    (refusal,) = caught.value.refusals
    assert refusal.code is RefusalCode.SCHEMA_INVALID
    ((path, rule, line),) = [(each.path, each.rule, each.line) for each in refusal.findings]
    assert (path, rule, line) == ("/probe.anmeldung.0101/nachrichtenkopf.g2g", "cvc-namespace", 3)


def test_a_default_namespace_in_a_document_too_long_to_explain() -> None:
    content = a_message("<person/>" * 30_000).replace(b"<p:", b"<").replace(b"</p:", b"</")
    with pytest.raises(Refused) as caught:
        LIBRARY.open(content.replace(b"xmlns:p=", b"xmlns="))
    (refusal,) = caught.value.refusals
    assert [each.rule for each in refusal.findings] == ["cvc-namespace"]
