"""The straight line: every kind of message reaches its specialist system, and everybody can see that it did."""

from collections import Counter
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree as ET

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
        a_letter("gewerbe/abmeldung-zeichen", HERZBERG),
        a_letter("finanzen/hundesteueranmeldung-voll", ZOSSEN),
        a_letter("finanzen/sepamandat-zeichen", PANKETAL),
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
    byte_for_byte = [
        a_letter("personenstand/urkunde-zeichen", PANKETAL),
        a_letter("gewerbe/abmeldung-zeichen", COTTBUS),
        a_letter("liegenschaften/negativzeugnis-zeichen", MAERKISCHE_HEIDE),
    ]
    reworded = [
        a_letter("meldewesen/anmeldung-zeichen", FUERSTENBERG),
        a_letter("finanzen/hundesteueranmeldung-zeichen", FUERSTENBERG),
    ]
    with an_open_line(installation) as line:
        for letter in (*byte_for_byte, *reworded):
            installation.submit(letter)
        assert installation.settle((*byte_for_byte, *reworded)).settled

    checksums = {tally["sha256"] for tallies in installation.received().values() for tally in tallies}
    for letter in byte_for_byte:
        assert letter.sha256 in checksums
    done = installation.folder / "var" / "trade" / "gewerbeamt" / "done"
    assert byte_for_byte[1].sha256 in {sha256(path.read_bytes()).hexdigest() for path in done.glob("*.xml")}
    envelope, _, json = line.sent.partition(b"POST /finance")
    if b"<soap" not in envelope:
        envelope, json = json, envelope
    for wire in (envelope, json):
        assert CANARY.encode() in wire


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
