"""Where a message goes, and every reason why not."""

import pytest

from gateway.core.refusal import RefusalCode
from gateway.core.routing import Route, route
from gateway.core.tenants import Booking, Destination, Directory, Tenant
from tests.builders import ANMELDUNG, a_directory, a_kopf, a_portal

WHOLE_AREA = Booking("registration", ("einwohner",), ("einwohner-test",))


def codes(result: object) -> list[RefusalCode]:
    assert isinstance(result, tuple)
    return [refusal.code for refusal in result]


def test_a_booked_service_goes_to_its_destinations() -> None:
    result = route(ANMELDUNG, a_kopf(), a_portal(), a_directory(WHOLE_AREA))

    assert isinstance(result, Route)
    assert result.destinations == ("einwohner",)
    assert result.tenant.key == "zossen"


def test_the_more_specific_booking_wins_as_a_whole() -> None:
    exact = Booking("registration/anmeldung", ("einwohner", "statistik"))

    result = route(ANMELDUNG, a_kopf(), a_portal(), a_directory(WHOLE_AREA, exact))

    assert isinstance(result, Route)
    assert result.destinations == ("einwohner", "statistik")


def test_an_amt_receives_for_each_of_its_municipalities() -> None:
    amt = Tenant("niemegk", "Amt Niemegk", ("12069402", "12069448"), (WHOLE_AREA,))

    for ags in amt.ags:
        result = route(ANMELDUNG, a_kopf(leser=f"ags:{ags}"), a_portal(), Directory([amt], []))
        assert isinstance(result, Route)
        assert result.tenant is amt


def test_unknown_recipient() -> None:
    result = route(ANMELDUNG, a_kopf(leser="ags:99999999"), a_portal(), a_directory(WHOLE_AREA))

    assert codes(result) == [RefusalCode.UNKNOWN_RECIPIENT]


def test_a_recipient_that_is_no_municipality_is_unknown() -> None:
    result = route(ANMELDUNG, a_kopf(leser="psw:12072477"), a_portal(), a_directory(WHOLE_AREA))

    assert codes(result) == [RefusalCode.UNKNOWN_RECIPIENT]


def test_a_service_that_is_not_booked_is_named() -> None:
    result = route(ANMELDUNG, a_kopf(), a_portal(), a_directory(Booking("trade", ("gewerbe",))))

    assert codes(result) == [RefusalCode.NOT_BOOKED]
    assert isinstance(result, tuple)
    assert result[0].facts == {"service": "registration/anmeldung", "tenant": "Stadt Zossen"}


def test_every_reason_at_once() -> None:
    stranger = a_portal(autoren=("psw:00000000",), services=("trade",))

    result = route(ANMELDUNG, a_kopf(), stranger, a_directory())

    assert codes(result) == [
        RefusalCode.SENDER_NOT_ENTITLED,
        RefusalCode.SENDER_NOT_ENTITLED,
        RefusalCode.NOT_BOOKED,
    ]


def test_a_test_message_goes_to_test_systems_only() -> None:
    result = route(ANMELDUNG, a_kopf(test=True), a_portal(), a_directory(WHOLE_AREA))

    assert isinstance(result, Route)
    assert result.destinations == ("einwohner-test",)


def test_without_a_test_system_a_test_message_is_refused() -> None:
    booking = Booking("registration", ("einwohner",))

    result = route(ANMELDUNG, a_kopf(test=True), a_portal(), a_directory(booking))

    assert codes(result) == [RefusalCode.TEST_NOT_POSSIBLE]


def test_a_portal_is_held_to_its_tenants() -> None:
    result = route(ANMELDUNG, a_kopf(), a_portal(tenants=("cottbus",)), a_directory(WHOLE_AREA))

    assert codes(result) == [RefusalCode.SENDER_NOT_ENTITLED]


def in_versions(*declared: tuple[str, ...]) -> Directory:
    names = [f"system-{number}" for number, _ in enumerate(declared)]
    zossen = Tenant("zossen", "Stadt Zossen", ("12072477",), (Booking("registration", tuple(names)),))
    systems = [
        Destination(name, "registration", versions={ANMELDUNG.standard: versions} if versions else {})
        for name, versions in zip(names, declared, strict=True)
    ]
    return Directory([zossen], systems)


@pytest.mark.parametrize("declared", [((),), ((ANMELDUNG.version,),), (("0.9", ANMELDUNG.version), ())])
def test_a_version_that_all_destinations_take(declared: tuple[tuple[str, ...], ...]) -> None:
    assert isinstance(route(ANMELDUNG, a_kopf(), a_portal(), in_versions(*declared)), Route)


@pytest.mark.parametrize(
    ("declared", "taken"),
    [((("0.9", "0.8"),), "0.8, 0.9"), ((("0.9",), ()), "0.9"), (((ANMELDUNG.version,), ("0.9",)), None)],
)
def test_a_version_that_one_destination_does_not_take(
    declared: tuple[tuple[str, ...], ...], taken: str | None
) -> None:
    result = route(ANMELDUNG, a_kopf(), a_portal(), in_versions(*declared))

    assert codes(result) == [RefusalCode.VERSION_NOT_TAKEN]
    assert isinstance(result, tuple)
    assert result[0].facts.get("taken") == taken
