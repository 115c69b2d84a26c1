"""Every Rueckweisung is valid by its own schema, says why with a code of the list, and never answers an answer."""

import re
from base64 import b64decode
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from gateway.clock import legal_date
from gateway.core.document import Element
from gateway.core.errors import Refused
from gateway.core.message import Kommunikationspartner, MessageKind, Nachrichtenkopf
from gateway.core.refusal import Finding, Refusal, RefusalCode
from gateway.core.tenants import Portal
from gateway.reports.imprint import Imprint
from gateway.reports.rueckweisung import answers_something, rueckweisung
from schemas.door import parse
from schemas.library import SchemaLibrary
from tests.builders import ANMELDUNG, NOON, a_kopf, a_portal

BUNDLES = Path(__file__).parents[3] / "schemas" / "bundles"
LIBRARY = SchemaLibrary.load([BUNDLES])
INSTANCE = "urn:uuid:3f1e0c58-52f5-4c4b-9a43-0d7f5b0a8e11"
UUID = "4c1ff3a2-6d0e-4f0c-9a53-1b0a5a7f0e11"
IMPRINT = Imprint("Rechenzentrum Chóśebuz", "xga:rz-1")


@dataclass(frozen=True)
class Opened:
    """A document of which a rejection reads the header alone."""

    content: bytes
    kind: MessageKind
    kopf: Nachrichtenkopf
    root: Element
    order_key: str | None = None


def opened(kopf: Nachrichtenkopf | None = None) -> Opened:
    return Opened(b"<m/>", ANMELDUNG, kopf or a_kopf(uuid=UUID), parse(b"<m/>"))


def written(
    *refusals: Refusal,
    document: Opened | None = None,
    content: bytes = b"<m/>",
    portal: Portal | None = None,
    imprint: Imprint = IMPRINT,
) -> bytes | None:
    refused = Refused(*(refusals or (Refusal(RefusalCode.NOT_BOOKED),)), document=document)
    return rueckweisung(refused, content, portal or a_portal(), imprint, instance=INSTANCE, at=NOON)


def checked(message: bytes | None) -> etree._Element:
    assert message is not None
    document = LIBRARY.open(message)
    verdict = LIBRARY.check(document, legal_date(NOON))
    assert verdict.refusals == ()
    return etree.fromstring(message)


def texts(message: etree._Element, path: str) -> list[str]:
    return [str(each.text) for each in message.iterfind(path)]


@pytest.mark.parametrize("code", RefusalCode)
@pytest.mark.parametrize("document", [opened(), None], ids=["opened", "not opened"])
def test_every_reason_becomes_a_valid_message(code: RefusalCode, document: Opened | None) -> None:
    message = checked(written(Refusal(code), document=document))

    (given_code,) = texts(message, "grund/fehlercode/code")
    expected = Refusal(code).xinneres
    assert given_code == (expected if expected and not expected.isdigit() else "S999")
    assert len(texts(message, "grund/text")[0]) > 60
    assert texts(message, "grund/kennzeichen") == [code]


@pytest.mark.parametrize(
    ("sample", "expected"), [("abmeldung-fassung", "S010"), ("abmeldung-rechtsform", "S011")]
)
def test_a_wrong_list_and_a_wrong_code_have_codes_of_their_own(sample: str, expected: str) -> None:
    content = (BUNDLES / f"ab-gewerbe/1.0/samples/invalid-by-code-list/{sample}.xml").read_bytes()
    document = LIBRARY.open(content)
    refused = Refused(*LIBRARY.check(document, legal_date(NOON)).refusals, document=document)
    message = checked(rueckweisung(refused, content, a_portal(), IMPRINT, instance=INSTANCE, at=NOON))
    assert texts(message, "grund/fehlercode/code") == [expected]


def test_who_says_what_to_whom() -> None:
    message = checked(written(document=opened()))

    assert texts(message, "nachrichtenkopf.g2g/leser/kennung") == ["psw:01003110"]
    assert texts(message, "nachrichtenkopf.g2g/autor/kennung") == ["xga:rz-1"]
    assert texts(message, "rueckweisendeStelle/kennung") == ["xga:rz-1"]
    assert texts(message, "rueckweisendeStelle/name") == ["Rechenzentrum Chóśebuz"]
    assert texts(message, "nachrichtenkopf.g2g/referenzUUID") == [UUID]
    assert texts(message, "zurueckgewieseneNachricht/nachrichtenUUID") == [UUID]
    assert texts(message, "vorgang") == [INSTANCE]
    assert "9013" in texts(message, "grund/text")[0]


def test_where_the_kind_is_described_is_told_where_others_can_follow() -> None:
    about = {"standard": "ab-x", "version": "1.0", "root": "x.y.0001"}
    finding = Finding("/a/größe", "cvc-pattern", "Falsch.", "Wrong.", anchor="/größe")
    refusal = Refusal(RefusalCode.SCHEMA_INVALID, about, (finding,))
    far = replace(IMPRINT, documentation_url="https://doku.example/{standard}/{version}/{root}.html")
    page = "https://doku.example/ab-x/1.0/x.y.0001.html"

    message = checked(written(refusal, imprint=far))
    assert texts(message, "grund/text")[0].endswith(f" Beschreibung: {page}")
    assert texts(message, "grund/fundstelle/text") == [f"Falsch. Beschreibung: {page}#/gr%C3%B6%C3%9Fe"]
    # An address without a server means nothing to who reads it elsewhere.
    assert b"Beschreibung" not in (written(refusal) or b"")


def test_the_original_comes_back_byte_for_byte() -> None:
    content = "<größe>\r\n kaputt".encode()
    message = checked(written(content=content))
    assert b64decode(texts(message, "zurueckgewieseneNachricht/original")[0]) == content
    assert texts(message, "zurueckgewieseneNachricht/nachrichtenUUID") == []
    assert texts(checked(written(content=b"")), "zurueckgewieseneNachricht/original") == []


def test_each_rejection_is_a_message_of_its_own() -> None:
    first, second = (checked(written()) for _ in range(2))
    path = ".//identifikation.nachricht/nachrichtenUUID"
    assert texts(first, path) != texts(second, path)


def test_a_test_message_is_rejected_by_a_test_message() -> None:
    assert checked(written(document=opened(a_kopf(test=True)))).get("test") == "true"
    assert checked(written(document=opened())).get("test") is None


def test_who_may_not_act_for_the_author_is_named_itself() -> None:
    foreign = opened(a_kopf(autor="psw:99999999"))
    message = checked(written(document=foreign))
    assert texts(message, "nachrichtenkopf.g2g/leser/kennung") == ["psw:01003110"]


@pytest.mark.parametrize("autoren", [("*",), ("psw:1", "psw:2"), (), ("kein Muster",)])
def test_without_a_sender_there_is_no_rejection(autoren: tuple[str, ...]) -> None:
    assert written(portal=a_portal(autoren=autoren)) is None


def test_an_author_that_no_schema_takes_is_not_repeated() -> None:
    kopf = replace(a_kopf(uuid="<nicht>"), autor=Kommunikationspartner("<b>", "\n"))
    assert written(document=opened(kopf), portal=a_portal(autoren=("*",))) is None
    message = checked(written(document=opened(kopf)))
    assert texts(message, "nachrichtenkopf.g2g/referenzUUID") == []


@pytest.mark.parametrize(
    "content",
    [
        b"<rueckweisung.nachricht.0901/>",
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <a> --><rw:rueckweisung.nachricht.0901 xmlns:rw="x">',
        b"<x:administration.Rueckweisung.0020",
        b'<receipt xmlns="urn:amtsbote:receipt:1.0"/>',
        b"<statistik.quittung.0007/>",
        *(
            (BUNDLES / "ab-rueckweisung/1.0/samples/valid" / f"nachricht-{size}.xml").read_bytes()
            for size in ("klein", "voll")
        ),
    ],
)
def test_an_answer_is_never_answered(content: bytes) -> None:
    assert answers_something(content)
    assert written(content=content) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"kein XML",
        b"<m/>",
        b"<m><rueckweisung/></m>",
        b"<!-- <rueckweisung/> --><m/>",
        b"<!-- <rueckweisung/>",
    ],
)
def test_everything_else_may_be(content: bytes) -> None:
    assert not answers_something(content)


def test_a_long_prolog_takes_no_time() -> None:
    assert not answers_something(b"<!-- -->  <?a b?>" * 100_000)


def test_a_finding_stands_with_its_place_and_shape() -> None:
    finding = Finding("/m/plz", "cvc-pattern", "Das passt nicht.", "No.", "[0-9]{5}", 34, "9999")
    message = checked(written(Refusal(RefusalCode.SCHEMA_INVALID, findings=(finding,))))
    place = message.find("grund/fundstelle")
    assert place is not None
    assert {each.tag: each.text for each in place} == {
        "pfad": "/m/plz",
        "zeile": "34",
        "regel": "cvc-pattern",
        "erwartet": "[0-9]{5}",
        "form": "9999",
        "text": "Das passt nicht.",
    }


anything = st.text(max_size=40)


@settings(deadline=None, max_examples=60)
@given(path=anything, expected=anything, sentence=anything, name=anything, content=st.binary(max_size=60))
def test_whatever_stands_in_it_a_rejection_is_valid(
    path: str, expected: str, sentence: str, name: str, content: bytes
) -> None:
    finding = Finding(path, "cvc-pattern", sentence, "", expected, 1, expected)
    portal = replace(a_portal(), name=name)
    message = written(
        Refusal(RefusalCode.SCHEMA_INVALID, {"total": "1"}, (finding,) * 3),
        content=content,
        portal=portal,
        imprint=Imprint(name or "x", "gw:x"),
    )
    if not answers_something(content):
        checked(message)


def test_every_code_is_in_the_list_of_the_schema() -> None:
    listed = (BUNDLES / "ab-rueckweisung/1.0/rueckweisung-codes.xsd").read_text(encoding="utf-8")
    codes = set(re.findall(r'enumeration value="(\w+)"', listed))
    assert {each.xinneres for each in map(Refusal, RefusalCode) if each.xinneres} - codes == {"9013"}
    assert len(codes) == 21
