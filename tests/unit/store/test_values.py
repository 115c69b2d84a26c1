"""Times and content on their way in and out."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.store import PlainCodec
from gateway.store.engine.times import duration, micros, moment

FIRST, LAST = datetime.fromisoformat("1990-01-01"), datetime.fromisoformat("2200-01-01")
MOMENTS = st.datetimes(
    min_value=FIRST,
    max_value=LAST,
    timezones=st.just(UTC),
)


@given(MOMENTS)
def test_a_moment_comes_back_to_the_microsecond(at: datetime) -> None:
    assert moment(micros(at)) == at


@given(MOMENTS, MOMENTS)
def test_moments_sort_as_their_numbers(one: datetime, other: datetime) -> None:
    assert (one < other) == (micros(one) < micros(other))


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    berlin = datetime(2026, 11, 2, 12, 0, tzinfo=timezone(timedelta(hours=1)))

    assert moment(micros(berlin)) == datetime(2026, 11, 2, 11, 0, tzinfo=UTC)


def test_a_length_of_time_is_counted_in_microseconds() -> None:
    assert duration(timedelta(seconds=1.5)) == 1_500_000


def test_plain_content_is_kept_byte_for_byte() -> None:
    content = bytes(range(256))

    assert PlainCodec().decode(*PlainCodec().encode(content)) == content


def test_content_of_another_codec_is_not_guessed() -> None:
    with pytest.raises(ValueError, match="aes"):
        PlainCodec().decode("aes", b"")
