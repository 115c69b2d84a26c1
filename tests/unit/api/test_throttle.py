import pytest

from gateway.api.problem import ApiCode, ApiProblem
from gateway.api.services import Limits
from gateway.api.throttle import UPLOAD_BYTES, Room, TokenBuckets, Upload


class Watch:
    seconds = 50.0

    def __call__(self) -> float:
        return self.seconds


def test_a_burst_is_granted_and_then_the_rate() -> None:
    watch = Watch()
    buckets = TokenBuckets(Limits(requests_per_second=2, burst=3), watch)
    for _ in range(3):
        buckets.take("a")
    with pytest.raises(ApiProblem) as refused:
        buckets.take("a")
    assert refused.value.code is ApiCode.TOO_MANY_REQUESTS
    assert refused.value.headers == {"Retry-After": "1"}
    watch.seconds += 0.5
    buckets.take("a")
    with pytest.raises(ApiProblem):
        buckets.take("a")


def test_one_holder_does_not_use_up_the_tokens_of_another() -> None:
    buckets = TokenBuckets(Limits(requests_per_second=1, burst=1), Watch())
    buckets.take("a")
    buckets.take("b")


def test_a_bucket_never_holds_more_than_its_burst() -> None:
    watch = Watch()
    buckets = TokenBuckets(Limits(requests_per_second=10, burst=2), watch)
    buckets.take("a")
    watch.seconds += 3600
    buckets.take("a")
    buckets.take("a")
    with pytest.raises(ApiProblem):
        buckets.take("a")


def test_a_slow_rate_says_how_long_to_wait() -> None:
    buckets = TokenBuckets(Limits(requests_per_second=0.1, burst=1), Watch())
    buckets.take("a")
    with pytest.raises(ApiProblem) as refused:
        buckets.take("a")
    assert refused.value.headers == {"Retry-After": "10"}


def test_places_are_limited_and_given_back() -> None:
    room = Room(2)
    room.take("a")
    room.take("b")
    with pytest.raises(ApiProblem) as refused:
        room.take("c")
    assert (refused.value.code, refused.value.headers) == (ApiCode.OVERLOADED, {"Retry-After": "1"})
    assert room.taken() == 2
    room.give_back("a")
    room.take("c")


def test_one_holder_alone_gets_half() -> None:
    room = Room(256)
    assert _all_that(room, "a") == 128


def test_whoever_comes_finds_room_whatever_the_others_take() -> None:
    room = Room(256)
    for holder in ("a", "b", "c", "d"):
        assert _all_that(room, holder) > 0
    assert _all_that(room, "e") > 0


def test_holders_that_ask_in_turn_get_the_same() -> None:
    room = Room(300)
    taken = {"a": 0, "b": 0}
    for _ in range(300):
        for holder in taken:
            taken[holder] += _try(room, holder)
    assert taken == {"a": 100, "b": 100}
    assert room.taken() == 200


def test_more_than_is_left_is_not_given_at_once() -> None:
    room = Room(100)
    with pytest.raises(ApiProblem):
        room.take("a", 101)
    room.take("a", 60)
    with pytest.raises(ApiProblem) as refused:
        room.take("a", 1)
    assert refused.value.code is ApiCode.TOO_MANY_REQUESTS
    room.give_back("a", 60)
    assert room.taken() == 0


def test_a_body_holds_its_bytes_until_it_is_answered() -> None:
    room = Room(1_000_000)
    with Upload(room, "a") as upload:
        assert room.taken() == 0
        upload.hold(10)
        upload.hold(5)
        assert room.taken() == 15 + UPLOAD_BYTES
    assert room.taken() == 0


def test_a_body_for_which_there_is_no_room_gives_back_what_it_had() -> None:
    room = Room(500_000)
    with Upload(room, "a") as upload:
        upload.hold(200_000)
        with pytest.raises(ApiProblem):
            upload.hold(200_000)
        assert room.taken() == 200_000 + UPLOAD_BYTES
    assert room.taken() == 0


def _try(room: Room, holder: str) -> bool:
    try:
        room.take(holder)
    except ApiProblem:
        return False
    return True


def _all_that(room: Room, holder: str) -> int:
    taken = 0
    while _try(room, holder):
        taken += 1
    return taken
