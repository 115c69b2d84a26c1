"""Schedule: when a batch is closed: on set days at set times in Berlin, or when it is large enough."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from adapters.transports.settings import TransportSettings
from gateway.core.batch import Collection

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _times(said: object) -> object:
    return [said] if isinstance(said, str) else said


class ScheduleSettings(TransportSettings):
    """On which days, at which times, at which size."""

    days: tuple[Day, ...] = Field(_DAYS, min_length=1, description="Days on which batches are closed.")
    at: Annotated[tuple[time, ...], BeforeValidator(_times)] = Field(
        (time(18),), description="Times of day in Berlin at which they are, on these days."
    )
    max_items: int = Field(
        5000, gt=0, description="A batch is closed at once when it has so many; none has more."
    )

    @model_validator(mode="after")
    def _no_zone(self) -> "ScheduleSettings":
        if any(each.tzinfo for each in self.at):
            raise ValueError("times are those of Berlin")
        return self

    def is_due(self, collection: Collection, now: datetime) -> bool:
        """Whether something waits that came before the latest closing time, or was wanted by a person; or enough."""
        latest = max(filter(None, (self._latest(now), collection.ordered_at)), default=None)
        return collection.items >= self.max_items or (latest is not None and collection.oldest <= latest)

    def _latest(self, now: datetime) -> datetime | None:
        """The latest closing time until now; a time that a day of the change of clocks lacks is one all the same."""
        today = now.astimezone(_BERLIN).date()
        for ago in range(8):
            day = today - timedelta(days=ago)
            if _DAYS[day.weekday()] not in self.days:
                continue
            moments = [datetime.combine(day, each, _BERLIN).astimezone(UTC) for each in self.at]
            if past := [each for each in moments if each <= now]:
                return max(past)
        return None


_BERLIN = ZoneInfo("Europe/Berlin")
