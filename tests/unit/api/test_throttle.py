import pytest

from gateway.api.problem import ApiCode, ApiProblem
from gateway.api.services import Limits
from gateway.api.throttle import Slots, TokenBuckets


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
    slots = Slots(Limits(submissions=2))
    slots.take("a")
    slots.take("b")
    with pytest.raises(ApiProblem) as refused:
        slots.take("c")
    assert refused.value.code is ApiCode.OVERLOADED
    assert slots.taken() == 2
    slots.give_back("a")
    slots.take("c")


def test_one_portal_does_not_get_all_places() -> None:
    slots = Slots(Limits(submissions=3))
    slots.take("a")
    with pytest.raises(ApiProblem) as refused:
        slots.take("a")
    assert refused.value.code is ApiCode.TOO_MANY_REQUESTS
    slots.take("b")
