"""Isolation: a specialist system that is dead or hangs slows no other one."""

import pytest

from tests.acceptance.installation import Installation
from tests.acceptance.letters import FUERSTENBERG, PANKETAL, ZOSSEN, a_letter
from tests.acceptance.line import an_open_line

pytestmark = pytest.mark.timeout(180)


def test_a_system_that_hangs_slows_no_other(installation: Installation) -> None:
    installation.fault("registration", "stall", times=None)
    hanging = [a_letter("meldewesen/anmeldung-klein", ZOSSEN) for _ in range(40)]
    ids = [installation.submit(letter)["id"] for letter in hanging]
    running = [a_letter("finanzen/sepamandat-klein", PANKETAL) for _ in range(20)]
    for letter in running:
        installation.submit(letter)

    assert installation.settle(running).settled

    # When the last of the others was done, not one of those before them was.
    assert installation.account(hanging).delivered == 0
    assert {each["state"] for id in ids for each in installation.message(id)["deliveries"]} == {
        "queued",
        "claimed",
    }
    installation.no_faults()
    assert installation.settle(hanging).settled


def test_a_system_that_refuses_connections_slows_no_other(installation: Installation) -> None:
    dead = [a_letter("meldewesen/anmeldung-klein", FUERSTENBERG) for _ in range(10)]
    ids = [installation.submit(letter)["id"] for letter in dead]
    running = [a_letter("meldewesen/anmeldung-klein", ZOSSEN) for _ in range(10)]
    for letter in running:
        installation.submit(letter)

    assert installation.settle(running).settled
    (delivery,) = installation.message(ids[0])["deliveries"]
    assert (delivery["state"], delivery["code"]) in {
        ("queued", "connect-error"),
        ("claimed", "connect-error"),
    }
    with an_open_line(installation):
        assert installation.settle(dead).settled
