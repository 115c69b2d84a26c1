"""The straight line: every kind of message reaches its specialist system, and everybody can see that it did."""

from base64 import b64decode
from collections import Counter
from typing import Any
from xml.etree import ElementTree as ET

import aio_pika

from tests.acceptance.conftest import Book
from tests.acceptance.installation import Installation
from tests.acceptance.letters import (
    CANARY,
    COTTBUS,
    FRANKFURT,
    FUERSTENBERG,
    HERZBERG,
    MAERKISCHE_HEIDE,
    PANKETAL,
    PLANETAL,
    WERNEUCHEN,
    ZOSSEN,
    a_letter,
)
from tests.acceptance.line import an_open_line
from tests.servers.blocking import run_blocking

RECEIPT = "{urn:amtsbote:receipt:1.0}"


def test_every_kind_reaches_its_system(installation: Installation, book: Book) -> None:
    letters = [
        a_letter("meldewesen/anmeldung-voll", ZOSSEN),
        a_letter("meldewesen/anmeldung-zeichen", COTTBUS),
        a_letter("meldewesen/abmeldung-voll", PLANETAL),
        a_letter("personenstand/urkunde-voll", PANKETAL),
        a_letter("personenstand/geburtsanzeige-zeichen", FRANKFURT),
        a_letter("gewerbe/anmeldung-voll", COTTBUS, {"trade": 2}),
        a_letter("gewerbe/anmeldung-klein", WERNEUCHEN),
        a_letter("gewerbe/ummeldung-klein", WERNEUCHEN),
        a_letter("gewerbe/abmeldung-zeichen", HERZBERG),
        a_letter("finanzen/hundesteueranmeldung-voll", ZOSSEN),
        a_letter("finanzen/sepamandat-zeichen", PANKETAL),
        a_letter("finanzen/hundesteuerabmeldung-voll", ZOSSEN),
        a_letter("finanzen/hundesteueraenderung-klein", PANKETAL),
        a_letter("finanzen/zahlungsmitteilung-voll", ZOSSEN),
        a_letter("liegenschaften/negativzeugnis-voll", MAERKISCHE_HEIDE),
        a_letter("liegenschaften/katasterauskunft-zeichen", COTTBUS),
    ]
    receipts = [installation.submit(letter) for letter in letters]
    found = installation.settle(letters)

    assert found.settled
    assert found.recognised == 0
    book("none", found, Counter({"202": len(receipts)}))
    for letter, receipt in zip(letters, receipts, strict=True):
        assert receipt["nachrichtenUUID"] == letter.uuid
        assert receipt["sha256"] == letter.sha256
        assert len(receipt["destinations"]) == sum(letter.systems.values())
        message = installation.message(receipt["id"])
        assert message["state"] == "delivered"
        assert [each["destination"] for each in message["deliveries"]] == receipt["destinations"]
        check_timeline(message)


def check_timeline(message: dict[str, Any]) -> None:
    """Received by the portal first; then, for each destination, one attempt and its end."""
    events = message["timeline"]
    assert (events[0]["action"], events[0]["actor"]) == ("received", "portal:acceptance")
    for delivery in message["deliveries"]:
        assert delivery["attempt"] == 1
        own = [each for each in events if each["destination"] == delivery["destination"]]
        actions = [each["action"] for each in own]
        assert actions[0] == "claimed"
        if "confirmed" in actions:
            confirmed = own[actions.index("confirmed")]
            assert confirmed["actor"] == "system:sandbox"
            # A receipt may overtake the worker that handed the message over.
            assert set(actions) <= {"claimed", "pending", "late-pending", "confirmed"}
        else:
            assert actions == ["claimed", "delivered"]
            assert delivery["reference"]


def test_a_test_message_reaches_the_test_system_only(installation: Installation) -> None:
    letter = a_letter("meldewesen/anmeldung-klein", ZOSSEN, test=True)

    receipt = installation.submit(letter)

    assert receipt["destinations"] == ["einwohner-test"]
    assert installation.settle([letter]).settled


def test_sorbian_letters_arrive_as_they_were_sent(installation: Installation) -> None:
    letters = {
        "meldewesen": a_letter("meldewesen/anmeldung-zeichen", FUERSTENBERG),
        "finanzen": a_letter("finanzen/hundesteueranmeldung-zeichen", FUERSTENBERG),
        "personenstand": a_letter("personenstand/urkunde-zeichen", PANKETAL),
        "gewerbe": a_letter("gewerbe/abmeldung-zeichen", COTTBUS),
    }
    with an_open_line(installation) as line:
        ids = {area: installation.submit(letter)["id"] for area, letter in letters.items()}
        assert installation.settle([*letters.values()]).settled

    finance, envelope = sorted(each for each in line.sent if each)
    assert envelope.startswith(b"POST /registration")
    assert finance.startswith(b"POST /finance")
    assert CANARY in envelope.decode()
    assert CANARY in finance.decode()
    (filed,) = installation.message(ids["personenstand"])["deliveries"]
    # Byte for byte: the register keeps the message itself.
    assert installation.tally("civil_status", filed["id"])["sha256"] == letters["personenstand"].sha256
    (dropped,) = installation.message(ids["gewerbe"])["deliveries"]
    (file,) = installation.done("gewerbeamt", dropped["id"])
    assert CANARY in file.read_text(encoding="utf-8")


def test_a_system_fetches_its_messages_and_confirms_them_by_itself(installation: Installation) -> None:
    letter = a_letter("liegenschaften/negativzeugnis-zeichen", FUERSTENBERG)
    id = installation.submit(letter)["id"]
    (delivery,) = installation.wait_for(id, "pending", "unclear")

    body = fetched(installation, "liegenschaften-kurz", delivery["id"])
    answer = installation.client.post(
        f"{installation.api}/v1/receipts",
        json={"delivery": delivery["id"], "status": "accepted", "reference": "LIE-1"},
        headers=installation.system,
    )

    assert CANARY in body.decode()
    assert answer.status_code == 200
    (delivery,) = installation.wait_for(id, "delivered")
    assert delivery["reference"] == "LIE-1"


def fetched(installation: Installation, destination: str, delivery: str) -> bytes:
    """A parcel's body, taken as a specialist system does it in either size; other parcels stay."""
    if installation.broker_url != "embedded":
        return run_blocking(fetched_from_queue(installation.broker_url, destination, delivery))
    for _ in range(100):
        answer = installation.client.post(
            f"{installation.api}/v1/pickup/{destination}/lease",
            json={"max": 1, "seconds": 30},
            headers=installation.system,
        )
        (parcel,) = answer.raise_for_status().json()["parcels"]
        if parcel["delivery"] == delivery:
            return b64decode(parcel["body"])
    raise AssertionError("the parcel is not laid out")


async def fetched_from_queue(broker_url: str, destination: str, delivery: str) -> bytes:
    async with await aio_pika.connect(broker_url) as connection:
        queue = await (await connection.channel()).get_queue(f"pickup.{destination}")
        while (parcel := await queue.get()).headers["delivery"] != delivery:
            continue
        await parcel.ack()
        return parcel.body


def test_a_receipt_is_json_or_xml_as_asked(installation: Installation) -> None:
    letter = a_letter("finanzen/sepamandat-klein", ZOSSEN)

    as_json = installation.post(letter.content)
    as_xml = installation.post(letter.content, Accept="application/xml")

    receipt = as_json.json()
    installation.ledger.acknowledged(receipt["id"], letter)
    root = ET.fromstring(as_xml.content)
    assert (as_json.headers["Content-Type"], as_xml.headers["Content-Type"]) == (
        "application/json",
        "application/xml",
    )
    assert as_json.headers["Location"] == as_xml.headers["Location"] == f"/v1/messages/{receipt['id']}"
    for name in ("id", "nachrichtenUUID", "tenant", "sha256", "receivedAt"):
        assert root.findtext(f"{RECEIPT}{name}") == receipt[name]
    assert [each.text for each in root.iterfind(f"{RECEIPT}destinations/{RECEIPT}i")] == receipt[
        "destinations"
    ]
