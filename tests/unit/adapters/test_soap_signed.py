"""Answers of SOAP services: signed by whom they should be, and of several parts."""

from collections.abc import Callable
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from pydantic import ValidationError
from zeep.ns import DS, WSSE, WSU

from adapters.adapter import AskableTransport
from adapters.transports.soap.service import UNREADABLE
from adapters.transports.soap.signed import NOT_SIGNED, WRONGLY_SIGNED, Verifier
from adapters.transports.soap.transport import MTOM_UNREADABLE
from adapters.transports.soap.wsse import Security, WsSecurity
from gateway.core.check import StepName, StepResult
from gateway.core.outcome import Delivered
from tests.unit.adapters.builders import DELIVERY, NOW, an_inquiry
from tests.unit.adapters.certificates import Authority, Issued
from tests.unit.adapters.test_soap_foreign import (
    SOAP_11,
    SOAP_12,
    XML_12,
    a_transport,
    envelope,
    ergebnis,
    fault_12,
    sent,
    settings_of,
)
from tests.unit.adapters.wire import http, wire

BODY = f"{{{SOAP_12}}}Body"


@pytest.fixture
def theirs(tmp_path: Path) -> Issued:
    return Authority(tmp_path).issue("kasse")


def signed(by: Issued, answer: str = "", change: Callable[[etree._Element], object] = lambda _: None) -> str:
    """An answer as a system signs it, and as somebody changes it afterwards."""
    root = etree.fromstring(answer or envelope(ergebnis("gebucht")))
    settings = WsSecurity.model_validate({"certificate": by.certificate, "key": by.key})
    Security(settings).apply(root, NOW)
    change(root)
    return etree.tostring(root).decode()


def say_otherwise(root: etree._Element) -> None:
    stand = root.find(".//{urn:fremd:kasse}Fallnummer")
    assert stand is not None
    stand.text = "F-2"


def wrap(root: etree._Element) -> None:
    """The signed body moves aside, and another one takes its place under the same id."""
    body = root.find(BODY)
    assert body is not None
    other = deepcopy(body)
    root.replace(body, other)
    etree.SubElement(root[0], "Aside").append(body)
    say_otherwise(other)


def wrap_without_id(root: etree._Element) -> None:
    wrap(root)
    other = root.find(BODY)
    assert other is not None
    other.attrib.clear()


def stamp_anew(root: etree._Element) -> None:
    security = root.find(f".//{{{WSSE}}}Security")
    assert security is not None
    stamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    etree.SubElement(stamp, f"{{{WSU}}}Expires").text = "2099-01-01T00:00:00Z"


def sign_the_stamp_alone(root: etree._Element) -> None:
    for each in root.iterfind(f".//{{{DS}}}Reference"):
        body = root.find(BODY)
        assert body is not None
        if each.get("URI") == f"#{body.get(f'{{{WSU}}}Id')}":
            parent = each.getparent()
            assert parent is not None
            parent.remove(each)


async def test_an_answer_counts_that_the_system_has_signed(theirs: Issued) -> None:
    outcome, _ = await sent(signed(theirs), security={"verify_certificate": theirs.certificate})
    assert outcome == Delivered("F-1")


async def test_who_only_verifies_signs_nothing_of_its_own(theirs: Issued) -> None:
    _, (request,) = await sent(signed(theirs), security={"verify_certificate": theirs.certificate})
    assert b"Security" not in request.body


async def test_an_answer_without_a_signature_leaves_unclear_what_became_of_the_message(
    theirs: Issued,
) -> None:
    outcome, _ = await sent(
        envelope(ergebnis("gebucht")), security={"verify_certificate": theirs.certificate}
    )
    assert outcome == NOT_SIGNED


@pytest.mark.parametrize("change", [say_otherwise, wrap, wrap_without_id, stamp_anew, sign_the_stamp_alone])
async def test_what_somebody_has_changed_does_not_count(
    theirs: Issued, change: Callable[[etree._Element], object]
) -> None:
    answer = signed(theirs, change=change)
    outcome, _ = await sent(answer, security={"verify_certificate": theirs.certificate})
    assert outcome == WRONGLY_SIGNED


async def test_what_somebody_else_has_signed_does_not_count(theirs: Issued, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other").issue("kasse")
    outcome, _ = await sent(signed(other), security={"verify_certificate": theirs.certificate})
    assert outcome == WRONGLY_SIGNED


async def test_a_refusal_that_nobody_has_signed_refuses_nothing(theirs: Issued) -> None:
    security = {"verify_certificate": theirs.certificate}
    outcome, _ = await sent(fault_12("Sender"), http_status=400, security=security)
    assert outcome == NOT_SIGNED
    outcome, _ = await sent(signed(theirs, fault_12("Sender")), http_status=400, security=security)
    assert outcome.cause.code == "soap-fault:client"  # type: ignore[union-attr]  # Rejected


def test_an_answer_of_long_ago_does_not_count(theirs: Issued) -> None:
    verifier, answer = Verifier(theirs.certificate), signed(theirs).encode()
    assert verifier.doubt(answer, NOW + timedelta(minutes=9)) is None
    assert verifier.doubt(answer, NOW + timedelta(minutes=11)) == WRONGLY_SIGNED


def test_where_the_system_changes_its_certificate_both_are_good(theirs: Issued, tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    coming = Authority(tmp_path / "next").issue("kasse")
    both = tmp_path / "both.pem"
    both.write_bytes(theirs.certificate.read_bytes() + coming.certificate.read_bytes())
    for each in (theirs, coming):
        assert Verifier(both).doubt(signed(each).encode(), NOW) is None


@pytest.mark.parametrize("content", [b"", b"<a", b"<!DOCTYPE a><a/>"])
def test_what_is_no_envelope_is_unreadable(theirs: Issued, content: bytes) -> None:
    assert Verifier(theirs.certificate).doubt(content, NOW) == UNREADABLE


async def test_a_word_that_nobody_has_signed_says_nothing(theirs: Issued) -> None:
    ask = {
        "operation": "FallErfragen",
        "parameter": "Suche/Kennung",
        "status": "Stand",
        "statuses": {"da": "closed"},
    }
    stand = envelope('<Fallstand xmlns="urn:fremd:kasse"><Stand>da</Stand></Fallstand>')
    async with wire() as system:
        transport = a_transport(system.url, ask=ask, security={"verify_certificate": theirs.certificate})
        assert isinstance(transport, AskableTransport)
        system.say(http(200, stand, XML_12), http(200, signed(theirs, stand), XML_12))
        assert await transport.ask(an_inquiry()) is None
        word = await transport.ask(an_inquiry())
        assert getattr(word, "delivery", None) == DELIVERY
        await transport.aclose()


def test_what_is_no_certificate_is_told_by_the_check_of_the_configuration(theirs: Issued) -> None:
    with pytest.raises(ValidationError, match="verify_certificate holds no certificate"):
        settings_of(security={"verify_certificate": theirs.key})


async def test_the_check_looks_at_the_certificates_of_both(theirs: Issued) -> None:
    security = {
        "certificate": theirs.certificate,
        "key": theirs.key,
        "verify_certificate": theirs.certificate,
    }
    async with wire() as system:
        system.say(http(405))
        transport = a_transport(system.url, security=security)
        steps = [each async for each in transport.check()]
        await transport.aclose()
    found = {each.name: each.finding for each in steps}
    assert found[StepName.OWN_CERTIFICATE].days is not None
    assert found[StepName.CERTIFICATE].days is not None
    # The test's keys are: so files are looked at that only the header needs.
    assert found[StepName.FILES].code == "file-open-to-all"
    assert found[StepName.CALL].result is StepResult.OK


RELATED = 'multipart/related; boundary="b"; type="application/xop+xml"; start="<root@x>"'


def parts(*contents: tuple[str, str]) -> str:
    pieces = [f"--b\r\nContent-ID: <{id_}>\r\n\r\n{content}\r\n" for id_, content in contents]
    return "".join(pieces) + "--b--\r\n"


@pytest.mark.parametrize(("soap", "port"), [(SOAP_12, "Neu"), (SOAP_11, "Alt")])
async def test_an_answer_in_parts_is_read_by_the_part_that_it_names(soap: str, port: str) -> None:
    answer = parts(("other@x", "<a/>"), ("root@x", envelope(ergebnis("gebucht"), soap)))
    outcome, _ = await sent(answer, media_type=RELATED, service="Kassendienst", port=port)
    assert outcome == Delivered("F-1")


async def test_content_beside_the_envelope_is_put_into_its_place() -> None:
    include = '<x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:nr@x"/>'
    root = envelope(ergebnis("gebucht", f"<Fallnummer>{include}</Fallnummer>"))
    outcome, _ = await sent(parts(("root@x", root), ("nr@x", "F-1")), media_type=RELATED)
    assert outcome == Delivered("Ri0x")
    outcome, _ = await sent(parts(("root@x", root)), media_type=RELATED)
    assert outcome == MTOM_UNREADABLE


@pytest.mark.parametrize("answer", ["no parts", parts(), parts(("root@x", "<a"))])
async def test_parts_without_an_envelope_have_a_cause_of_their_own(answer: str) -> None:
    outcome, _ = await sent(answer, media_type=RELATED)
    assert outcome == MTOM_UNREADABLE


async def test_a_signature_holds_in_parts_too(theirs: Issued) -> None:
    security = {"verify_certificate": theirs.certificate}
    outcome, _ = await sent(parts(("root@x", signed(theirs))), media_type=RELATED, security=security)
    assert outcome == Delivered("F-1")
    forged = parts(("root@x", signed(theirs, change=say_otherwise)))
    outcome, _ = await sent(forged, media_type=RELATED, security=security)
    assert outcome == WRONGLY_SIGNED
