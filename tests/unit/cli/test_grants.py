"""`destinations rabbitmq-grants`: the rights of every system that fetches from RabbitMQ or sends receipts there."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app

DESTINATIONS = """
[destinations.kataster]
adapter = "real_estate"
rabbitmq_user = "katasteramt"
[destinations.grundbuch]
adapter = "real_estate"
rabbitmq_user = "katasteramt"
settings.over = "http"
[destinations.gewerbe]
adapter = "trade"
rabbitmq_user = "gewerbeamt"
settings.folder = "trade"
[destinations.still]
adapter = "real_estate"
"""

KATASTER = [
    "rabbitmqctl add_user katasteramt",
    r"rabbitmqctl set_permissions -p amts katasteramt '^$' '^amtsbote\.receipts$' '^pickup\.kataster$'",
]
GEWERBE = [
    "rabbitmqctl add_user gewerbeamt",
    r"rabbitmqctl set_permissions -p amts gewerbeamt '^$' '^amtsbote\.receipts$' '^$'",
]


def grants(folder: Path, *arguments: str, broker: str = "amqp://gw:secret@host/amts") -> Result:
    (folder / "tenants").mkdir()
    file = folder / "amtsbote.toml"
    file.write_text(f'[broker]\nurl = "{broker}"\n{DESTINATIONS}', encoding="utf-8")
    return CliRunner().invoke(app, ["destinations", "rabbitmq-grants", *arguments, "-c", str(file)])


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [((), [*KATASTER, *GEWERBE]), (("grundbuch",), KATASTER), (("gewerbe",), GEWERBE)],
)
def test_a_user_gets_the_rights_of_all_its_destinations(
    tmp_path: Path, arguments: tuple[str, ...], printed: list[str]
) -> None:
    result = grants(tmp_path, *arguments)

    assert (result.exit_code, result.stdout.splitlines()) == (0, printed)
    assert "secret" not in result.output


@pytest.mark.parametrize("name", ["still", "nowhere"])
def test_who_names_no_user_gets_no_rights(tmp_path: Path, name: str) -> None:
    assert grants(tmp_path, name).exit_code == 3


def test_without_rabbitmq_there_is_nothing_to_grant(tmp_path: Path) -> None:
    assert grants(tmp_path, broker="embedded").exit_code == 3
