import pytest
from pydantic import ValidationError

from adapters.adapter import AskableTransport
from adapters.transports.http.outcomes import NO_RECEIPT
from adapters.transports.receipt import NOT_READY
from adapters.transports.rest import TRANSPORT, RestTransport, Settings
from gateway.core.outcome import Cause, Delivered, Outcome, Pending, Rejected
from gateway.core.word import Answer, NotThere, SpecialistStatus, Word
from tests.unit.adapters.builders import DELIVERY, a_destination, a_dispatch, an_inquiry, surroundings
from tests.unit.adapters.wire import Request, Wire, http, wire

DONE = http(201, '{"id": "1"}')


def a_transport(url: str, **settings: object) -> RestTransport:
    transport = TRANSPORT.open(
        Settings.model_validate({"url": url, **settings}), a_destination(), surroundings()
    )
    assert isinstance(transport, RestTransport)
    return transport


async def sent(system: Wire, *answers: bytes, **settings: object) -> tuple[Outcome, Request]:
    system.say(*answers)
    transport = a_transport(str(settings.pop("url", system.url)), **settings)
    outcome = await transport.send(a_dispatch())
    await transport.aclose()
    return outcome, system.requests[-1]


async def outcome_of(answer: bytes, **settings: object) -> Outcome:
    async with wire() as system:
        outcome, _ = await sent(system, answer, **settings)
        return outcome


async def test_put_names_the_delivery_in_the_address() -> None:
    async with wire() as system:
        url = f"{system.url}/vorgaenge/{{delivery}}?quelle=amtsbote"
        outcome, request = await sent(system, DONE, method="PUT", url=url)
    assert outcome == Delivered("1")
    assert (request.method, request.path) == ("PUT", f"/service/vorgaenge/{DELIVERY}?quelle=amtsbote")


async def test_names_of_header_and_parts_are_settings() -> None:
    async with wire() as system:
        _, request = await sent(
            system,
            DONE,
            body="form",
            idempotency_header="X-Vorgang",
            fields_part="daten",
            document_part="datei",
        )
    assert request.headers["x-vorgang"] == DELIVERY
    assert "idempotency-key" not in request.headers
    assert b'name="daten"' in request.body
    assert b'name="datei"' in request.body


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("vorgang.nummer", '{"vorgang": {"nummer": "A-7"}}'),
        ("vorgang/nummer", '{"vorgang": {"nummer": "A-7"}}'),
        ("vorgaenge.1.nummer", '{"vorgaenge": [{}, {"nummer": "A-7"}]}'),
        ("0", '["A-7"]'),
    ],
)
async def test_the_reference_is_found_by_a_path(path: str, answer: str) -> None:
    assert await outcome_of(http(200, answer), receipt=path) == Delivered("A-7")


@pytest.mark.parametrize(
    "answer",
    [
        '{"vorgang": {}}',
        '{"vorgang": "A-7"}',
        '{"vorgang": [{"nummer": "A-7"}]}',
        '{"vorgang": {"nummer": {"wert": "A-7"}}}',
        '{"vorgang": {"nummer": 1.5}}',
        "[]",
        "null",
    ],
)
async def test_without_the_reference_at_its_path_there_is_no_receipt(answer: str) -> None:
    assert await outcome_of(http(200, answer), receipt="vorgang.nummer") == NO_RECEIPT


XML = '<a:antwort xmlns:a="urn:a"><a:vorgang art="neu"><nummer> A-7 </nummer></a:vorgang></a:antwort>'


@pytest.mark.parametrize(("path", "found"), [("vorgang/nummer", "A-7"), ("vorgang.@art", "neu")])
@pytest.mark.parametrize("media_type", ["application/xml", "text/xml; charset=utf-8"])
async def test_answers_in_xml_are_read_in_any_namespace(path: str, found: str, media_type: str) -> None:
    assert await outcome_of(http(200, XML, media_type), answers="xml", receipt=path) == Delivered(found)


@pytest.mark.parametrize(
    "answer",
    [
        '<!DOCTYPE a [<!ENTITY x "A-7">]><a><id>&x;</id></a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a><id>&x;</id></a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd"><a><id>A-7</id></a>',
        "<a><id>A-7</a>",
        "kein xml",
        "<a>" * 5000,
        '<?xml version="1.0" encoding="unbekannt"?><a><id>A-7</id></a>',
        "<a><id><b>A-7</b></id></a>",
    ],
)
async def test_xml_that_is_no_plain_answer_is_unclear(answer: str) -> None:
    assert await outcome_of(http(200, answer, "application/xml"), answers="xml") == NO_RECEIPT


async def test_json_is_no_answer_where_xml_is_spoken() -> None:
    outcome = await outcome_of(DONE, answers="xml")
    assert isinstance(outcome, type(NO_RECEIPT))
    assert outcome.cause.code == "wrong-content-type"


STATES = {
    "status": "ergebnis.stand",
    "delivered": ["ok", "schon-da", "true"],
    "pending": ["angenommen"],
    "failed": ["gesperrt"],
    "rejected": ["fehler"],
    "code": "ergebnis.grund",
}


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ('{"id": "1", "ergebnis": {"stand": "ok"}}', Delivered("1")),
        ('{"id": "1", "ergebnis": {"stand": "schon-da"}}', Delivered("1")),
        ('{"id": "1", "ergebnis": {"stand": true}}', Delivered("1")),
        ('{"id": "1", "ergebnis": {"stand": "angenommen"}}', Pending("1")),
        ('{"ergebnis": {"stand": "gesperrt"}}', NOT_READY),
        (
            '{"ergebnis": {"stand": "fehler", "grund": "KASSE_017"}}',
            Rejected(Cause("kasse-017")),
        ),
        (
            '{"ergebnis": {"stand": "fehler", "grund": "Frau Geheim"}}',
            Rejected(Cause("refused-without-reason")),
        ),
        ('{"ergebnis": {"stand": "fehler"}}', Rejected(Cause("refused-without-reason"))),
        ('{"id": "1", "ergebnis": {"stand": "etwas Neues"}}', NO_RECEIPT),
        ('{"id": "1", "ergebnis": {"stand": null}}', NO_RECEIPT),
        ('{"id": "1"}', NO_RECEIPT),
        ('{"ergebnis": {"stand": "ok"}}', NO_RECEIPT),
    ],
)
async def test_an_answer_200_says_inside_what_became_of_the_message(answer: str, outcome: Outcome) -> None:
    assert await outcome_of(http(200, answer), **STATES) == outcome


async def test_a_status_inside_says_more_than_202() -> None:
    assert await outcome_of(http(202, '{"id": "1", "ergebnis": {"stand": "ok"}}'), **STATES) == Delivered("1")


async def test_a_refusal_by_status_tells_the_systems_own_code() -> None:
    outcome = await outcome_of(http(422, '{"fehler": {"code": "iban-ungueltig"}}'), code="fehler.code")
    assert isinstance(outcome, Rejected)
    assert outcome.cause.code == "http-422:iban-ungueltig"
    for content in ('{"fehler": {"code": "Frau Geheim"}}', "kein json", '{"fehler": "x"}'):
        outcome = await outcome_of(http(422, content), code="fehler.code")
        assert isinstance(outcome, Rejected)
        assert outcome.cause.code == "http-422"


async def test_202_with_an_address_is_pending_under_its_last_part() -> None:
    answer = http(202, Location="/v1/vorgaenge/A-7/?format=json")
    assert await outcome_of(answer) == Pending("A-7")
    assert await outcome_of(http(202, "{}", Location="/v1/vorgaenge/A-7")) == Pending("A-7")
    assert await outcome_of(http(202, '{"id": "B-1"}', Location="/v1/vorgaenge/A-7")) == Pending("B-1")
    assert await outcome_of(http(201, Location="/v1/vorgaenge/A-7")) == NO_RECEIPT


async def test_a_header_may_hold_the_reference() -> None:
    assert await outcome_of(http(201, Location="/v1/vorgaenge/A-7"), receipt_header="Location") == Delivered(
        "A-7"
    )
    assert await outcome_of(http(200, X_Nummer="A-7"), receipt_header="X-Nummer") == Delivered("A-7")
    assert await outcome_of(http(200, "{}"), receipt_header="X-Nummer") == NO_RECEIPT


STANDING = {
    "status": "stand",
    "statuses": {"neu": "received", "fertig": "closed", "nein": "refused"},
    "not_there": ["unbekannt"],
    "reference": "nummer",
    "code": "grund",
}


async def told(
    answer: bytes | None, reference: str | None = "A/7", **settings: object
) -> tuple[Answer, Wire]:
    async with wire() as system:
        system.say(answer)
        url = f"{system.url}/{{delivery}}?nummer={{reference}}"
        transport = a_transport(
            system.url, ask={"url": url, **STANDING, **settings}, read_timeout=0.5 if answer == b"" else 30
        )
        assert isinstance(transport, AskableTransport)
        said = await transport.ask(an_inquiry(reference))
        await transport.aclose()
        return said, system


async def test_a_system_is_asked_by_delivery_and_reference() -> None:
    said, system = await told(http(200, '{"stand": "fertig", "nummer": "A/7"}'))
    assert said == Word(DELIVERY, SpecialistStatus.CLOSED, "A/7")
    (request,) = system.requests
    assert (request.method, request.path) == ("GET", f"/service/{DELIVERY}?nummer=A%2F7")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (http(200, '{"stand": "neu"}'), Word(DELIVERY, SpecialistStatus.RECEIVED)),
        (
            http(200, '{"stand": "nein", "grund": "IBAN_FALSCH"}'),
            Word(DELIVERY, SpecialistStatus.REFUSED, cause=Cause("iban-falsch")),
        ),
        (http(200, '{"stand": "unbekannt"}'), NotThere()),
        (http(200, '{"stand": "etwas Neues"}'), None),
        (http(200, "{}"), None),
        (http(200, "kein json"), None),
        (http(200, "<html/>", "text/html"), None),
        (http(202, '{"stand": "neu"}'), None),
        (http(404, "{}"), None),
        (http(500, '{"stand": "neu"}'), None),
        (None, None),
        (b"", None),
    ],
)
async def test_what_a_system_says_of_a_delivery(answer: bytes | None, said: Answer) -> None:
    assert (await told(answer))[0] == said


async def test_404_means_not_there_only_where_a_setting_says_so() -> None:
    assert (await told(http(404, "{}"), missing_is_not_there=True))[0] == NotThere()
    assert (await told(http(404), missing_is_not_there=True))[0] == NotThere()
    assert (await told(http(404, "<html/>", "text/html"), missing_is_not_there=True))[0] is None
    assert (await told(http(410, "{}"), missing_is_not_there=True))[0] is None


async def test_who_needs_a_reference_is_not_asked_without() -> None:
    said, system = await told(http(200, '{"stand": "neu"}'), reference=None)
    assert said is None
    assert system.requests == []


async def test_who_can_not_tell_is_not_askable() -> None:
    transport = a_transport("http://system")
    assert not isinstance(transport, AskableTransport)
    await transport.aclose()


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://system", "method": "PUT"},
        {"url": "http://system/{delivery}/{reference}"},
        {"url": "http://system/{kind}"},
        {"receipt": ""},
        {"receipt": "a..b"},
        {"receipt": "a b"},
        {"status": "a", "delivered": [""]},
        {"status": "a"},
        {"status": "a", "rejected": ["b"]},
        {"delivered": ["b"]},
        {"status": "a", "delivered": ["b"], "failed": ["b"]},
        {"ask": {"url": "http://system/status", **STANDING}},
        {"ask": {"url": "http://system/{kind}", **STANDING}},
        {"ask": {"url": "http://system/{delivery}", **STANDING, "statuses": {}}},
        {"ask": {"url": "http://system/{delivery}", **STANDING, "statuses": {"neu": "irgendwas"}}},
    ],
)
def test_settings_that_can_not_work_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"url": "http://system", **settings})
