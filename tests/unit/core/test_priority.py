"""Whose turn it is."""

from collections import Counter
from itertools import islice

from hypothesis import given
from hypothesis import strategies as st

from gateway.core.priority import ROUND, Priority, by_turns

waiting = st.dictionaries(st.sampled_from(Priority), st.integers(0, 12))
turns = st.integers(0, len(ROUND) - 1)


def lines(numbers: dict[Priority, int]) -> dict[Priority, list[tuple[Priority, int]]]:
    return {priority: [(priority, number) for number in range(count)] for priority, count in numbers.items()}


@given(waiting, turns)
def test_everything_is_served_once_and_each_priority_in_its_order(
    numbers: dict[Priority, int], turn: int
) -> None:
    served = [item for item, _ in by_turns(lines(numbers), turn)]

    for priority, line in lines(numbers).items():
        assert [item for item in served if item[0] is priority] == line
    assert len(served) == sum(numbers.values())


@given(waiting, turns)
def test_serving_one_by_one_is_serving_all(numbers: dict[Priority, int], turn: int) -> None:
    left, one_by_one, at = lines(numbers), [], turn
    while any(left.values()):
        item, at = next(by_turns(left, at))
        left[item[0]].remove(item)
        one_by_one.append(item)

    assert one_by_one == [item for item, _ in by_turns(lines(numbers), turn)]


def test_in_each_round_everybody_has_a_turn() -> None:
    many = lines(dict.fromkeys(Priority, 50))
    served = Counter(item[0] for item, _ in islice(by_turns(many, 3), len(ROUND)))

    assert served == Counter(ROUND)
    assert served[Priority.HIGH] > served[Priority.NORMAL] > served[Priority.LOW] > 0
