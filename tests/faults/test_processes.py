"""Processes are killed in a loop, or frozen for longer than their leases."""

import os
import signal
import time

import pytest

from tests.faults.conftest import Experiment, Site, letters_of_all_kinds

pytestmark = pytest.mark.timeout(400)

LONGER_THAN_A_LEASE = 14.0


def test_kill_of_every_process_in_a_loop(site: Site, experiment: Experiment) -> None:
    def kill_in_turn() -> None:
        for name in (*site.installation.processes, *site.installation.processes):
            site.installation.kill(name)
            site.installation.start(name)

    written = experiment(
        "kill -9 of every process, twice", site, kill_in_turn, letters=letters_of_all_kinds(200)
    )

    assert written.kept


@pytest.mark.parametrize("role", ["api", "relay", "worker"])
def test_a_frozen_process_wakes_up_too_late(centre: Site, experiment: Experiment, role: str) -> None:
    pid = centre.installation.pid(centre.process(role))

    def freeze() -> None:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(LONGER_THAN_A_LEASE)
        os.kill(pid, signal.SIGCONT)

    written = experiment(f"SIGSTOP of {role} for {LONGER_THAN_A_LEASE:.0f} s", centre, freeze)

    assert written.kept
