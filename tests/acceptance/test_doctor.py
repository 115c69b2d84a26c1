"""Doctor: what it says beside a running gateway, with parts of it away, and with nothing to ask at all."""

import json
from typing import Any

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.letters import CANARY, ZOSSEN, a_letter

NOBODY = {
    "AMTSBOTE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "AMTSBOTE_BROKER_URL": "amqp://127.0.0.1:1/none",
}


def told(output: str) -> dict[str, dict[str, Any]]:
    return {each["code"]: each for each in json.loads(output)["findings"]}


@pytest.mark.timeout(180)
def test_beside_a_running_gateway_it_sees_who_works(installation: Installation) -> None:
    id = installation.submit(a_letter("meldewesen/anmeldung-voll", ZOSSEN))["id"]
    installation.wait_for(id, "delivered")

    done = installation._run(("doctor", "--json"), {})

    assert done.returncode == json.loads(done.stdout)["status"] < 2, done.stdout
    found = told(done.stdout)
    assert {"configuration-fine", "store-fine", "disk-fine", "worker-seen", "schemas-fine"} <= set(found)
    assert CANARY.partition("-")[0] not in done.stdout
    if len(installation.processes) > 1:
        assert "broker-seen" in found
        assert "queue-unconsumed" not in found


@pytest.mark.timeout(180)
def test_without_workers_it_names_the_queues_that_nobody_consumes(data_centre: Installation) -> None:
    workers = [name for name in data_centre.processes if name.startswith("worker")]
    data_centre.stop(*workers)
    try:
        id = data_centre.submit(a_letter("meldewesen/anmeldung-voll", ZOSSEN))["id"]

        def unconsumed() -> dict[str, Any] | None:
            done = data_centre._run(("doctor", "--json", "--no-call"), {})
            found = [
                each for each in json.loads(done.stdout)["findings"] if each["code"] == "queue-unconsumed"
            ]
            return (
                next((each for each in found if each["gravity"] == "broken"), None)
                if done.returncode
                else None
            )

        found = data_centre.eventually(unconsumed)
    finally:
        data_centre.start(*workers)
    assert found["facts"]["queue"] == "amtsbote.deliver.einwohner"
    data_centre.wait_for(id, "delivered")


def test_with_neither_store_nor_broker_it_says_so_and_looks_at_the_rest(data_centre: Installation) -> None:
    done = data_centre._run(("doctor", "--json", "--no-call", "--lang", "en"), NOBODY)

    assert done.returncode == 2, done.stderr
    found = told(done.stdout)
    assert {"store-away", "broker-away", "configuration-fine", "disk-fine", "schemas-fine"} <= set(found)
    assert found["store-away"]["replay"] == "Not needed: they go out by themselves."
