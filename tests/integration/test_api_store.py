"""The API over the real use case, schemas and store: one message from its acceptance to its receipt."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.integration.api_support import BUNDLES, DESTINATION, SAMPLES, RealApi, real_api


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealApi]:
    with real_api(tmp_path_factory.mktemp("api")) as running:
        yield running


@pytest.fixture
def portal(api: RealApi) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {api.portal_key}", "Content-Type": "application/xml"}
    with httpx.Client(base_url=api.url, headers=headers, timeout=60) as client:
        yield client


@pytest.fixture
def system(api: RealApi) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=api.url, headers={"Authorization": f"Bearer {api.system_key}"}) as client:
        yield client


def content(sample: Path, **replaced: str) -> bytes:
    text = sample.read_text(encoding="utf-8")
    for old, new in replaced.items():
        text = text.replace(old, new)
    return text.encode()


def test_every_valid_sample_is_accepted_and_listed_in_order(portal: httpx.Client) -> None:
    accepted = [portal.post("/v1/messages", content=content(sample)) for sample in SAMPLES]
    assert {answer.status_code for answer in accepted} == {202}
    listed: list[str] = []
    address: str | None = "/v1/messages?limit=4"
    while address is not None:
        page = portal.get(address).json()
        listed += [item["id"] for item in page["items"]]
        address = page["next"]
    assert sorted(listed) == sorted({answer.json()["id"] for answer in accepted})


def test_a_repeated_submission_gets_its_receipt_byte_for_byte(portal: httpx.Client) -> None:
    first, second = (portal.post("/v1/messages", content=content(SAMPLES[0])) for _ in range(2))
    assert (second.content, second.status_code) == (first.content, 202)
    assert second.headers["idempotent-replay"] == "true"


def test_a_warning_refuses_nothing_and_stays_with_the_message(portal: httpx.Client) -> None:
    late = next(each for each in SAMPLES if "<einzugsdatum>2026-06" in each.read_text(encoding="utf-8"))
    english = {"Accept-Language": "en"}
    first, second = (portal.post("/v1/messages", content=content(late), headers=english) for _ in range(2))
    assert (first.status_code, second.content) == (202, first.content)
    [warning] = first.json()["warnings"]
    assert warning["path"].endswith("/einzugsdatum")
    assert warning["rule"] == "datum-zu-frueh"
    assert "more than 14 days ago" in warning["text"]
    assert "2026-06" not in first.text
    assert portal.get(first.json()["status"], headers=english).json()["warnings"] == [warning]
    assert "mehr als 14 Tage" in portal.get(first.json()["status"]).json()["warnings"][0]["text"]
    in_xml = portal.post("/v1/messages", content=content(late), headers={"Accept": "application/xml"})
    assert "<rule>datum-zu-frueh</rule>" in in_xml.text


def test_warnings_of_schematron_come_in_the_language_of_the_reader_and_without_values(
    portal: httpx.Client,
) -> None:
    sample = BUNDLES / "ab-finanzen/1.0/samples/warned/hundesteueranmeldung-viele-hunde.xml"
    german, english = {"Accept-Language": "de"}, {"Accept-Language": "en"}
    answer = portal.post("/v1/messages", content=sample.read_bytes(), headers=english)
    assert answer.status_code == 202, answer.text
    warnings = answer.json()["warnings"]
    (warning,) = (each for each in warnings if each["rule"] == "schematron:haltung-viele-hunde")
    assert warning["path"].endswith("/anzahlHunde")
    status = answer.json()["status"]
    assert portal.get(status, headers=english).json()["warnings"] == warnings
    in_german = portal.get(status, headers=german).json()["warnings"]
    assert [(each["rule"], each["path"]) for each in in_german] == [
        (each["rule"], each["path"]) for each in warnings
    ]
    assert warning["text"] not in [each["text"] for each in in_german]


def test_the_same_uuid_with_other_content_is_refused(portal: httpx.Client) -> None:
    portal.post("/v1/messages", content=content(SAMPLES[0]))
    answer = portal.post("/v1/messages", content=content(SAMPLES[0]) + b"\n")
    assert (answer.status_code, answer.json()["xinneres"]) == (409, "S100")


def test_what_is_wrong_is_all_named_at_once(portal: httpx.Client) -> None:
    sample = next(each for each in SAMPLES if each.name == "sepamandat-klein.xml")
    wrong = content(sample, **{"<art>": "<arten>", "</art>": "</arten>", "ags:12060280": "ags:99999999"})
    answer = portal.post("/v1/messages", content=wrong, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert {reason["code"] for reason in answer.json()["reasons"]} == {"schema-invalid", "unknown-recipient"}
    assert "Lieschen" not in answer.text


def test_a_system_confirms_and_the_portal_sees_it(portal: httpx.Client, system: httpx.Client) -> None:
    receipt = portal.post("/v1/messages", content=content(SAMPLES[1])).json()
    (delivery,) = portal.get(receipt["status"]).json()["deliveries"]
    assert (delivery["destination"], delivery["state"]) == (DESTINATION, "queued")
    body = {"delivery": delivery["id"], "status": "accepted", "reference": "AZ 1"}
    for _ in range(2):
        assert system.post("/v1/receipts", json=body).status_code == 200
    message = portal.get(receipt["status"]).json()
    assert message["state"] == "delivered"
    assert message["deliveries"][0]["reference"] == "AZ 1"
    assert message["deliveries"][0]["systemStatus"]["status"] == "received"
    closed = body | {"status": "closed"}
    assert system.post("/v1/receipts", json=closed).json()["systemStatus"] == "closed"
    contradicting = system.post("/v1/receipts", json={"delivery": delivery["id"], "status": "refused"})
    assert (contradicting.status_code, contradicting.json()["code"]) == (409, "contradiction")


def test_a_system_sends_documents_and_the_portal_gets_them_as_they_came(
    portal: httpx.Client, system: httpx.Client, api: RealApi
) -> None:
    receipt = portal.post("/v1/messages", content=content(SAMPLES[2])).json()
    (delivery,) = portal.get(receipt["status"]).json()["deliveries"]
    valid = content(SAMPLES[0])
    documents = {
        "application/pdf": b"%PDF-1.7",
        "application/xml": valid,
        "text/xml": valid.replace(b"</", b"</unbekannt", 1),
    }
    replies = [
        {"mediaType": media_type, "content": b64encode(body).decode()}
        for media_type, body in documents.items()
    ]
    body = {"delivery": delivery["id"], "status": "closed", "replies": replies}
    for _ in range(2):
        assert system.post("/v1/receipts", json=body).status_code == 200

    listed = portal.get(f"{receipt['status']}/replies").json()["items"]

    assert [(each["number"], each["mediaType"], each["valid"]) for each in listed] == [
        (1, "application/pdf", None),
        (2, "application/xml", True),
        (3, "text/xml", False),
    ]
    assert listed[1]["kind"]["root"].encode() in valid
    assert listed[2]["findings"][0]["rule"] == "not-well-formed"
    fetched = [portal.get(each["content"]) for each in listed]
    assert [each.content for each in fetched] == list(documents.values())
    assert [sha256(each.content).hexdigest() for each in fetched] == [each["sha256"] for each in listed]
    actions = [event["action"] for event in portal.get(receipt["status"]).json()["timeline"]]
    assert actions == ["received", "confirmed", *["reply"] * 3, *["reply-fetched"] * 3]
    shown = CliRunner().invoke(app, ["status", receipt["id"], "--key", api.portal_key, "--url", api.url])
    assert shown.exit_code == 0, shown.output
    assert {"closed", "application/pdf", listed[2]["content"]} <= set(shown.output.split())


def test_nothing_is_laid_out_where_nothing_was_offered(system: httpx.Client) -> None:
    assert system.post(f"/v1/pickup/{DESTINATION}/lease", json={}).status_code == 204
