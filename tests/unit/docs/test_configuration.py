"""The reference of the configuration names every setting with its default, and its examples load."""

from pathlib import Path

import pytest
from annotated_types import Ge, Gt, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adapters import catalogue
from gateway import commands
from gateway.api import Limits
from gateway.config import model
from gateway.config.load import ENVIRONMENT
from schemas.library import SchemaLibrary
from tests.unit.docs.pages import ROOT, blocks, names, page, rows, section

PAGE = page("configuration.md")

SECTIONS: dict[str, type[BaseModel]] = {
    "top level": model.Settings,
    "[gateway]": model.GatewaySettings,
    "[store]": model.StoreSettings,
    "[broker]": model.BrokerSettings,
    "[http]": model.HttpSettings,
    "[limits]": model.LimitSettings,
    "[traces]": model.TraceSettings,
    "[worker]": model.WorkerSettings,
    "[retention]": model.RetentionSettings,
    "[destinations.NAME]": model.DestinationSettings,
    "[destinations.NAME.retry]": model.RetrySettings,
    "[destinations.NAME.breaker]": model.BreakerSettings,
    "[destinations.NAME.rate]": model.RateSettings,
    "top level of a tenant": model.TenantFile,
    "[[bookings]]": model.BookingSettings,
}
SETTINGS = [(heading, name) for heading, each in SECTIONS.items() for name in each.model_fields]


def described(heading: str) -> dict[str, list[str]]:
    return {name: cells[1:] for cells in rows(section(PAGE, heading)) for name in names(cells[0])}


@pytest.mark.parametrize("heading", SECTIONS)
def test_every_setting_is_described_and_nothing_else(heading: str) -> None:
    assert described(heading).keys() == SECTIONS[heading].model_fields.keys()


@pytest.mark.parametrize(("heading", "name"), SETTINGS)
def test_default_and_bounds_are_those_of_the_code(heading: str, name: str) -> None:
    kind, default, _ = described(heading)[name]
    field = SECTIONS[heading].model_fields[name]

    assert default == written(field)
    assert all(bound in kind for bound in bounds(field))


def test_no_model_of_the_configuration_is_left_out() -> None:
    sections = {
        each for each in vars(model).values() if isinstance(each, type) and issubclass(each, model.Section)
    }
    assert sections - {model.Section} <= set(SECTIONS.values())


def test_every_adapter_and_transport_is_named() -> None:
    rows_ = described("[destinations.NAME]")
    assert set(names(rows_["adapter"][0])) == set(catalogue.ADAPTERS)
    assert set(names(rows_["transport"][0])) == set(catalogue.TRANSPORTS)


def test_every_variable_that_overrides_is_described() -> None:
    found = {
        names(cells[0])[0]: names(cells[1])[0]
        for cells in rows(section(PAGE, "Values from the environment and from files"))
        if cells[0].startswith("`AMTSBOTE_") and len(names(cells[1])) == 1 and cells[1].startswith("`")
    }
    assert {key: found.get(key) for key in ENVIRONMENT} == {
        variable: ".".join(filter(None, setting)) for variable, setting in ENVIRONMENT.items()
    }


def test_the_example_of_the_page_loads(tmp_path: Path) -> None:
    main, zossen = blocks(section(PAGE, "Example"), "toml")
    (tmp_path / "tenants").mkdir()
    (tmp_path / "amtsbote.toml").write_text(main, encoding="utf-8")
    (tmp_path / "tenants/zossen.toml").write_text(zossen, encoding="utf-8")

    configuration = commands.configure(tmp_path / "amtsbote.toml", {"EINWOHNER_PASSWORD": "geheim"})

    assert configuration.store_url == "sqlite:////var/lib/amtsbote/amtsbote.db"
    assert configuration.directory.destinations["einwohner"].settings["password"] == "geheim"
    assert configuration.directory.tenant_of("12072477") is not None


def test_the_municipality_of_the_readme_fits_the_example_configuration(tmp_path: Path) -> None:
    (municipality,) = blocks((ROOT / "README.md").read_text(encoding="utf-8"), "toml")
    (tmp_path / "tenants").mkdir()
    for name in ("amtsbote.toml", *(f"tenants/{each.name}" for each in ROOT.glob("config/tenants/*.toml"))):
        (tmp_path / name).write_bytes((ROOT / "config" / name).read_bytes())
    (tmp_path / "tenants/fuerstenberg.toml").write_text(municipality, encoding="utf-8")

    tenant = commands.configure(tmp_path / "amtsbote.toml", {}).directory.tenant_of("12065084")

    assert tenant is not None
    booking = tenant.booking_for("trade/gewerbeanmeldung")
    assert booking is not None
    assert len(booking.destinations) == 2
    assert tenant.booking_for("trade/gewerbeabmeldung") is None


def test_portals_are_told_the_limits_at_delivery() -> None:
    limits = model.LimitSettings()
    told = {cells[0]: cells[1] for cells in rows(section(page("portal-api.md"), "Limits"))}

    assert told == {
        "Size of a message": f"{limits.message_mb:g} MB",
        "Silence within a body": f"{limits.chunk_seconds:g} s",
        "Whole body": f"{limits.upload_seconds:g} s",
        "Requests per portal or system": (
            f"{limits.requests_per_second:g} per second, {limits.burst} at once"
        ),
        "Pages of the documentation": (
            f"{Limits().pages_per_second:g} per second, {Limits().pages_at_once} at once, for all readers together"
        ),
        "Submissions in progress, once they are here in full": (
            f"{limits.at_once} in total, one portal alone half, two a third each, and so on"
        ),
        "Uploads under way: bytes that are here, and 64 KiB for each": (
            f"{limits.uploads_mb:g} MB in total, shared likewise by portals and systems"
        ),
    }


def written(field: FieldInfo) -> str:
    """A default as the page writes it; a table has its own section instead."""
    default = field.get_default(call_default_factory=True, validated_data={})
    match default:
        case _ if field.is_required():
            return "required"
        case None | []:
            return "none"
        case dict() | BaseModel():
            return ""
        case bool():
            return f"`{str(default).lower()}`"
        case _:
            return f"`{default}`"


def bounds(field: FieldInfo) -> list[str]:
    """The numbers that the type column must name."""
    found = []
    for each in field.metadata:
        match each:
            case Ge(ge=number) | Gt(gt=number) | Le(le=number):
                found.append(str(number))
    return found


def test_every_deadline_is_described_with_the_days_of_its_rules() -> None:
    rules = [rule for bundle in SchemaLibrary.load([commands.BUNDLES]).bundles for rule in bundle.spec.rules]
    told = {name: {int(cells[1])} for cells in rows(section(PAGE, "[deadlines]")) for name in names(cells[0])}

    assert told == {
        name: {rule.days for rule in rules if rule.deadline == name}
        for name in {rule.deadline for rule in rules if rule.deadline}
    }
