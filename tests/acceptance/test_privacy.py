"""Privacy: what stands in a message is seen by its specialist system and by nobody else."""

import asyncio
import json
from pathlib import Path

import aio_pika
import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.letters import CANARY, FUERSTENBERG, PANKETAL, ZOSSEN, a_letter, many

NAME = CANARY.partition("-")[0]
"""The part of the name that no encoding changes."""


def test_a_refusal_repeats_no_value(installation: Installation) -> None:
    letter = a_letter("meldewesen/anmeldung-voll", ZOSSEN).content
    name = CANARY.encode()
    spoilt = [
        letter[: letter.index(name) + len(name)],
        letter.replace(name, name + b"\xd0\x96", 1),
        letter.replace(b"<einzugsdatum>", b"<einzugsdatum>" + name),
        letter.replace(b"<familienname>", b'<familienname wert="' + name + b'">'),
        letter.replace(b"ags:" + ZOSSEN.encode(), b"ags:" + name),
        letter.replace(b"psw:01003110", b"psw:" + name),
        letter.replace(b"<nachrichtenUUID>", b"<nachrichtenUUID>" + name),
        letter.replace(b"anmeldung.0101", b"anmeldung." + name),
        b'<!DOCTYPE a [<!ENTITY b "' + name + b'">]>' + letter,
        letter.decode().encode("utf-16"),
    ]
    for content in spoilt:
        for language in ("de", "en"):
            answer = installation.post(content, Accept_Language=language)

            assert 400 <= answer.status_code < 500, answer.text
            assert NAME not in answer.text
            assert NAME not in str(answer.headers)


@pytest.mark.timeout(180)
def test_no_list_metric_or_log_holds_a_value(installation: Installation) -> None:
    for fault in ("error-500", "cut", "html", "refuse"):
        installation.fault("registration", fault)
        installation.fault("finance", fault)
    letters = [a_letter("meldewesen/abmeldung-klein", FUERSTENBERG) for _ in range(4)]
    letters += [a_letter("finanzen/sepamandat-klein", FUERSTENBERG) for _ in range(4)]
    ids = [installation.submit(letter)["id"] for letter in letters]
    states = {each["state"] for id in ids for each in installation.wait_for(id, "unclear", "rejected")}
    assert states == {"unclear", "rejected"}

    shown = [
        installation.amtsbote("failed", "-o", "json").stdout,
        installation.amtsbote("status", ids[0], env={"AMTSBOTE_KEY": installation.keys["portal"]}).stderr,
        *(json.dumps(installation.message(id), ensure_ascii=False) for id in ids),
        *(
            installation.client.get(f"{installation.url(name)}/metrics").text
            for name in installation.processes
        ),
        *(path.read_text(encoding="utf-8") for path in logs(installation)),
        *installation.eventually(lambda: traces(installation, ids)),
    ]

    for text in shown:
        assert text
        assert NAME not in text


def traces(installation: Installation, ids: list[str]) -> list[str] | None:
    """All that the collector has, once it knows every attempt at these messages."""
    spans = installation.collector.spans()
    told = {span.facts["amtsbote.message"] for span in spans if span.name == "deliver"}
    if not told >= set(ids):
        return None
    return [body.decode("utf-8", "replace") for body in installation.collector.bodies]


def logs(installation: Installation) -> list[Path]:
    """What every process has written to standard output and standard error, the sandbox too."""
    names = {path.stem for path in (installation.folder / "logs").iterdir()}
    assert names >= {*installation.processes, "sandbox", "cli"}
    return [path for path in (installation.folder / "logs").iterdir() if path.stat().st_size]


@pytest.mark.timeout(180)
async def test_tickets_carry_ids_alone(data_centre: Installation) -> None:
    data_centre.stop("worker-1", "worker-2")
    letters = [*many(12), a_letter("finanzen/sepamandat-klein", PANKETAL)]
    for letter in letters:
        data_centre.submit(letter)
    owed = sum(sum(letter.systems.values()) for letter in letters)

    tickets = await waiting_tickets(data_centre.broker_url, owed)

    for body, properties in tickets:
        assert set(json.loads(body)) == {"delivery", "attempt"}
        assert NAME not in body
        assert NAME not in properties
    data_centre.start("worker-1", "worker-2")
    assert data_centre.settle(letters).settled


async def waiting_tickets(broker_url: str, number: int) -> list[tuple[str, str]]:
    """Body and properties of every message on the gateway's own queues, which stay there."""
    destinations = ("einwohner", "standesamt", "gewerbeamt", "kammer-cottbus", "finanzen", "liegenschaften")
    queues = ["amtsbote.dead", *(f"amtsbote.deliver.{each}" for each in destinations)]
    found: list[tuple[str, str]] = []
    async with await aio_pika.connect(broker_url) as connection:
        channel = await connection.channel()
        async with asyncio.timeout(60):
            while len(found) < number:
                for name in queues:
                    queue = await channel.get_queue(name)
                    # Not acked: with the end of the connection they go back to their queue.
                    while (message := await queue.get(fail=False)) is not None:
                        found.append((message.body.decode(), str(message.info())))
                await asyncio.sleep(0.2)
    return found
