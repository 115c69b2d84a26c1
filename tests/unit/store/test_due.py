"""What is due: a relay's look while others commit."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

from gateway.store import due
from gateway.store.due import TakeDue
from gateway.store.engine.statement import SQLITE, Statement
from gateway.store.turns import Round


class LaterLooksShowMore:
    """A transaction that sees, as PostgreSQL's do, what others committed between two of its statements."""

    dialect = SQLITE

    def __init__(self, *looks: dict[str, str]) -> None:
        self._looks = list(looks)

    def run(
        self, statement: Statement, given: list[tuple[str]] | None = None, **_: object
    ) -> list[SimpleNamespace]:
        if statement is due._FRESH and self._looks:
            return [
                SimpleNamespace(destination=destination, tenant="zossen", priority=1, ids=ids)
                for destination, ids in self._looks.pop(0).items()
            ]
        if statement is due._MARK:
            return [
                SimpleNamespace(id=id_, attempt=1, destination="", message_id="", trace=None)
                for (id_,) in given or []
            ]
        return []


def test_a_destination_that_a_later_look_shows_first_has_its_own_window() -> None:
    tx = LaterLooksShowMore({"einwohner": "a"}, {"finanzen": "b,c,d"})
    wish = TakeDue(datetime(2026, 5, 1, tzinfo=UTC), 10, timedelta(minutes=1), {}, window=2, round=Round())

    [taken] = TakeDue.run(tx, [wish])  # type: ignore[arg-type]

    assert [ticket.delivery for ticket in taken] == ["a", "b", "c"]
