import asyncio
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import orjson
import pytest

from gateway.sandbox.journal import NEVER, Arrival, Counts, Journal, Result
from gateway.sandbox.systems import System, Way


def an_arrival(delivery: str = "d1", *, system: System = System.FINANCE, sha256: str = "a" * 64) -> Arrival:
    way = Way.FILES if system is System.TRADE else Way.REST
    return Arrival(system, way, delivery, sha256, message="m1", kind="finanzen.sepamandat.0411")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "received.jsonl"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    with Journal.open(path, fsync=False, owing=frozenset()) as journal:
        yield journal


async def test_the_first_arrival_has_the_first_effect(journal: Journal) -> None:
    entry = await journal.record(an_arrival())

    assert (entry.result, entry.effect) == (Result.TAKEN, 1)
    assert entry.reference is not None


async def test_a_recognised_repetition_has_no_effect_and_the_first_reference(journal: Journal) -> None:
    first = await journal.record(an_arrival())
    again = await journal.record(an_arrival())

    assert (again.result, again.effect, again.reference) == (Result.REPEATED, 0, first.reference)
    assert journal.counts(System.FINANCE) == Counts(deliveries=1, taken=1, repeated=1)


async def test_a_forgetful_system_has_a_second_effect_under_a_reference_of_its_own(journal: Journal) -> None:
    first = await journal.record(an_arrival())
    again = await journal.record(an_arrival(), recognise=False)

    assert (again.result, again.effect) == (Result.DOUBLED, 2)
    assert again.reference != first.reference
    assert journal.counts(System.FINANCE) == Counts(deliveries=1, taken=1, doubled=1)


async def test_a_repetition_after_a_doubled_effect_still_gets_the_first_reference(journal: Journal) -> None:
    first = await journal.record(an_arrival())
    await journal.record(an_arrival(), recognise=False)

    assert (await journal.record(an_arrival())).reference == first.reference


async def test_the_same_delivery_at_another_system_is_no_repetition(journal: Journal) -> None:
    await journal.record(an_arrival(system=System.FINANCE))
    other = await journal.record(an_arrival(system=System.REGISTRATION))

    assert other.result is Result.TAKEN


async def test_a_refused_delivery_had_no_effect_and_may_be_taken_later(journal: Journal) -> None:
    refused = await journal.record(an_arrival(), refuse="iban-ungueltig")
    taken = await journal.record(an_arrival())

    assert (refused.result, refused.reference) == (Result.REFUSED, None)
    assert refused.reason == "iban-ungueltig"
    assert taken.result is Result.TAKEN
    assert journal.counts(System.FINANCE) == Counts(deliveries=1, taken=1, refused=1)


async def test_a_repetition_with_another_payload_is_noticed(journal: Journal) -> None:
    await journal.record(an_arrival(sha256="a" * 64))
    await journal.record(an_arrival(sha256="b" * 64))

    assert journal.tallies[System.FINANCE]["d1"].changed == 1


async def test_of_many_at_the_same_moment_exactly_one_is_the_first(journal: Journal) -> None:
    entries = await asyncio.gather(*(journal.record(an_arrival()) for _ in range(20)))

    assert [entry.effect for entry in entries].count(1) == 1
    assert len({entry.reference for entry in entries}) == 1


async def test_every_arrival_is_one_line_that_says_what_it_was(journal: Journal, path: Path) -> None:
    await journal.record(an_arrival())
    await journal.record(an_arrival())

    first, again = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert first.keys() == again.keys()
    assert {name: first[name] for name in ("system", "delivery", "message", "kind", "sha256")} == {
        "system": "finance",
        "delivery": "d1",
        "message": "m1",
        "kind": "finanzen.sepamandat.0411",
        "sha256": "a" * 64,
    }
    assert (first["result"], again["result"]) == ("taken", "repeated")


async def test_with_fsync_as_many_lines_are_written_and_flushed_in_common(path: Path) -> None:
    with Journal.open(path, fsync=True, owing=frozenset()) as journal:
        await asyncio.gather(*(journal.record(an_arrival(f"d{n}")) for n in range(50)))
        assert journal._flushed == journal._written == 50

    assert len(path.read_bytes().splitlines()) == 50


async def test_the_journal_survives_a_restart(journal: Journal, path: Path) -> None:
    first = await journal.record(an_arrival())

    with Journal.open(path, fsync=False, owing=frozenset()) as reopened:
        again = await reopened.record(an_arrival())
        other = await reopened.record(an_arrival("d2"))

        assert (again.result, again.reference) == (Result.REPEATED, first.reference)
        assert other.reference != first.reference
        assert reopened.counts(System.FINANCE) == Counts(deliveries=2, taken=2, repeated=1)


async def test_a_line_that_a_crash_cut_off_is_dropped(journal: Journal, path: Path) -> None:
    await journal.record(an_arrival("d1"))
    await journal.record(an_arrival("d2"))
    path.write_bytes(path.read_bytes()[:-10])

    with Journal.open(path, fsync=False, owing=frozenset()) as reopened:
        assert set(reopened.tallies[System.FINANCE]) == {"d1"}
        assert (await reopened.record(an_arrival("d2"))).result is Result.TAKEN
    assert [orjson.loads(line)["delivery"] for line in path.read_bytes().splitlines()] == ["d1", "d2"]


@pytest.mark.parametrize("line", [b"nonsense\n", b'{"event":"received"}\n', b"{}\n", b"[]\n"])
async def test_a_foreign_line_is_named_and_not_skipped(journal: Journal, path: Path, line: bytes) -> None:
    await journal.record(an_arrival())
    path.write_bytes(path.read_bytes() + line)

    with pytest.raises(ValueError, match=r"received\.jsonl:2"), _opened(path):
        pass


async def test_cleared_it_starts_anew_on_disk_too(journal: Journal, path: Path) -> None:
    await journal.record(an_arrival())
    journal.clear()

    assert path.read_bytes() == b""
    assert journal.counts(System.FINANCE) == Counts()
    assert (await journal.record(an_arrival())).result is Result.TAKEN


async def test_receipts_stay_owed_over_a_restart_until_they_are_confirmed(path: Path) -> None:
    with _opened(path) as journal:
        await journal.record(an_arrival("d0", system=System.FINANCE))
        confirmed = await journal.record(an_arrival("d1", system=System.TRADE))
        await journal.record(an_arrival("d2", system=System.TRADE))
        await journal.confirmed(confirmed, "200")

    with _opened(path) as reopened:
        assert list(reopened.owed) == ["d2"]


async def test_a_repetition_owes_a_receipt_again(path: Path) -> None:
    with _opened(path) as journal:
        first = await journal.record(an_arrival(system=System.TRADE))
        await journal.confirmed(first, "200")
        again = await journal.record(an_arrival(system=System.TRADE))

        assert journal.owed == {"d1": again}


def _opened(path: Path) -> AbstractContextManager[Journal]:
    return Journal.open(path, fsync=False, owing=frozenset({Way.FILES}))


async def test_receipts_are_counted_also_over_a_restart_and_one_kept_back_is_not(path: Path) -> None:
    with _opened(path) as journal:
        twice = await journal.record(an_arrival("d1", system=System.TRADE))
        never = await journal.record(an_arrival("d2", system=System.TRADE))
        await journal.confirmed(twice, "200")
        await journal.confirmed(twice, "200")
        await journal.confirmed(never, NEVER)

    with _opened(path) as reopened:
        assert not reopened.owed
        assert [tally.receipts for tally in reopened.tallies[System.TRADE].values()] == [2, 0]
