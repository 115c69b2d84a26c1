"""The matrix of transports against faults leaves nothing out."""

import pytest

from gateway.sandbox.faults import Fault, FaultRule
from gateway.sandbox.systems import Way
from tests.matrix.cases import CASES, Case
from tests.matrix.line import Line
from tests.matrix.lines import LINES

LOUD = [line for line in LINES if not line.quiet]


def test_every_fault_is_a_case_and_every_way_a_line() -> None:
    assert {case.fault for case in CASES} == {*Fault, None}
    assert {line.way for line in LOUD} == set(Way)


def test_every_way_stands_in_both_sizes_or_in_the_smaller_one() -> None:
    assert len({line.key for line in LINES}) == len({line.name for line in LINES}) == len(LINES)
    assert {line.data_centre for line in LOUD} == {True, False}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("line", LOUD, ids=lambda line: line.key)
def test_a_fault_is_one_that_the_sandbox_can_show_or_the_row_says_why_not(line: Line, case: Case) -> None:
    reason, rule = case.why_not(line), case.told(line)
    assert reason != ""
    if reason is None and rule is not None:
        FaultRule.model_validate(rule)


def test_lines_that_share_messages_agree_about_repetitions() -> None:
    for line in LOUD:
        sharing = {other.recognises for other in LOUD if other.matched == line.matched}
        assert sharing == {line.recognises}
