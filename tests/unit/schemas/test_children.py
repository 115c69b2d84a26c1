"""Children: asked and answering, killed where they take too long, and told apart by how they ended."""

import resource
import signal
from collections.abc import Iterator

import pytest

from schemas.children.process import ENVIRONMENT, Child, ChildEnded

PATIENCE = 60.0


@pytest.fixture
def child() -> Iterator[Child]:
    child = Child("tests.unit.schemas.probe", "Guten Tag")
    yield child
    child.end()


@pytest.mark.parametrize("size", [0, 10, 3_000_000])
def test_a_child_answers_every_request(child: Child, size: int) -> None:
    for _ in range(2):
        assert child.ask(b'"echo"', b"x" * size, seconds=PATIENCE) == ["Guten Tag", size]
    assert child.is_alive


def test_what_is_printed_in_a_child_is_no_answer(child: Child) -> None:
    assert child.ask(b'"garbage"', seconds=PATIENCE) is None


def test_a_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EINWOHNER_PASSWORD", "geheim")

    other = Child("tests.unit.schemas.probe")
    assert other.ask(b'"environment"', seconds=PATIENCE) == ENVIRONMENT
    other.end()


def test_one_that_takes_too_long_is_killed(child: Child) -> None:
    with pytest.raises(ChildEnded) as ended:
        child.ask(b'"sleep"', seconds=0.1)

    assert ended.value.out_of_time
    assert not child.is_alive


def test_one_that_works_too_much_is_killed(child: Child) -> None:
    with pytest.raises(ChildEnded) as ended:
        child.ask(b'"work"', seconds=PATIENCE)

    assert ended.value.code == -signal.SIGXCPU
    assert ended.value.out_of_time


def test_one_that_ends_by_itself_did_not_take_too_long(child: Child) -> None:
    with pytest.raises(ChildEnded) as ended:
        child.ask(b'"end"', seconds=PATIENCE)

    assert ended.value.code == 3
    assert not ended.value.out_of_time
    with pytest.raises(ChildEnded):
        child.ask(b'"echo"', b"", seconds=PATIENCE)


def test_the_limits_of_a_child_do_not_bind_its_own_children(child: Child) -> None:
    free = [resource.getrlimit(kind)[1] for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]

    own = [1_000_000_000, 0]
    assert child.ask(b'"limit"', seconds=PATIENCE) == {"own": own, "inherited": own, "lifted": free}
