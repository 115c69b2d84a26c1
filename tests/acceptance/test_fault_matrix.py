"""A short selection of the fault matrix, in real processes. `make matrix` runs all of it."""

import pytest

from tests.matrix.cases import CASES
from tests.matrix.lines import LINES
from tests.matrix.run import run

IN_SHORT = ("soap", "rest-once", "rest-asked", "files", "pickup")


@pytest.mark.timeout(900)
def test_nothing_is_lost_and_nothing_comes_twice() -> None:
    lines = [line for line in LINES if line.key in IN_SHORT]
    cases = [case for case in CASES if case.in_short]

    results = run(lines, cases)

    assert {key for key, _ in results} == set(IN_SHORT)
    assert {name for _, name in results} == {case.name for case in cases}
    assert {place: cell for place, cell in results.items() if not cell.good} == {}
    # A refusal and a lost answer of a system that recognises nothing are shown, with their reason.
    assert dict(results["soap", "refused for good"].parked) == {
        "rejected: soap-fault:fachlicher-fehler:S999": 3
    }
    assert dict(results["rest-once", "HTTP 500, all done"].parked) == {"unclear: http-500": 3}
    assert results["rest-once", "HTTP 500, all done"].once == 3
    # Where such a system can be asked, nobody is bothered.
    assert not results["rest-asked", "HTTP 500, all done"].parked
    assert results["rest-asked", "HTTP 500, all done"].once == 3
