"""The API over real sockets: what a portal and a specialist system see of it."""

import json
import logging
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from typing import ClassVar

import httpx
import pytest
import structlog

from gateway.api import Limits, Services
from gateway.api.answers import moment
from gateway.core import check
from gateway.core.check import Checked, Step, StepName, StepResult
from gateway.core.errors import Refused, StoreUnavailable
from gateway.core.message import DeliveryId
from gateway.core.outcome import Cause
from gateway.core.refusal import Finding, Refusal, RefusalCode
from gateway.core.report import Report
from gateway.core.status import DeliveryState, MessageState
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.core.word import Reply, SpecialistStatus, Word
from tests.builders import NOON
from tests.unit.api.fakes import (
    CURSOR,
    DELIVERY,
    MESSAGE,
    OTHER_PORTAL_KEY,
    PORTAL_KEY,
    SYSTEM_KEY,
    FakeIntake,
    FakeQueries,
    FakeReceipts,
    FakeShelf,
    fake_services,
    serving,
)

XML = {"Content-Type": "application/xml", "Authorization": PORTAL_KEY}
PORTAL = {"Authorization": PORTAL_KEY}
SYSTEM = {"Authorization": SYSTEM_KEY}


@pytest.fixture
def services() -> Services:
    return fake_services()


@pytest.fixture
def api(services: Services) -> Iterator[httpx.Client]:
    limits = Limits(message_bytes=100_000, json_bytes=2000)
    with serving(services, limits) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
        yield client


def intake_of(services: Services) -> FakeIntake:
    assert isinstance(services.intake, FakeIntake)
    return services.intake


def raising(error: Exception) -> Callable[[], None]:
    def raise_it() -> None:
        raise error

    return raise_it


class TestSubmission:
    def test_a_receipt_is_given(self, api: httpx.Client, services: Services) -> None:
        answer = api.post("/v1/messages", content=b"<m/>", headers={**XML, "Idempotency-Key": "k-1"})
        assert answer.status_code == 202
        assert answer.headers["location"] == f"/v1/messages/{MESSAGE}"
        assert "idempotent-replay" not in answer.headers
        assert answer.json() == {
            "id": MESSAGE,
            "nachrichtenUUID": "0b5c2f1e-7d0c-4b8a-9c1d-2f6f3a1f9e10",
            "kind": {
                "standard": "ab-meldewesen",
                "version": "1.0",
                "root": "meldewesen.anmeldung.0101",
                "service": "registration/anmeldung",
            },
            "tenant": "zossen",
            "destinations": ["einwohner", "statistik"],
            "sha256": sha256(b"<m/>").hexdigest(),
            "receivedAt": "2026-11-02T11:00:00.000Z",
            "status": f"/v1/messages/{MESSAGE}",
            "warnings": [],
        }
        assert intake_of(services).submitted == [(b"<m/>", "landesportal", "k-1")]

    def test_the_same_again_gets_the_same_bytes(self, api: httpx.Client) -> None:
        first, second = (api.post("/v1/messages", content=b"<m/>", headers=XML) for _ in range(2))
        assert second.status_code == 202
        assert second.content == first.content
        assert second.headers["idempotent-replay"] == "true"

    def test_a_receipt_in_xml(self, api: httpx.Client) -> None:
        answer = api.post("/v1/messages", content=b"<m/>", headers={**XML, "Accept": "application/xml"})
        assert answer.headers["content-type"] == "application/xml"
        assert '<receipt xmlns="urn:amtsbote:receipt:1.0"><id>' in answer.text
        assert "<destinations><i>einwohner</i><i>statistik</i></destinations>" in answer.text

    def test_a_large_message_in_many_pieces_arrives_whole(
        self, api: httpx.Client, services: Services
    ) -> None:
        content = b"<m>" + b"x" * 99_000 + b"</m>"
        pieces = (content[at : at + 1000] for at in range(0, len(content), 1000))
        assert api.post("/v1/messages", content=pieces, headers=XML).status_code == 202
        assert intake_of(services).submitted[0][0] == content

    @pytest.mark.parametrize(
        ("headers", "status", "code"),
        [
            ({"Authorization": ""}, 401, "unauthenticated"),
            ({"Authorization": "Bearer nobody"}, 401, "unauthenticated"),
            ({"Authorization": SYSTEM_KEY}, 403, "wrong-kind-of-key"),
            ({"Content-Type": "application/json"}, 415, "unsupported-media-type"),
            ({"Content-Type": "text/xml; charset=iso-8859-1"}, 415, "unsupported-media-type"),
            ({"Content-Encoding": "gzip"}, 415, "content-encoding-not-supported"),
            ({"Idempotency-Key": ""}, 400, "idempotency-key-invalid"),
            ({"Idempotency-Key": "two words"}, 400, "idempotency-key-invalid"),
            ({"Idempotency-Key": "k" * 129}, 400, "idempotency-key-invalid"),
        ],
    )
    def test_what_is_refused_before_the_body_is_read(
        self, api: httpx.Client, services: Services, headers: dict[str, str], status: int, code: str
    ) -> None:
        answer = api.post("/v1/messages", content=b"<m/>", headers={**XML, **headers})
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert intake_of(services).submitted == []

    def test_who_is_not_known_learns_how_to_be(self, api: httpx.Client) -> None:
        answer = api.post("/v1/messages", content=b"<m/>", headers={"Content-Type": "application/xml"})
        assert answer.headers["www-authenticate"].startswith("Bearer")

    @pytest.mark.parametrize("announced", [True, False])
    def test_too_large(self, api: httpx.Client, services: Services, announced: bool) -> None:
        content = b"x" * 300_000
        answer = api.post("/v1/messages", content=content if announced else iter([content]), headers=XML)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
        assert answer.json()["reasons"][0]["facts"] == {"limit": "100 kB"}
        assert answer.headers["connection"] == "close"
        assert intake_of(services).submitted == []

    def test_every_reason_is_named_in_the_language_asked_for(
        self, api: httpx.Client, services: Services
    ) -> None:
        finding = Finding("/m/a[1]", "cvc-pattern", "falsch", "wrong", expected="[0-9]+")
        intake_of(services).instead = raising(
            Refused(
                Refusal(RefusalCode.SCHEMA_INVALID, findings=(finding,)),
                Refusal(RefusalCode.UNKNOWN_RECIPIENT),
            )
        )
        german = api.post("/v1/messages", content=b"<m/>", headers=XML)
        english = api.post("/v1/messages", content=b"<m/>", headers={**XML, "Accept-Language": "en"})
        assert german.status_code == 422
        assert german.json()["xinneres"] == "X001"
        assert [reason["code"] for reason in german.json()["reasons"]] == [
            "schema-invalid",
            "unknown-recipient",
        ]
        assert german.json()["reasons"][0]["findings"][0]["text"] == "falsch"
        assert english.json()["reasons"][0]["findings"][0]["text"] == "wrong"
        assert (german.headers["content-language"], english.headers["content-language"]) == ("de", "en")

    def test_without_the_store_nothing_is_accepted(self, api: httpx.Client, services: Services) -> None:
        intake_of(services).instead = raising(StoreUnavailable("disk full"))
        answer = api.post("/v1/messages", content=b"<m/>", headers=XML)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["code"] == "store-unavailable"

    def test_the_unexpected_becomes_an_incident_without_values(
        self, services: Services, caplog: pytest.LogCaptureFixture
    ) -> None:
        intake_of(services).instead = raising(RuntimeError("Erika Mustermann"))
        with (
            structlog.testing.capture_logs() as logs,
            caplog.at_level(logging.DEBUG),
            serving(services, Limits()) as port,
        ):
            answer = httpx.post(f"http://127.0.0.1:{port}/v1/messages", content=b"<m/>", headers=XML)
        assert (answer.status_code, answer.json()["code"]) == (500, "internal-error")
        (incident,) = [each for each in logs if each["event"] == "incident"]
        assert incident["instance"] == answer.json()["instance"]
        assert incident["error"] == "RuntimeError"
        assert "Mustermann" not in f"{answer.text}{logs}{caplog.text}"

    def test_the_log_names_the_client_of_a_refused_request(self, services: Services) -> None:
        intake_of(services).instead = raising(Refused(Refusal(RefusalCode.UNKNOWN_RECIPIENT)))
        with (
            structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs,
            serving(services, Limits()) as port,
            httpx.Client(base_url=f"http://127.0.0.1:{port}") as client,
        ):
            client.post("/v1/messages", content=b"<m/>", headers=XML)
            client.get("/v1/messages?limit=x", headers=PORTAL)
            client.post("/v1/messages", content=b"<m/>")
        refused = [each for each in logs if each["event"] == "request_refused"]
        assert [each.get("client") for each in refused] == [
            "portal:landesportal",
            "portal:landesportal",
            None,
        ]


class TestRueckweisung:
    def refuse(self, services: Services, *reasons: RefusalCode) -> None:
        refused = Refused(*(Refusal(code) for code in reasons))
        intake_of(services).instead = raising(refused)

    @pytest.mark.parametrize(
        ("accept", "media_type"),
        [
            ("application/xml", "application/xml"),
            ("text/xml", "application/xml"),
            ("application/xml, application/problem+xml;q=0.5", "application/xml"),
            ("application/problem+xml", "application/problem+xml"),
            ("application/xml, application/problem+xml", "application/problem+xml"),
            ("application/json", "application/problem+json"),
            ("*/*", "application/problem+json"),
        ],
    )
    def test_who_asks_for_xml_gets_an_xoev_message(
        self, api: httpx.Client, services: Services, accept: str, media_type: str
    ) -> None:
        self.refuse(services, RefusalCode.NOT_BOOKED, RefusalCode.SCHEMA_INVALID)
        answer = api.post("/v1/messages", content=b"<m/>", headers={**XML, "Accept": accept})
        assert answer.status_code == 403
        assert answer.headers["content-type"] == media_type
        assert ("rueckweisung.nachricht.0901" in answer.text) == (media_type == "application/xml")

    def test_it_names_every_reason_and_brings_the_original_back(
        self, api: httpx.Client, services: Services
    ) -> None:
        self.refuse(services, RefusalCode.NOT_BOOKED, RefusalCode.SCHEMA_INVALID)
        answer = api.post("/v1/messages", content=b"<m/>", headers={**XML, "Accept": "application/xml"})
        assert "<code>S999</code>" in answer.text
        assert "<code>X001</code>" in answer.text
        assert "<kennung>psw:01003110</kennung>" in answer.text
        assert "<original>PG0vPg==</original>" in answer.text
        assert answer.headers["content-language"] == "de"

    @pytest.mark.parametrize("content", [b"<rueckweisung.nachricht.0901/>", b"<receipt/>"])
    def test_no_rejection_of_a_rejection_or_of_a_receipt(
        self, api: httpx.Client, services: Services, content: bytes
    ) -> None:
        self.refuse(services, RefusalCode.UNKNOWN_KIND)
        answer = api.post("/v1/messages", content=content, headers={**XML, "Accept": "application/xml"})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+xml")

    def test_what_is_no_refusal_of_a_message_stays_a_problem(
        self, api: httpx.Client, services: Services
    ) -> None:
        intake_of(services).instead = raising(StoreUnavailable())
        answer = api.post("/v1/messages", content=b"<m/>", headers={**XML, "Accept": "application/xml"})
        assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+xml")


class TestStatus:
    def test_the_sender_sees_its_message(self, api: httpx.Client) -> None:
        answer = api.get(f"/v1/messages/{MESSAGE}", headers={**PORTAL, "Accept-Language": "en"})
        assert answer.status_code == 200
        message = answer.json()
        assert message["state"] == "needs-attention"
        assert "operations staff" in message["explanation"]
        assert message["deliveries"][0]["state"] == "parked"
        assert "kept safe" in message["deliveries"][0]["explanation"]

    def test_no_member_of_the_staff_is_named(self, api: httpx.Client) -> None:
        message = api.get(f"/v1/messages/{MESSAGE}", headers=PORTAL).json()
        assert [event["actor"] for event in message["timeline"]] == ["portal:landesportal", "operator"]
        assert "Erika" not in str(message)

    @pytest.mark.parametrize("id", [MESSAGE, "0190f000-0000-7000-8000-000000000002", "x", "%00", "..%2f"])
    def test_nobody_else_does(self, api: httpx.Client, id: str) -> None:
        answer = api.get(f"/v1/messages/{id}", headers={"Authorization": OTHER_PORTAL_KEY})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    def test_a_withdrawal_says_by_destination_whether_it_came_in_time(self, api: httpx.Client) -> None:
        answer = api.post(f"/v1/messages/{MESSAGE}/withdrawal", headers={**PORTAL, "Accept-Language": "en"})

        assert answer.status_code == 200
        withdrawal = answer.json()
        assert (withdrawal["id"], withdrawal["complete"]) == (MESSAGE, False)
        assert [(each["withdrawn"], each["state"]) for each in withdrawal["deliveries"]] == [
            (True, "withdrawn"),
            (False, "claimed"),
        ]
        assert "before the system had it" in withdrawal["deliveries"][0]["explanation"]

    def test_nobody_withdraws_the_message_of_another(self, api: httpx.Client) -> None:
        path = f"/v1/messages/{MESSAGE}/withdrawal"

        assert api.post(path, headers={"Authorization": OTHER_PORTAL_KEY}).status_code == 404
        assert api.post(path).status_code == 401

    def test_a_system_does_not(self, api: httpx.Client) -> None:
        assert api.get(f"/v1/messages/{MESSAGE}", headers=SYSTEM).status_code == 403

    def test_pages_follow_each_other(self, api: httpx.Client, services: Services) -> None:
        query = {"since": "2026-05-01T00:00:00+02:00", "state": "needs-attention", "limit": "2"}
        first = api.get("/v1/messages", params=query, headers=PORTAL)
        assert first.headers["link"] == f'<{first.json()["next"]}>; rel="next"'
        second = api.get(first.json()["next"], headers=PORTAL)
        assert second.json()["next"] is None
        assert isinstance(services.messages, FakeQueries)
        before, after = services.messages.asked
        assert after == {**before, "after": CURSOR}
        assert (before["state"], before["limit"]) == (MessageState.NEEDS_ATTENTION, 2)

    @pytest.mark.parametrize(
        ("query", "path"),
        [
            ("limit=0", "query.limit"),
            ("limit=1_0", "query.limit"),
            ("limit=x", "query.limit"),
            ("state=lost", "query.state"),
            ("since=2026-05-01", "query.since"),
            ("since=1700000000", "query.since"),
            ("since=0001-01-01T00:00:00%2B14:00", "query.since"),
            ("after=", "query.after"),
            ("sice=2026-05-01T00:00:00Z", "query"),
        ],
    )
    def test_a_wrong_parameter_is_named(self, api: httpx.Client, query: str, path: str) -> None:
        answer = api.get(f"/v1/messages?{query}", headers=PORTAL)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")
        assert answer.json()["reasons"][0]["findings"][0]["path"] == path

    def test_an_unknown_parameter_is_told_the_known_ones(self, api: httpx.Client) -> None:
        answer = api.get("/v1/messages?sice=1", headers=PORTAL)
        (finding,) = answer.json()["reasons"][0]["findings"]
        assert finding["expected"] == "since | state | after | limit"
        assert "sice" not in answer.text

    def test_a_moment_without_zone_is_told_what_one_looks_like(self, api: httpx.Client) -> None:
        answer = api.get("/v1/messages?since=2026-05-01", headers=PORTAL)
        assert "2026-05-04T00:00:00+02:00" in answer.json()["reasons"][0]["findings"][0]["expected"]


class TestReceipts:
    @pytest.fixture
    def receipts(self, services: Services) -> FakeReceipts:
        assert isinstance(services.receipts, FakeReceipts)
        return services.receipts

    def test_a_system_confirms(self, api: httpx.Client, receipts: FakeReceipts) -> None:
        body = {"delivery": DELIVERY, "status": "accepted", "reference": "AZ 7/26"}
        for _ in range(2):
            answer = api.post("/v1/receipts", json=body, headers=SYSTEM)
            assert answer.status_code == 200
            assert answer.json() == {
                "delivery": DELIVERY,
                "destination": "liegenschaft-zossen",
                "state": "delivered",
                "reference": "AZ 7/26",
                "systemStatus": "received",
            }
        assert receipts.delivery.state is DeliveryState.DELIVERED

    def test_a_system_refuses_and_says_why(self, api: httpx.Client, receipts: FakeReceipts) -> None:
        body = {"delivery": DELIVERY, "status": "refused", "reason": "duplicate-case"}
        assert api.post("/v1/receipts", json=body, headers=SYSTEM).json()["state"] == "rejected"
        assert receipts.word is not None
        assert receipts.word.cause == Cause("duplicate-case")

    def test_a_contradiction_is_refused(self, api: httpx.Client) -> None:
        for status, expected in (("closed", 200), ("refused", 409)):
            body = {"delivery": DELIVERY, "status": status}
            answer = api.post("/v1/receipts", json=body, headers=SYSTEM)
            assert answer.status_code == expected
        assert answer.json()["code"] == "contradiction"
        assert "(Zustand closed)" in answer.json()["detail"]

    def test_what_goes_to_others_is_not_found(self, api: httpx.Client) -> None:
        body = {"delivery": MESSAGE, "status": "accepted"}
        assert api.post("/v1/receipts", json=body, headers=SYSTEM).status_code == 404

    @pytest.mark.parametrize("path", ["/v1/receipts", f"/v1/pickup/liegenschaften/{DELIVERY}/extend"])
    def test_while_nobody_can_tell_who_is_asking_the_system_may_come_again(
        self, services: Services, path: str
    ) -> None:
        class Silent:
            async def authenticate(self, _: str | None) -> Portal | SpecialistSystem | None:
                raise StoreUnavailable

        with serving(replace(services, authenticator=Silent()), Limits()) as port:
            body = {"delivery": DELIVERY, "status": "accepted"}
            answer = httpx.post(f"http://127.0.0.1:{port}{path}", json=body, headers=SYSTEM)

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["code"] == "store-unavailable"

    def test_a_portal_gives_no_receipts(self, api: httpx.Client) -> None:
        body = {"delivery": DELIVERY, "status": "accepted"}
        assert api.post("/v1/receipts", json=body, headers=PORTAL).status_code == 403

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"\xff",
            b"[" * 1900,
            b'{"delivery": "x", "status": "accepted"}',
            b'{"delivery": "%s", "status": "lost"}' % DELIVERY.encode(),
            b'{"delivery": "%s", "status": "accepted", "reference": "\\ud800"}' % DELIVERY.encode(),
            b'{"delivery": "%s", "status": "accepted", "reference": "AZ\\u202e7"}' % DELIVERY.encode(),
            b'{"delivery": "%s", "status": "accepted", "reference": "\\u009b2J"}' % DELIVERY.encode(),
            b'{"delivery": "%s", "status": "refused", "reason": "Erika M."}' % DELIVERY.encode(),
            b'{"delivery": "%s", "status": "accepted", "name": "Erika"}' % DELIVERY.encode(),
        ],
    )
    def test_what_is_no_receipt_is_refused_without_quoting_it(self, api: httpx.Client, body: bytes) -> None:
        headers = {**SYSTEM, "Content-Type": "application/json"}
        answer = api.post("/v1/receipts", content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")
        assert "Erika" not in answer.text
        assert answer.json()["reasons"][0]["text"]

    def test_a_matter_goes_on_and_a_document_comes_along(
        self, api: httpx.Client, receipts: FakeReceipts
    ) -> None:
        reply = {"mediaType": "application/pdf", "content": b64encode(b"%PDF-1.7").decode(), "name": "a.pdf"}
        body = {
            "delivery": DELIVERY,
            "status": "in-progress",
            "at": "2026-11-02T12:00:00+01:00",
            "replies": [reply],
        }
        answer = api.post("/v1/receipts", json=body, headers=SYSTEM)
        assert (answer.status_code, answer.json()["systemStatus"]) == (200, "in-progress")
        assert receipts.word == Word(
            DeliveryId(DELIVERY),
            SpecialistStatus.IN_PROGRESS,
            at=NOON,
            replies=(Reply("application/pdf", b"%PDF-1.7", "a.pdf"),),
        )

    def test_documents_may_lie_beside_the_receipt_as_files(
        self, api: httpx.Client, receipts: FakeReceipts
    ) -> None:
        receipt = {"delivery": DELIVERY, "status": "closed", "replies": []}
        crlf = b"%PDF-1.7\r\n--not-the-end\r\n\x00\xff"
        files = [
            ("receipt", (None, json.dumps(receipt).encode(), "application/json")),
            ("reply", ("bescheid für Chóśebuz.pdf", crlf, "Application/PDF; x=y")),
            ("reply", (None, b"<bescheid/>", "application/xml")),
        ]
        answer = api.post("/v1/receipts", files=files, headers=SYSTEM)
        assert (answer.status_code, answer.json()["systemStatus"]) == (200, "closed")
        assert receipts.word == Word(
            DeliveryId(DELIVERY),
            SpecialistStatus.CLOSED,
            replies=(
                Reply("application/pdf", crlf, "bescheid für Chóśebuz.pdf"),
                Reply("application/xml", b"<bescheid/>"),
            ),
        )

    def test_documents_lie_in_the_receipt_or_beside_it_and_not_both(self, api: httpx.Client) -> None:
        inside = {"mediaType": "text/plain", "content": "QQ=="}
        receipt = json.dumps({"delivery": DELIVERY, "status": "closed", "replies": [inside]}).encode()
        answer = api.post("/v1/receipts", files=[("receipt", (None, receipt))], headers=SYSTEM)
        [finding] = answer.json()["reasons"][0]["findings"]
        assert (answer.status_code, finding["rule"]) == (400, "form-replies")

    def test_a_parcel_is_confirmed_by_a_form_too(self, api: httpx.Client, receipts: FakeReceipts) -> None:
        path = f"/v1/pickup/liegenschaft-zossen/{DELIVERY}/confirm"
        files = {"receipt": (None, b'{"status": "closed"}', ""), "reply": ("a.txt", b"a", "text/plain")}
        assert api.post(path, files=files, headers=SYSTEM).status_code == 200
        assert receipts.word is not None
        assert receipts.word.replies == (Reply("text/plain", b"a", "a.txt"),)
        wait = api.post(f"/v1/pickup/liegenschaft-zossen/{DELIVERY}/extend", files=files, headers=SYSTEM)
        assert wait.status_code == 415

    @pytest.mark.parametrize(
        ("parts", "name"),
        [
            ([], b"receipt"),
            ([("Erika", b"1")], b"receipt"),
            ([("receipt", b"{}")], b"receipt"),
            ([("reply", b"1")] * 9, b"receipt"),
            ([("reply", b"1")] * 200, b"receipt"),
            ([("reply", b"")], b"receipt"),
            ([("receipt", b"{}"), ("reply", b"1")], b"reply"),
            ([], b"other"),
        ],
    )
    def test_a_form_that_is_no_receipt_is_refused_without_quoting_it(
        self, api: httpx.Client, parts: list[tuple[str, bytes]], name: bytes
    ) -> None:
        receipt = json.dumps({"delivery": DELIVERY, "status": "Erika" if not parts else "closed"}).encode()
        files = [(name.decode(), (None, receipt)), *((each, ("x", content)) for each, content in parts)]
        answer = api.post("/v1/receipts", files=files, headers=SYSTEM)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")
        assert "Erika" not in answer.text
        assert answer.json()["reasons"][0]["findings"][0]["path"].startswith("body")

    @pytest.mark.parametrize(
        ("content_type", "body"),
        [
            ("multipart/form-data", b"--x\r\n"),
            ("multipart/form-data; boundary=x", b""),
            ("multipart/form-data; boundary=x", b"Erika"),
            ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="receipt"\r\n\r\n{'),
            ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="receipt"\r\n\r\n{\r\n--x--\r\n'),
            ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="receipt"\r\n\r\n\xff\r\n--x--\r\n'),
            ("multipart/form-data; boundary=" + "x" * 500, b"--x--"),
            ("multipart/form-data; boundary=x", b"--x\r\n" + b"a: b\r\n" * 99 + b"\r\n\r\n--x--\r\n"),
        ],
    )  # fmt: skip
    def test_a_broken_form_is_refused(self, api: httpx.Client, content_type: str, body: bytes) -> None:
        answer = api.post("/v1/receipts", content=body, headers={**SYSTEM, "Content-Type": content_type})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")
        assert "Erika" not in answer.text

    def test_a_form_is_read_only_for_those_who_may_send_one_and_within_its_limit(
        self, api: httpx.Client, services: Services
    ) -> None:
        large = [("receipt", (None, b"{}")), ("reply", ("a", b"x" * 140_000))]
        assert api.post("/v1/receipts", files=large).status_code == 401
        assert api.post("/v1/receipts", files=large, headers=PORTAL).status_code in {403, 413}
        limits = Limits(message_bytes=50_000)
        with serving(services, limits) as port:
            answer = httpx.post(f"http://127.0.0.1:{port}/v1/receipts", files=large, headers=SYSTEM)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"mediaType": "application/pdf", "content": "Erika!"},
            {"mediaType": "application/pdf", "content": ""},
            {"mediaType": "application/pdf; name=Erika", "content": "QQ=="},
            {"mediaType": "application/pdf", "content": "QQ==", "name": "../Erika.pdf"},
            {"mediaType": "application/pdf", "content": "QQ==", "name": "Erika\n.pdf"},
            {"mediaType": "application/pdf"},
        ],
    )
    def test_a_document_that_is_none_is_refused_without_quoting_it(
        self, api: httpx.Client, wrong: dict[str, str]
    ) -> None:
        body = {"delivery": DELIVERY, "status": "closed", "replies": [wrong]}
        answer = api.post("/v1/receipts", json=body, headers=SYSTEM)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid-request")
        assert "Erika" not in answer.text

    def test_a_body_is_read_only_for_those_who_may_send_one(self, api: httpx.Client) -> None:
        nobody = api.post("/v1/receipts", content=b"x" * 5000, headers={"Content-Type": "application/json"})
        too_large = api.post("/v1/receipts", json={"delivery": "x" * 140_000}, headers=SYSTEM)
        wrong_type = api.post("/v1/receipts", content=b"<r/>", headers={**SYSTEM, "Content-Type": "text/xml"})
        assert [nobody.status_code, too_large.status_code, wrong_type.status_code] == [401, 413, 415]


class TestReplies:
    PATH = f"/v1/messages/{MESSAGE}/replies"

    def test_a_portal_lists_and_fetches(self, api: httpx.Client) -> None:
        [listed] = api.get(self.PATH, headers=PORTAL).json()["items"]
        assert (listed["number"], listed["mediaType"], listed["fetchedAt"]) == (1, "application/pdf", None)
        assert (listed["kind"], listed["valid"], listed["findings"]) == (None, None, [])

        fetched = api.get(listed["content"], headers=PORTAL)

        assert fetched.status_code == 200
        assert (fetched.content, fetched.headers["content-type"]) == (b"%PDF-1.7", "application/pdf")
        digest = b64encode(bytes.fromhex(listed["sha256"])).decode()
        assert fetched.headers["repr-digest"] == f"sha-256=:{digest}:"
        assert fetched.headers["content-disposition"] == (
            "attachment; filename*=UTF-8''bescheid%20G%C3%B6ritz.pdf"
        )
        assert fetched.headers["x-content-type-options"] == "nosniff"
        [listed] = api.get(self.PATH, headers=PORTAL).json()["items"]
        assert listed["fetchedAt"] is not None

    @pytest.mark.parametrize("path", ["", "/1", "/2", "/0", "/x"])
    def test_other_portals_and_systems_see_nothing(self, api: httpx.Client, path: str) -> None:
        other = api.get(self.PATH + path, headers={"Authorization": OTHER_PORTAL_KEY})
        system = api.get(self.PATH + path, headers=SYSTEM)
        assert other.status_code == 404
        assert system.status_code in {403, 404}


class TestPickup:
    def test_parcels_are_handed_out_once(self, api: httpx.Client, services: Services) -> None:
        wish = {"max": 10, "seconds": 90}
        first = api.post("/v1/pickup/liegenschaft-zossen/lease", json=wish, headers=SYSTEM)
        (parcel,) = first.json()["parcels"]
        assert b64decode(parcel.pop("body")).decode() == "<m>Chóśebuz</m>"
        assert parcel == {
            "delivery": DELIVERY,
            "message": MESSAGE,
            "tenant": "zossen",
            "service": "real-estate/negativzeugnis",
            "root": "liegenschaften.negativzeugnis.0501",
            "contentType": "application/xml",
            "test": False,
            "orderKey": None,
        }
        second = api.post("/v1/pickup/liegenschaft-zossen/lease", json=wish, headers=SYSTEM)
        assert (second.status_code, second.content) == (204, b"")
        longer = api.post(
            f"/v1/pickup/liegenschaft-zossen/{DELIVERY}/extend", json={"seconds": 120}, headers=SYSTEM
        )
        assert longer.status_code == 204
        assert isinstance(services.shelf, FakeShelf)
        assert services.shelf.leased[DELIVERY].total_seconds() == 120

    def test_what_is_not_leased_is_not_extended(self, api: httpx.Client) -> None:
        path = f"/v1/pickup/liegenschaft-zossen/{DELIVERY}/extend"
        assert api.post(path, json={"seconds": 5}, headers=SYSTEM).status_code == 404

    @pytest.fixture
    def shelf(self, services: Services) -> FakeShelf:
        assert isinstance(services.shelf, FakeShelf)
        return services.shelf

    def test_a_waiting_system_gets_what_comes(self, api: httpx.Client, shelf: FakeShelf) -> None:
        [parcel] = shelf.laid_out
        shelf.laid_out = []
        shelf.on_look[3] = lambda: shelf.laid_out.append(parcel)

        answer = api.post(
            "/v1/pickup/liegenschaft-zossen/lease", json={"wait": 60}, headers=SYSTEM, timeout=50
        )

        assert [each["delivery"] for each in answer.json()["parcels"]] == [DELIVERY]

    def test_nobody_waits_longer_than_they_want(self, api: httpx.Client, shelf: FakeShelf) -> None:
        shelf.laid_out = []
        for wait, looks in ((0, 1), (1, 3)):
            answer = api.post("/v1/pickup/liegenschaft-zossen/lease", json={"wait": wait}, headers=SYSTEM)
            assert answer.status_code == 204
            assert shelf.looks >= looks

    def test_whoever_waits_is_answered_when_the_server_stops(
        self, api: httpx.Client, services: Services, shelf: FakeShelf
    ) -> None:
        shelf.laid_out = []
        shelf.on_look[2] = services.stopping.set

        answer = api.post(
            "/v1/pickup/liegenschaft-zossen/lease", json={"wait": 60}, headers=SYSTEM, timeout=50
        )

        assert (answer.status_code, shelf.looks) == (204, 2)

    def test_one_too_many_does_not_wait(self, services: Services, shelf: FakeShelf) -> None:
        shelf.laid_out = []
        with serving(services, Limits(waiting=0)) as port:
            url = f"http://127.0.0.1:{port}/v1/pickup/liegenschaft-zossen/lease"
            answer = httpx.post(url, json={"wait": 60}, headers=SYSTEM, timeout=50)
        assert (answer.status_code, shelf.looks) == (204, 1)

    def test_a_parcel_is_confirmed_or_refused_where_it_was_fetched(
        self, api: httpx.Client, services: Services
    ) -> None:
        path = f"/v1/pickup/liegenschaft-zossen/{DELIVERY}"
        confirmed = api.post(f"{path}/confirm", json={"reference": "AZ 7/26"}, headers=SYSTEM)
        assert confirmed.status_code == 200
        assert confirmed.json()["systemStatus"] == "received"
        refused = api.post(f"{path}/refuse", json={"reason": "plot-unknown"}, headers=SYSTEM)
        assert (refused.status_code, refused.json()["state"]) == (200, "rejected")
        assert isinstance(services.receipts, FakeReceipts)
        assert services.receipts.word == Word(
            DeliveryId(DELIVERY), SpecialistStatus.REFUSED, cause=Cause("plot-unknown")
        )
        again = api.post(f"{path}/confirm", json={}, headers=SYSTEM)
        assert (again.status_code, again.json()["code"]) == (409, "contradiction")

    def test_a_refusal_says_why(self, api: httpx.Client) -> None:
        path = f"/v1/pickup/liegenschaft-zossen/{DELIVERY}/refuse"
        assert api.post(path, json={}, headers=SYSTEM).status_code == 400

    @pytest.mark.parametrize("act", ["confirm", "refuse", "extend"])
    def test_what_lies_elsewhere_is_not_found(self, api: httpx.Client, act: str) -> None:
        body = {"reason": "x"} if act == "refuse" else {}
        for path in (f"gewerbe-zossen/{DELIVERY}", f"liegenschaft-zossen/{MESSAGE}"):
            assert api.post(f"/v1/pickup/{path}/{act}", json=body, headers=SYSTEM).status_code == 404

    def test_others_destinations_are_not_found(self, api: httpx.Client) -> None:
        answer = api.post("/v1/pickup/gewerbe-zossen/lease", json={}, headers=SYSTEM)
        assert answer.status_code == 404

    def test_a_portal_fetches_nothing(self, api: httpx.Client) -> None:
        answer = api.post("/v1/pickup/liegenschaft-zossen/lease", json={}, headers=PORTAL)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong-kind-of-key")


class TestSchemas:
    KIND = "/v1/schemas/ab-meldewesen/1.0/meldewesen.anmeldung.0101"
    BROWSER: ClassVar = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}

    def test_a_portals_developer_needs_no_key_and_gets_json(self, api: httpx.Client) -> None:
        (kind,) = api.get("/v1/schemas").json()["kinds"]
        assert kind["kind"]["root"] == "meldewesen.anmeldung.0101"
        assert kind["documentation"] == self.KIND
        book = api.get(kind["documentation"]).json()
        assert book["known"]["standardDe"] == "Meldewesen"
        assert book["sections"][0]["rows"][0]["anchor"] == "/person"

    def test_a_browser_gets_a_page_in_its_language(self, api: httpx.Client) -> None:
        for path, german, english in (
            ("/v1/schemas", "Nachrichtenarten", "Kinds of messages"),
            (self.KIND, "Anmeldung einer Wohnung", "Registration of a residence"),
        ):
            answer = api.get(path, headers=self.BROWSER)
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
            assert answer.headers["content-security-policy"].startswith("default-src 'none'")
            assert (german in answer.text, answer.headers["content-language"]) == (True, "de")
            asked = api.get(path, headers={**self.BROWSER, "Accept-Language": "en"})
            chosen = api.get(path, params={"lang": "en"}, headers={**self.BROWSER, "Accept-Language": "de"})
            assert english in asked.text
            assert chosen.text == asked.text

    def test_a_terminal_gets_a_table(self, api: httpx.Client) -> None:
        for path in ("/v1/schemas", "/v1/schemas/ab-meldewesen/1.0", self.KIND):
            answer = api.get(path, headers={"Accept": "text/plain", "Accept-Language": "en"})
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert answer.headers["content-language"] == "en"
            assert "Registration of a residence" in answer.text
            assert "<" not in answer.text.partition("Example")[0]

    def test_one_version_is_listed_as_all_are(self, api: httpx.Client) -> None:
        assert api.get("/v1/schemas/ab-meldewesen/1.0").json() == api.get("/v1/schemas").json()

    def test_links_of_the_pages_lead_to_pages(self, api: httpx.Client) -> None:
        overview = api.get("/v1/schemas", headers=self.BROWSER)
        links = [*re.findall(r'href="([^"#][^"]*)"', overview.text)]
        assert len(links) == 2
        version = api.get("/v1/schemas/ab-meldewesen/1.0", headers=self.BROWSER)
        kind = api.get(self.KIND, headers=self.BROWSER)
        for page in (overview, version, kind):
            for link in re.findall(r'href="([^"#][^"]*)"', page.text):
                assert api.get(page.url.join(link), headers=self.BROWSER).status_code == 200

    def test_what_has_not_changed_is_not_sent_again(self, api: httpx.Client) -> None:
        first = api.get(self.KIND, headers=self.BROWSER)
        tag = first.headers["etag"]
        again = api.get(self.KIND, headers={**self.BROWSER, "If-None-Match": f'"x", {tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        other = api.get(self.KIND, headers={"If-None-Match": tag})
        assert other.status_code == 200

    def test_a_page_is_sent_compressed_to_who_takes_it(self, api: httpx.Client) -> None:
        plain = api.get(self.KIND, headers={"Accept-Encoding": "identity"})
        packed = api.get(self.KIND, headers={"Accept-Encoding": "br, gzip"})
        assert "content-encoding" not in plain.headers
        assert packed.headers["content-encoding"] == "gzip"
        assert packed.json() == plain.json()

    @pytest.mark.parametrize(
        ("path", "known"),
        [
            ("ab-fremd/1.0/x", "ab-meldewesen 1.0"),
            ("ab-meldewesen/0.9", "ab-meldewesen 1.0"),
            ("ab-meldewesen/0.9/meldewesen.anmeldung.0101", "ab-meldewesen 1.0"),
            ("ab-meldewesen/1.0/meldewesen.umzug.0102", "meldewesen.anmeldung.0101"),
        ],
    )
    def test_what_there_is_not_names_what_there_is(self, api: httpx.Client, path: str, known: str) -> None:
        for language, word in (("de", "Es gibt"), ("en", "There are")):
            answer = api.get(f"/v1/schemas/{path}", headers={"Accept-Language": language})
            assert (answer.status_code, answer.json()["code"]) == (404, "schema-not-found")
            assert f"{word}: {known}." in answer.json()["detail"]

    def test_a_language_that_is_not_spoken_is_no_language(self, api: httpx.Client) -> None:
        assert api.get("/v1/schemas", params={"lang": "fr"}).status_code == 400

    def test_readers_share_a_rate_and_portals_do_not_feel_it(self, services: Services) -> None:
        limits = Limits(pages_per_second=0.01, pages_at_once=3)
        with serving(services, limits) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}") as api:
            answers = [api.get("/v1/schemas") for _ in range(4)]
            assert [each.status_code for each in answers] == [200, 200, 200, 429]
            assert int(answers[-1].headers["retry-after"]) >= 1
            assert api.get("/v1/messages", headers=PORTAL).status_code == 200


class TestHealth:
    def test_alive_and_ready(self, api: httpx.Client) -> None:
        assert api.get("/health/live").json() == {"status": "ok", "checks": []}
        ready = api.get("/health/ready")
        assert ready.status_code == 200
        assert ready.json()["checks"] == [{"name": "store", "ok": True, "reason": None}]
        assert ready.json()["destinations"] == []

    def test_a_destination_that_is_away_is_shown_and_leaves_the_gateway_ready(
        self, services: Services
    ) -> None:
        away = check.Finding(StepResult.FAILED, "connection-refused", "", "")
        step = Step(StepName.CONNECTION, away, 0.1)
        checked = Checked("kasse", NOON, (step,))
        with serving(replace(services, destinations=lambda: [checked]), Limits()) as port:
            answer = httpx.get(f"http://127.0.0.1:{port}/health/ready")
        assert answer.status_code == 200
        assert answer.json()["destinations"] == [
            {
                "name": "kasse",
                "result": "failed",
                "step": "connection",
                "code": "connection-refused",
                "checkedAt": moment(NOON),
            }
        ]

    def test_not_ready_names_what_fails_and_no_secret(self, services: Services) -> None:
        async def store() -> None:
            raise StoreUnavailable("postgresql://user:geheim@host")

        async def disk() -> None:
            raise OSError("geheim")

        failing = replace(services, checks={**services.checks, "database": store, "disk": disk})
        with serving(failing, Limits()) as port:
            answer = httpx.get(f"http://127.0.0.1:{port}/health/ready")
        assert answer.status_code == 503
        reasons = {check["name"]: check["reason"] for check in answer.json()["checks"]}
        assert reasons == {"store": None, "database": "store-unavailable", "disk": "failed"}
        assert "geheim" not in answer.text

    def test_metrics_tell_what_happened(self, api: httpx.Client) -> None:
        api.post("/v1/messages", content=b"<m/>", headers=XML)
        api.post("/v1/messages", content=b"<m/>")
        text = api.get("/metrics").text
        assert 'submissions_accepted_total{repeated="false",service="registration/anmeldung"} 1.0' in text
        assert 'requests_refused_total{code="unauthenticated"} 1.0' in text
        assert 'duration_seconds_count{method="POST",route="/v1/messages",status="202"} 1.0' in text
        assert "amtsbote_store_up 1.0" in text


class TestAddresses:
    @pytest.mark.parametrize("path", ["/", "/v1", "/v1/messages/", "/docs", "/redoc", "//v1/messages"])
    def test_unknown_ones_are_a_problem_too(self, api: httpx.Client, path: str) -> None:
        answer = api.get(path, headers=PORTAL)
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")

    @pytest.mark.parametrize(
        ("method", "path", "allowed"),
        [
            ("PUT", "/v1/messages", "GET, POST"),
            ("DELETE", f"/v1/messages/{MESSAGE}", "GET"),
            ("GET", "/v1/receipts", "POST"),
            ("OPTIONS", "/health/live", "GET"),
        ],
    )
    def test_wrong_methods_learn_the_right_ones(
        self, api: httpx.Client, method: str, path: str, allowed: str
    ) -> None:
        answer = api.request(method, path)
        assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
        assert answer.json()["code"] == "method-not-allowed"

    def test_the_server_does_not_name_its_software(self, api: httpx.Client) -> None:
        assert "server" not in api.get("/health/live").headers

    def test_the_description_is_complete(self, api: httpx.Client) -> None:
        document = api.get("/openapi.json").json()
        assert set(document["paths"]["/v1/messages"]) == {"get", "post"}
        assert "HTTPValidationError" not in str(document)
        for path, operations in document["paths"].items():
            for operation in operations.values():
                assert operation["summary"]
                if path.startswith("/v1/schemas"):
                    assert "security" not in operation
                    assert {"400", "429", "503"} <= set(operation["responses"])
                elif path.startswith("/v1"):
                    assert operation["security"]
                    assert {"401", "403", "429", "503"} <= set(operation["responses"])


class TestValidation:
    def validate(self, api: httpx.Client, **headers: str) -> httpx.Response:
        return api.post("/v1/validate", content=b"<m/>", headers={**XML, **headers})

    def test_the_report_says_what_a_submission_would_be_answered(
        self, api: httpx.Client, services: Services
    ) -> None:
        answer = self.validate(api)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        assert answer.json() == {
            "valid": True,
            "accepted": True,
            "kind": {
                "standard": "ab-meldewesen",
                "version": "1.0",
                "root": "meldewesen.anmeldung.0101",
                "service": "registration/anmeldung",
            },
            "documentation": "/v1/schemas/ab-meldewesen/1.0/meldewesen.anmeldung.0101",
            "tenant": "zossen",
            "destinations": ["einwohner"],
            "reasons": [],
            "warnings": [],
        }
        assert intake_of(services).submitted == []

    def test_a_browser_gets_a_page_that_may_do_nothing(self, api: httpx.Client, services: Services) -> None:
        finding = Finding("/m", "cvc-pattern", "falsch", "wrong", found="9999")
        intake_of(services).report = Report(None, (Refusal(RefusalCode.SCHEMA_INVALID, findings=(finding,)),))
        answer = self.validate(api, Accept="text/html,*/*;q=0.8", **{"Accept-Language": "en"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-language"] == "en"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'; ")
        assert '<html lang="en">' in answer.text
        assert intake_of(services).sketched == [(finding,)]

    def test_a_terminal_gets_text(self, api: httpx.Client) -> None:
        answer = self.validate(api, Accept="text/plain")
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.text.startswith("Die Nachricht ist in Ordnung und würde angenommen.\n")

    @pytest.mark.parametrize(
        ("headers", "status", "code"),
        [
            ({"Authorization": "Bearer nobody"}, 401, "unauthenticated"),
            ({"Authorization": SYSTEM_KEY}, 403, "wrong-kind-of-key"),
            ({"Content-Type": "application/json"}, 415, "unsupported-media-type"),
            ({"Content-Encoding": "gzip"}, 415, "content-encoding-not-supported"),
        ],
    )
    def test_the_same_is_refused_as_for_a_submission(
        self, api: httpx.Client, headers: dict[str, str], status: int, code: str
    ) -> None:
        answer = self.validate(api, **headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    def test_too_large(self, api: httpx.Client) -> None:
        answer = api.post("/v1/validate", content=b"x" * 100_001, headers=XML)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")

    def test_the_places_are_shared_with_submissions(self, services: Services) -> None:
        limits = Limits(submissions=0)
        with serving(services, limits) as port:
            answer = httpx.post(f"http://127.0.0.1:{port}/v1/validate", content=b"<m/>", headers=XML)
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
