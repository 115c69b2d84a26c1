"""The page for newcomers is held to the state table, the import contracts and the ports."""

import re
import tomllib
from datetime import timedelta

from gateway.core import document, ports
from gateway.core.outcome import Cause, Delivered, Failed, Outcome, Pending, Rejected, Unclear
from gateway.core.retry import Attempt, AwaitReceipt, Finish, Park, RetryPolicy, TryAgain, decide
from gateway.core.status import TRANSITIONS, DeliveryState
from tests.unit.docs.pages import ROOT, blocks, names, page, rows, section

PAGE = page("architecture.md")
STATES = section(PAGE, "States of a delivery")
YOUNG, OLD = timedelta(0), timedelta(days=8)


def test_the_diagram_shows_exactly_the_transitions_that_are_allowed() -> None:
    (diagram,) = blocks(STATES, "mermaid")
    shown = set(re.findall(r"^ +(\w+) --> (\w+):", diagram, re.MULTILINE))

    assert shown == {(before, after) for before, allowed in TRANSITIONS.items() for after in allowed}


def test_the_table_of_states_is_that_of_the_code() -> None:
    table = {names(cells[0])[0]: set(names(cells[3])) for cells in rows(STATES) if len(cells) == 4}

    assert table == {str(state): {*map(str, allowed)} for state, allowed in TRANSITIONS.items()}


def test_the_table_of_outcomes_is_what_decide_says() -> None:
    cause = Cause("any")
    outcomes: list[Outcome] = [Delivered(), Pending(), Failed(cause), Unclear(cause), Rejected(cause)]
    table = {cells[0]: cells[1:] for cells in rows(STATES) if len(cells) == 3}

    assert table.keys() == {type(outcome).__name__ for outcome in outcomes}
    for outcome in outcomes:
        for idempotent, cell in zip((True, False), table[type(outcome).__name__], strict=True):
            told = names(cell) or names(table[type(outcome).__name__][0])
            reached = {str(state(outcome, idempotent=idempotent, age=age)) for age in (YOUNG, OLD)}
            assert {name for name in told if name in set(DeliveryState)} == reached


def test_every_import_contract_is_named() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = [contract["name"] for contract in project["tool"]["importlinter"]["contracts"]]
    assert [name for name in contracts if f"- {name}\n" not in PAGE] == []


def test_every_file_that_is_named_is_there() -> None:
    named = set(re.findall(r"`((?:gateway|adapters|schemas|queues|tests)/[\w/]+(?:\.py|/))`", PAGE))
    assert len(named) > 30
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_every_port_that_is_named_is_one() -> None:
    named = {name for cells in rows(section(PAGE, "Ports and their contracts")) for name in names(cells[0])}
    assert named <= {*vars(ports), *vars(document)}
    assert {
        "Store",
        "Broker",
        "Pickup",
        "Schemas",
        "Adapter",
        "Authenticator",
        "Clock",
        "PayloadCodec",
    } <= named


def state(outcome: Outcome, *, idempotent: bool, age: timedelta) -> DeliveryState:
    match decide(outcome, Attempt(1, age, idempotent), RetryPolicy()):
        case Finish():
            return DeliveryState.DELIVERED
        case AwaitReceipt():
            return DeliveryState.PENDING
        case TryAgain():
            return DeliveryState.QUEUED
        case Park(reached):
            return reached
