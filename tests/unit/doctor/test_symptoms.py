"""What the doctor makes of what it sees; and every symptom is told in both languages."""

import ast
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from gateway import doctor
from gateway.clock import BERLIN
from gateway.commands import BUNDLES
from gateway.core.breaker import BreakerState
from gateway.core.incident import Incident, Trouble
from gateway.core.status import NEEDS_A_PERSON, DeliveryState
from gateway.core.views import Depth, DestinationView, Diagnosis, Unpublished, WorkerSeen
from gateway.doctor import bundles, machine, store
from gateway.doctor.symptom import Area, Gravity, Symptom
from gateway.texts import Language
from gateway.texts.doctor import ADVICE, AREAS
from schemas.live import Reading
from tests.builders import NOON

HOUR = timedelta(hours=1)


def stand(
    name: str = "finanzen",
    breaker: BreakerState = BreakerState.CLOSED,
    paused_until: datetime | None = None,
    waiting: int = 0,
) -> DestinationView:
    return DestinationView(
        name, breaker, "http-503", NOON, NOON, paused_until, "Umzug", "operator:anna", waiting, NOON
    )


def a_diagnosis(
    clock: datetime = NOON, unpublished: tuple[Unpublished, ...] = (), expired: int = 0
) -> Diagnosis:
    return Diagnosis(clock, unpublished, expired, (WorkerSeen("host:1", NOON),), {"finanzen": NOON})


def codes(symptoms: list[Symptom]) -> list[str]:
    return [each.code for each in symptoms]


def test_a_relay_that_does_nothing_is_found_by_what_it_leaves() -> None:
    left = Unpublished("finanzen", 7, NOON - HOUR)

    (silent, seen) = store.work(a_diagnosis(unpublished=(left,)), [stand()], frozenset())

    assert (silent.code, silent.gravity, silent.since) == ("relay-silent", Gravity.BROKEN, NOON - HOUR)
    assert seen.facts == {"worker": "host:1"}


@pytest.mark.parametrize(
    "held",
    [stand(breaker=BreakerState.OPEN), stand(breaker=BreakerState.PROBING), stand(paused_until=NOON + HOUR)],
)
def test_what_is_held_back_for_a_reason_is_no_fault_of_the_relay(held: DestinationView) -> None:
    left = Unpublished("finanzen", 7, NOON - HOUR)

    assert codes([*store.work(a_diagnosis(unpublished=(left,)), [held], frozenset())]) == ["worker-seen"]
    rated = store.work(a_diagnosis(unpublished=(left,)), [stand()], frozenset({"finanzen"}))
    assert codes([*rated]) == ["worker-seen"]


def test_leases_that_nobody_takes_back_mean_that_no_worker_lives() -> None:
    assert codes([*store.work(a_diagnosis(expired=2), [], frozenset())]) == ["leases-expired", "worker-seen"]


def test_a_database_whose_clock_is_elsewhere_is_told_by_how_much() -> None:
    (off,) = store.clock(a_diagnosis(clock=NOON - timedelta(seconds=90)), NOON)

    assert off.facts == {"seconds": "-90"}
    assert [*store.clock(a_diagnosis(clock=NOON + timedelta(seconds=4)), NOON)] == []


def test_a_destination_in_trouble_says_which_one_and_a_sound_one_when_it_last_took_something() -> None:
    depths = [
        Depth("finanzen", DeliveryState.QUEUED, 3, NOON - 5 * HOUR, due=3),
        Depth("finanzen", DeliveryState.UNCLEAR, 2, NOON - HOUR),
    ]
    stands = [stand(waiting=3), stand("standesamt")]

    found = [*store.destinations(depths, stands, [], {"standesamt": NOON}, NOON)]

    assert codes(found) == ["oldest-waits", "waits-unclear", "destination-fine"]
    assert [each.since for each in found] == [NOON - 5 * HOUR, NOON - HOUR, NOON]


def test_an_open_breaker_explains_why_something_waits() -> None:
    depths = [Depth("finanzen", DeliveryState.QUEUED, 3, NOON - 5 * HOUR, due=3)]
    away = stand(breaker=BreakerState.OPEN, waiting=3)

    assert codes([*store.destinations(depths, [away], [], {}, NOON)]) == ["destination-away"]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(2026, 10, 24, 12, tzinfo=BERLIN), True),
        (datetime(2026, 10, 26, 12, tzinfo=BERLIN), False),
        (datetime(2027, 3, 27, 12, tzinfo=BERLIN), True),
    ],
)
def test_the_nights_on_which_clocks_change_are_told_before(at: datetime, told: bool) -> None:
    assert (machine._clock_change(at) is not None) is told


def test_versions_that_end_soon_are_told() -> None:
    every = Reading.of([BUNDLES]).library.bundles
    ending = next(each for each in every if each.spec.valid_until is not None)
    assert ending.spec.valid_until is not None
    before = ending.spec.valid_until - timedelta(days=30)

    found = [each for each in bundles.bundles(every, before) if each.code == "version-ends"]

    assert {"standard": ending.spec.standard, "version": ending.spec.version} in [
        {name: each.facts[name] for name in ("standard", "version")} for each in found
    ]
    assert codes([*bundles.bundles(every, date(2000, 1, 1))]) == ["schemas-fine"]


def test_every_symptom_has_its_texts_and_there_are_no_others() -> None:
    said = {f"waits-{state}" for state in NEEDS_A_PERSON}
    for source in Path(doctor.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(func=ast.Name(id="Symptom"), args=[_, ast.Constant(value=str(code)), *_]):
                    said.add(code)
    assert said == ADVICE.keys()
    assert set(AREAS) == {area.value for area in Area}


@pytest.mark.parametrize("code", sorted(ADVICE))
def test_what_is_bad_says_why_and_what_to_do_in_both_languages(code: str) -> None:
    advice = ADVICE[code]
    texts = [each for each in (advice.what, advice.why, advice.do, advice.replay) if each is not None]

    assert (advice.why is None) == (advice.do is None)
    for text in texts:
        given = dict.fromkeys(text.placeholders, "x")
        assert text.speak(Language.DE, given)
        assert text.speak(Language.EN, given)


def test_answers_that_nobody_can_use_are_found_where_they_lie() -> None:
    lying = Incident("standesamt", Trouble.LEFTOVERS, "no-delivery", NOON, None, 2)
    away = Incident("standesamt", Trouble.UNAVAILABLE, "http-503", NOON, None, 7)

    (found,) = store.leftovers([lying, away])

    assert (found.code, found.gravity, found.since) == ("answers-left", Gravity.LOOK, NOON)
    assert found.facts == {"destination": "standesamt", "number": "2", "code": "no-delivery"}
