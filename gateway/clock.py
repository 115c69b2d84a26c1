"""Clock: the present moment in UTC, and the legal date in Germany."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


def legal_date(moment: datetime) -> date:
    """The calendar date in Germany at this moment: versions switch at midnight Berlin time."""
    return moment.astimezone(BERLIN).date()
