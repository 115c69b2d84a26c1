"""The data-centre size as docker-compose.yml describes it: its own commands and environment, started as processes."""

import json
import re
import time
import tomllib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.letters import is_valid_today
from tests.servers.compose import ROOT, own_services
from tests.servers.stack import Stack

BUNDLES = sorted((ROOT / "schemas/bundles").glob("*/*/bundle.toml"))
PATIENCE_SECONDS = 60.0
LASTING = ("api", "relay", "worker-1", "worker-2", "sandbox")

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def stack(tmp_path: Path, postgres_url: str, rabbitmq_url: str) -> Iterator[Stack]:
    stack = Stack(tmp_path, database_url=postgres_url, broker_url=rabbitmq_url)
    yield stack
    stack.down()


def test_messages_of_all_areas_are_delivered_and_every_process_stops_in_good_order(stack: Stack) -> None:
    stack.up("migrate")
    stack.run_script("sandbox.sh")
    stack.up(*LASTING)
    key = json.loads(stack.run("api", "portals", "add", "acceptance", "--autor", "*", "-o", "json"))["key"]
    with httpx.Client(
        base_url=stack.url("api", 8080), headers={"Authorization": f"Bearer {key}"}, timeout=30
    ) as portal:
        receipts = {service: post(portal, letter) for service, letter in letters().items()}
        states = settled(portal, {service: receipt["id"] for service, receipt in receipts.items()})
    effects = httpx.get(f"{stack.url('sandbox', 8090)}/sandbox/summary").json()["systems"]

    assert {service.partition("/")[0] for service in receipts} == {
        *("registration", "civil-status", "trade", "finance", "real-estate")
    }
    assert states == dict.fromkeys(receipts, "delivered"), logs(stack)
    assert all(counts["taken"] > 0 for counts in effects.values())
    assert stack.down() == dict.fromkeys(reversed(LASTING), 0)


def test_the_stack_is_all_that_the_compose_file_starts() -> None:
    assert set(own_services()) == {"migrate", *LASTING}


def letters() -> dict[str, bytes]:
    """One valid message per service that some municipality of the example configuration has booked, in the newest
    version of its kind.
    """
    bookings = [
        (booking["service"], tenant["ags"][0])
        for tenant in map(load, sorted((ROOT / "config/tenants").glob("*.toml")))
        for booking in tenant["bookings"]
    ]
    found = {}
    for bundle in filter(lambda each: is_valid_today(each.parent), BUNDLES):
        for kind in load(bundle)["kinds"]:
            area = kind["service"].partition("/")[0]
            ags = [ags for service, ags in bookings if service in {kind["service"], area}]
            if ags:
                found[kind["service"]] = letter(sample(bundle.parent, kind["root"]), ags[0])
    return found


def load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def sample(bundle: Path, root: str) -> bytes:
    contents = (path.read_bytes() for path in sorted((bundle / "samples/valid").glob("*.xml")))
    return next(
        content for content in contents if re.search(rb"<(\w+:)?" + re.escape(root).encode(), content)
    )


def letter(content: bytes, ags: str) -> bytes:
    """The sample as a message of its own, for a certain municipality."""
    content = re.sub(rb"(<nachrichtenUUID>)[^<]*", rb"\g<1>" + str(uuid.uuid4()).encode(), content)
    return re.sub(rb"(?s)(<leser>.*?<kennung>)[^<]*", rb"\g<1>ags:" + ags.encode(), content, count=1)


def post(portal: httpx.Client, content: bytes) -> dict[str, Any]:
    answer = portal.post("/v1/messages", content=content, headers={"Content-Type": "application/xml"})
    assert answer.status_code == 202, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def settled(portal: httpx.Client, messages: dict[str, str]) -> dict[str, str]:
    """The state of each message when nothing is under way any more, or patience has run out."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        answers = {name: portal.get(f"/v1/messages/{id}").raise_for_status() for name, id in messages.items()}
        states = {name: str(answer.json()["state"]) for name, answer in answers.items()}
        if "in-delivery" not in states.values() or time.monotonic() > deadline:
            return states
        time.sleep(0.2)


def logs(stack: Stack) -> str:
    return "\n".join(f"--- {name}\n{stack.log(name)}" for name in LASTING)
