from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.sandbox.board import FaultBoard
from gateway.sandbox.faults import ANSWERS, FOLDER, Fault, FaultRule, load_faults, shown_on
from gateway.sandbox.journal import Arrival
from gateway.sandbox.systems import WAYS, System, Way


def an_arrival(
    delivery: str = "d1",
    *,
    system: System = System.FINANCE,
    way: Way = Way.REST,
    kind: str | None = None,
) -> Arrival:
    return Arrival(system, way, delivery, "0" * 64, kind=kind)


def a_board(*rules: FaultRule) -> FaultBoard:
    board = FaultBoard()
    for rule in rules:
        board.add(rule)
    return board


def picks(board: FaultBoard, count: int) -> list[Fault | None]:
    rules = [board.pick(an_arrival()) for _ in range(count)]
    return [rule.fault if rule else None for rule in rules]


def test_a_rule_strikes_as_often_as_it_says() -> None:
    board = a_board(FaultRule(system=System.FINANCE, fault=Fault.CUT, times=2))

    assert picks(board, 3) == [Fault.CUT, Fault.CUT, None]


@pytest.mark.parametrize("times", [None, 0])
def test_a_rule_without_limit_strikes_until_it_is_removed(times: int | None) -> None:
    board = FaultBoard()
    active = board.add(FaultRule.model_validate({"system": "finance", "fault": "cut", "times": times}))

    assert picks(board, 50) == [Fault.CUT] * 50
    assert board.remove(active.id)
    assert picks(board, 1) == [None]
    assert not board.remove(active.id)


def test_a_rule_leaves_the_first_ones_alone() -> None:
    board = a_board(FaultRule(system=System.FINANCE, fault=Fault.CUT, after=2))

    assert picks(board, 4) == [None, None, Fault.CUT, None]


def test_rules_strike_one_after_the_other_in_their_order() -> None:
    board = a_board(
        FaultRule(system=System.FINANCE, fault=Fault.ERROR_500, times=2),
        FaultRule(system=System.FINANCE, fault=Fault.CUT),
    )

    assert picks(board, 4) == [Fault.ERROR_500, Fault.ERROR_500, Fault.CUT, None]


@pytest.mark.parametrize(
    ("arrival", "struck"),
    [
        (an_arrival("0190-aa"), True),
        (an_arrival("d2", kind="x.aa.0411"), True),
        (an_arrival("d2", kind="x.0401"), False),
        (an_arrival("d2"), False),
        (an_arrival("0190-aa", system=System.REGISTRATION), False),
    ],
)
def test_a_rule_matches_its_system_and_part_of_delivery_or_kind(arrival: Arrival, *, struck: bool) -> None:
    rule = FaultRule(system=System.FINANCE, fault=Fault.CUT, match="aa")

    assert (a_board(rule).pick(arrival) is not None) is struck


def test_cleared_no_rule_strikes() -> None:
    board = a_board(FaultRule(system=System.FINANCE, fault=Fault.CUT))
    board.clear()

    assert picks(board, 1) == [None]


def test_every_second_one_is_struck() -> None:
    board = a_board(FaultRule(system=System.FINANCE, fault=Fault.CUT, every=2, after=1, times=None))

    assert picks(board, 6) == [None, None, Fault.CUT, None, Fault.CUT, None]


def test_a_share_is_struck_and_the_same_seed_draws_the_same() -> None:
    rule = FaultRule(system=System.FINANCE, fault=Fault.CUT, share=0.25, times=None, seed=7)

    drawn = picks(a_board(rule), 400)

    assert drawn == picks(a_board(rule), 400)
    assert drawn != picks(a_board(rule.model_copy(update={"seed": 8})), 400)
    # The draw is a fixed one: these bounds can't be missed on another day.
    assert 70 < drawn.count(Fault.CUT) < 130


def test_a_rule_may_count_each_delivery_alone() -> None:
    board = a_board(FaultRule(system=System.FINANCE, fault=Fault.CUT, per="delivery", times=2))
    order = ["a", "a", "b", "a", "b", "b"]

    struck = [board.pick(an_arrival(delivery)) is not None for delivery in order]

    assert struck == [True, True, True, False, True, False]


def test_a_rule_for_one_way_leaves_the_others_alone() -> None:
    board = a_board(FaultRule(system=System.FINANCE, fault=Fault.CUT, way=Way.BATCH))

    assert board.pick(an_arrival(way=Way.REST)) is None
    assert board.pick(an_arrival(way=Way.BATCH)) is not None


def test_a_rule_strikes_only_the_ways_that_can_show_its_fault() -> None:
    board = a_board(FaultRule(system=System.FINANCE, fault=Fault.HTML))

    assert board.pick(an_arrival(way=Way.BATCH)) is None
    assert board.pick(an_arrival(way=Way.REST)) is not None


@pytest.mark.parametrize("system", list(System))
@pytest.mark.parametrize("fault", list(Fault))
def test_a_system_takes_only_the_faults_that_one_of_its_ways_can_show(system: System, fault: Fault) -> None:
    if any(fault in shown_on(way) for way in WAYS[system]):
        assert FaultRule(system=system, fault=fault).fault is fault
    else:
        with pytest.raises(ValidationError, match="can show only"):
            FaultRule(system=system, fault=fault)


def test_a_rule_for_a_way_that_the_system_does_not_know_is_refused() -> None:
    with pytest.raises(ValidationError, match="knows the ways"):
        FaultRule(system=System.REGISTRATION, fault=Fault.CUT, way=Way.BATCH)


def test_answers_need_a_call_and_folders_need_files() -> None:
    assert shown_on(Way.PICKUP) == frozenset(Fault) - ANSWERS - FOLDER
    assert shown_on(Way.SFTP) == frozenset(Fault) - ANSWERS
    assert shown_on(Way.SOAP) == frozenset(Fault) - FOLDER


@pytest.mark.parametrize(
    ("fault", "seconds", "expected"),
    [
        (Fault.DELAY, None, 1),
        (Fault.UNAVAILABLE_503, None, 5),
        (Fault.RECEIPT_LATE, None, 5),
        (Fault.STALL, None, 300),
        (Fault.STALL, 0, 0),
    ],
)
def test_each_fault_has_a_duration_of_its_own(fault: Fault, seconds: float | None, expected: float) -> None:
    assert FaultRule(system=System.FINANCE, fault=fault, seconds=seconds).duration == expected


def test_rules_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(
        """
        [[faults]]
        system = "finance"
        fault = "error-500"
        times = 2

        [[faults]]
        system = "trade"
        fault = "cut"
        when = "after"
        match = "gewerbe.abmeldung"
        """,
        encoding="utf-8",
    )

    first, second = load_faults(path)

    assert (first.system, first.fault, first.times) == (System.FINANCE, Fault.ERROR_500, 2)
    assert (second.when, second.match) == ("after", "gewerbe.abmeldung")


@pytest.mark.parametrize(
    "content",
    [
        "[[faults]",
        "[[fault]]\nsystem = 'finance'\nfault = 'cut'",
        "[[faults]]\nsystem = 'finance'\nfault = 'explode'",
        "[[faults]]\nsystem = 'finance'\nfault = 'cut'\ntime = 3",
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "faults.toml"
    path.write_text(content, encoding="utf-8")

    with pytest.raises(ValueError, match=r"."):
        load_faults(path)
