"""Traces: one trace tells of a message from the portal's request to the system's receipt, through store and queue."""

import secrets
from collections import Counter
from collections.abc import Sequence

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.letters import COTTBUS, PANKETAL, ZOSSEN, a_letter
from tests.servers.collector import Seen

PORTAL_TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PORTAL_SPAN = "00f067aa0ba902b7"


def spans_of(installation: Installation, message: str, names: Sequence[str]) -> list[Seen]:
    """The spans of a message's trace, once all of these are there."""

    def found() -> list[Seen] | None:
        collector = installation.collector
        traces = {each.trace for each in collector.spans() if each.facts.get("amtsbote.message") == message}
        spans = [each for trace in traces for each in collector.spans(trace)]
        return spans if Counter(names) <= Counter(each.name for each in spans) else None

    spans: list[Seen] = installation.eventually(
        found, lambda: str([(each.name, each.facts) for each in installation.collector.spans()[-20:]])
    )
    return spans


def one(spans: Sequence[Seen], name: str) -> Seen:
    (span,) = (each for each in spans if each.name == name)
    return span


def test_the_way_of_a_message_is_one_trace_that_begins_at_the_portal(installation: Installation) -> None:
    id = installation.submit(
        a_letter("meldewesen/anmeldung-voll", ZOSSEN),
        traceparent=f"00-{PORTAL_TRACE[:-4]}{id_suffix()}-{PORTAL_SPAN}-01",
    )["id"]
    installation.wait_for(id, "delivered")

    spans = spans_of(
        installation, id, ["POST /v1/messages", "examine", "commit", "publish", "deliver", "call"]
    )

    request, commit, publish = one(spans, "POST /v1/messages"), one(spans, "commit"), one(spans, "publish")
    deliver, call = one(spans, "deliver"), one(spans, "call")
    assert request.trace.startswith(PORTAL_TRACE[:-4])
    assert request.parent == PORTAL_SPAN
    assert commit.parent == one(spans, "examine").parent == request.id
    assert publish.parent == commit.id
    assert deliver.parent == publish.id
    assert call.parent == deliver.id
    assert deliver.facts["amtsbote.outcome"] == "delivered"
    assert deliver.facts["amtsbote.tenant"] == "zossen"
    if len(installation.processes) > 1:
        assert [each.roles for each in (request, publish, deliver)] == ["api", "relay", "worker"]


@pytest.mark.timeout(180)
def test_another_attempt_is_linked_with_the_one_before(installation: Installation) -> None:
    installation.fault("finance", "unavailable-503", times=1, seconds=1)
    id = installation.submit(a_letter("finanzen/sepamandat-klein", PANKETAL))["id"]
    installation.wait_for(id, "delivered")

    names = ["POST /v1/messages", "examine", "commit", *(["publish", "deliver", "call"] * 2)]
    spans = spans_of(installation, id, names)

    first, second = sorted(
        (each for each in spans if each.name == "deliver"), key=lambda each: each.facts["amtsbote.attempt"]
    )
    assert first.failed
    assert not second.failed
    assert second.links == ((first.trace, first.id),)


def test_a_receipt_belongs_to_the_trace_of_its_message(installation: Installation) -> None:
    id = installation.submit(a_letter("gewerbe/anmeldung-voll", COTTBUS))["id"]
    installation.wait_for(id, "delivered")
    each = ["publish", "deliver", "call", "receipt"]

    deliveries = installation.message(id)["deliveries"]
    spans = spans_of(installation, id, ["POST /v1/messages", "examine", "commit", *(each * len(deliveries))])

    attempts = {each.facts["amtsbote.delivery"]: each.id for each in spans if each.name == "deliver"}
    for receipt in (each for each in spans if each.name == "receipt"):
        assert receipt.links == ((receipt.trace, attempts[receipt.facts["amtsbote.delivery"]]),)
        assert receipt.facts["amtsbote.state"] == "delivered"


def test_a_refused_message_is_a_trace_too_that_says_why(installation: Installation) -> None:
    answer = installation.post(b"<a/>", traceparent=f"00-{'ab' * 16}-{PORTAL_SPAN}-01")
    code = answer.json()["code"]

    def found() -> list[Seen]:
        return [each for each in installation.collector.spans("ab" * 16) if each.name.startswith("POST")]

    span = installation.eventually(found)[0]
    assert span.failed
    assert span.facts["error.type"] == code


def id_suffix() -> str:
    """Of a trace that no other test uses."""
    return secrets.token_hex(2)
