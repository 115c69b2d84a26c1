"""Configuration files: what is read, and how a fault is reported with file, line and cause."""

from pathlib import Path

import pytest

from gateway.config import Configuration, load, load_premises
from gateway.config.check import Known
from gateway.core.errors import ConfigurationInvalid, Problem, SettingFault
from gateway.core.mapped import MappedKind
from gateway.core.message import Kommunikationspartner, MessageKind
from gateway.core.tenants import Destination

KINDS = (
    MessageKind("ab-meldewesen", "1.0", "meldewesen.anmeldung.0101", "registration/anmeldung"),
    MessageKind("ab-meldewesen", "1.1", "meldewesen.anmeldung.0101", "registration/anmeldung"),
    MessageKind("ab-gewerbe", "1.0", "gewerbe.anmeldung.0301", "trade/gewerbeanmeldung"),
)
KNOWN = Known(KINDS, frozenset({"anmeldung", "hundesteuer-anmeldung"}))


class Catalogue:
    """Knows five areas, and nothing but a `url` in the settings."""

    def faults(self, destination: Destination, folder: Path) -> list[SettingFault]:
        return [
            SettingFault(("settings", name), f"{name} gibt es nicht", f"there is no {name}")
            for name in destination.settings
            if name != "url"
        ]

    def mapped(self, destination: Destination, folder: Path) -> list[MappedKind]:
        return []

    def area_of(self, adapter: str) -> str | None:
        return adapter.replace("_", "-")


CATALOGUE = Catalogue()

MAIN = """\
[store]
url = "sqlite:///data/amtsbote.db"

[destinations.einwohner]
adapter = "registration"
idempotent = true
settings.url = "${EINWOHNER_URL:-http://localhost:1}"
"""

ZOSSEN = """\
name = "Stadt Zossen"
ags = ["12072477"]

[[bookings]]
service = "registration"
destinations = ["einwohner"]

[[bookings]]
service = "trade/gewerbeanmeldung"
destinations = ["gewerbe-zossen"]

[destinations.gewerbe-zossen]
adapter = "trade"
"""


def read(
    folder: Path, main: str = MAIN, environment: dict[str, str] | None = None, **tenants: str
) -> Configuration:
    (folder / "tenants").mkdir()
    (folder / "amtsbote.toml").write_text(main, encoding="utf-8")
    for key, text in tenants.items():
        (folder / "tenants" / f"{key}.toml").write_text(text, encoding="utf-8")
    path = folder / "amtsbote.toml"
    return load(path, known=lambda _folder: KNOWN, catalogue=CATALOGUE, environment=environment or {})


def problems(folder: Path, main: str = MAIN, **tenants: str) -> list[Problem]:
    with pytest.raises(ConfigurationInvalid) as caught:
        read(folder, main, None, **tenants)
    return list(caught.value.problems)


def test_tenants_share_destinations_and_have_their_own(tmp_path: Path) -> None:
    configuration = read(tmp_path, zossen=ZOSSEN)

    zossen = configuration.directory.tenant_of("12072477")
    assert zossen is not None
    assert zossen.key == "zossen"
    assert set(configuration.directory.destinations) == {"einwohner", "gewerbe-zossen"}
    assert configuration.store_url == f"sqlite:///{tmp_path}/data/amtsbote.db"


def test_the_environment_fills_placeholders_and_overrides(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("postgresql://u:p@h/d\n", encoding="utf-8")
    environment = {
        "EINWOHNER_URL": "http://einwohner",
        "AMTSBOTE_DATABASE_URL_FILE": str(secret),
        "AMTSBOTE_HTTP_PORT": "0",
    }

    configuration = read(tmp_path, environment=environment, zossen=ZOSSEN)

    assert configuration.directory.destinations["einwohner"].settings == {"url": "http://einwohner"}
    assert configuration.store_url == "postgresql://u:p@h/d"
    assert configuration.settings.http.port == 0


def test_a_tenant_sets_its_own_deadlines(tmp_path: Path) -> None:
    configuration = read(tmp_path, zossen=f"{ZOSSEN}\n[deadlines]\nanmeldung = 21\n")

    zossen = Kommunikationspartner("ags:12072477")
    assert configuration.directory.deadlines(zossen) == {"anmeldung": 21}
    assert configuration.directory.deadlines(Kommunikationspartner("ags:11000000")) == {}


@pytest.mark.parametrize(
    ("old", "new", "line", "cause"),
    [
        ('ags = ["12072477"]', 'ags = ["1207247"]', 2, "pattern"),
        ('service = "registration"', 'service = "registration/heirat"', 5, "no schema bundle knows"),
        ('destinations = ["einwohner"]', 'destinations = ["einwoner"]', 6, "described nowhere"),
        ('service = "trade/gewerbeanmeldung"', 'service = "registration"', 9, "booked twice"),
        ('adapter = "trade"', 'adapter = "trade"\ntest = true', 10, "takes no productive messages"),
        ('adapter = "trade"', 'adapter = "trade"\nsettings.folder = "x"', 14, "there is no folder"),
        ('name = "Stadt Zossen"', 'nam = "Stadt Zossen"', 1, "Extra inputs"),
        ("[destinations.gewerbe-zossen]", "[destinations.einwohner]", 12, "described elsewhere"),
        ('name = "Stadt Zossen"', "name = Zossen", 1, "not TOML"),
        ('adapter = "trade"', 'adapter = "trade"\n[deadlines]\nanmeldng = 21', 15, "known: anmeldung, hunde"),
        ('adapter = "trade"', 'adapter = "trade"\n[deadlines]\nanmeldung = "bald"', 15, "valid integer"),
    ],
)
def test_a_fault_is_reported_with_its_line_and_cause(
    tmp_path: Path, old: str, new: str, line: int, cause: str
) -> None:
    found = problems(tmp_path, zossen=ZOSSEN.replace(old, new, 1))

    assert (line, True) in [(each.line, cause in each.en) for each in found], found
    assert all(each.file.endswith("zossen.toml") for each in found)


def test_two_tenants_can_not_have_the_same_municipality(tmp_path: Path) -> None:
    other = 'name = "Zossen II"\nags = ["12072477"]\n'

    (found,) = problems(tmp_path, zossen=ZOSSEN, zweitens=other)

    assert found.file.endswith("zweitens.toml") or found.file.endswith("zossen.toml")
    assert found.line == 2


def test_a_missing_variable_is_named(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, MAIN.replace(":-http://localhost:1", ""), zossen=ZOSSEN)

    assert found.line == 7
    assert "EINWOHNER_URL" in found.en


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("AMTSBOTE_DATABASE_URL", "mysql://gateway:geheim@host/db"),
        ("AMTSBOTE_DATABASE_URL", "sqlite://"),
        ("AMTSBOTE_BROKER_URL", "redis://gateway:geheim@host"),
        ("AMTSBOTE_BROKER_URL", "embeded"),
    ],
)
def test_an_address_that_nobody_could_open_is_found_before_the_start(
    tmp_path: Path, variable: str, value: str
) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        read(tmp_path, environment={variable: value})

    (found,) = caught.value.problems
    assert "url" in found.en
    assert "geheim" not in str(found)


def test_all_faults_of_all_files_come_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        MAIN.replace("idempotent", "idempotend"),
        zossen=ZOSSEN.replace("12072477", "1"),
    )

    assert {Path(each.file).name for each in found} == {"amtsbote.toml", "zossen.toml"}


def test_no_configuration_at_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="no such file"):
        load(tmp_path / "amtsbote.toml", known=lambda _folder: KNOWN, catalogue=CATALOGUE, environment={})


def with_leitweg_ids(ids: str) -> str:
    return ZOSSEN.replace('ags = ["12072477"]', f'ags = ["12072477"]\nleitweg_ids = {ids}')


def test_a_tenant_is_found_by_its_leitweg_id(tmp_path: Path) -> None:
    configuration = read(tmp_path, zossen=with_leitweg_ids('["120720477477-ZOSSEN01-04"]'))

    found = configuration.directory.recipient(Kommunikationspartner("leitweg:120720477477-zossen01-04"))
    assert found is not None
    assert found.key == "zossen"
    assert configuration.directory.recipient(Kommunikationspartner("leitweg:04011000-900X999-08")) is None


@pytest.mark.parametrize("wrong", ["120720477477-ZOSSEN01-05", "120720477477-zossen01-04", "1-04", "ZOSSEN"])
def test_a_leitweg_id_that_can_not_be_one_is_refused(tmp_path: Path, wrong: str) -> None:
    (problem,) = problems(tmp_path, zossen=with_leitweg_ids(f'["{wrong}"]'))

    assert problem.line == 3
    assert "leitweg_ids" in problem.en


def test_a_leitweg_id_belongs_to_one_tenant(tmp_path: Path) -> None:
    other = 'name = "Bremen"\nags = ["04011000"]\nleitweg_ids = ["04011000-900X999-08"]\n'
    (problem,) = problems(tmp_path, bremen=other, zossen=with_leitweg_ids('["04011000-900X999-08"]'))

    assert "belongs to the tenant bremen" in problem.en


def test_installed_schemas_lie_in_the_data_folder_or_where_the_setting_says(tmp_path: Path) -> None:
    configuration = read(tmp_path, zossen=ZOSSEN)
    assert configuration.schemas_folder == (tmp_path / "../var/schemas").resolve()
    path = tmp_path / "amtsbote.toml"
    premises = load_premises(path, {"AMTSBOTE_SCHEMAS_FOLDER": "/srv/schemata"})
    assert premises.schemas_folder == Path("/srv/schemata")
    assert premises.forms_folder == configuration.forms_folder == (tmp_path / "../var/cache").resolve()


def test_a_destination_says_which_versions_it_takes(tmp_path: Path) -> None:
    configuration = read(tmp_path, MAIN + 'versions.ab-meldewesen = ["1.1", "1.2"]\n', zossen=ZOSSEN)

    einwohner = configuration.directory.destinations["einwohner"]
    assert [einwohner.takes(kind) for kind in KINDS] == [False, True, True]


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ('versions.ab-meldwesen = ["1.0"]', "the standard ab-meldwesen is not installed"),
        (
            'versions.ab-meldewesen = ["2.0"]',
            "none of these versions of ab-meldewesen is installed (installed: 1.0, 1.1)",
        ),
    ],
)
def test_versions_that_nobody_knows(tmp_path: Path, line: str, cause: str) -> None:
    found = problems(tmp_path, f"{MAIN}{line}\n", zossen=ZOSSEN)

    assert [(each.en, each.line) for each in found] == [(cause, 8)]


def test_destinations_of_a_booking_have_a_version_in_common(tmp_path: Path) -> None:
    main = MAIN + 'versions.ab-meldewesen = ["1.0"]\n\n[destinations.archiv]\nadapter = "registration"\n'
    found = problems(
        tmp_path,
        main + 'versions.ab-meldewesen = ["1.1"]\n',
        zossen=ZOSSEN.replace('["einwohner"]', '["einwohner", "archiv"]'),
    )

    assert [each.en for each in found] == ["the destinations have no version of ab-meldewesen in common"]
    assert found[0].line == 6
