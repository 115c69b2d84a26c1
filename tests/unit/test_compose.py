"""docker-compose.yml and Dockerfile: who may do what, and that nobody has a password by default."""

import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from gateway import commands
from gateway.cli import app
from tests.servers.compose import ROOT, compose, own_services, with_defaults

SERVICES: dict[str, dict[str, Any]] = compose()["services"]
OWN = sorted(own_services())
LASTING = sorted(set(SERVICES) - {"migrate"})


def test_the_data_centre_size_is_complete() -> None:
    assert set(SERVICES) == {
        *("postgres", "rabbitmq"),
        *("migrate", "api", "relay", "worker-1", "worker-2", "sandbox"),
    }
    assert [name for name, service in SERVICES.items() if "profiles" in service] == ["sandbox"]


@pytest.mark.parametrize("name", OWN)
def test_our_processes_can_change_nothing_but_their_volume(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert [volume for volume in service["volumes"] if volume.endswith(":ro")] == [
        "./config:/srv/amtsbote/config:ro"
    ]


@pytest.mark.parametrize("name", OWN)
def test_every_command_is_one_of_the_command_line(name: str) -> None:
    command = typer.main.get_command(app)
    context = command.make_context("amtsbote", list(SERVICES[name]["command"]))
    while isinstance(command, typer.core.TyperGroup):
        _, found, rest = command.resolve_command(context, [*context._protected_args, *context.args])
        assert found is not None
        command, context = found, found.make_context(found.name, rest, parent=context)


@pytest.mark.parametrize("name", LASTING)
def test_every_lasting_service_is_watched_limited_and_restarted(name: str) -> None:
    service = SERVICES[name]
    assert service["healthcheck"]["test"][0] == "CMD"
    assert service["restart"] == "unless-stopped"
    assert service["stop_grace_period"]
    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"sandbox"}))
def test_no_service_outside_the_sandbox_has_a_password_in_its_environment(name: str) -> None:
    for variable, value in SERVICES[name].get("environment", {}).items():
        assert variable.endswith("_FILE") or not re.search(r"PASS|SECRET|TOKEN|KEY", variable)
        assert not re.search(r"://[^/]*@", value)


def test_secrets_are_files_that_one_command_makes_at_random(tmp_path: Path) -> None:
    needed = {Path(with_defaults(secret["file"])).name for secret in compose()["secrets"].values()}
    made = [made_secrets(tmp_path / "a"), made_secrets(tmp_path / "b")]
    assert made[0].keys() == needed
    assert all(made[0][name] != made[1][name] for name in needed)
    assert made_secrets(tmp_path / "a") == made[0]


def made_secrets(folder: Path) -> dict[str, str]:
    subprocess.run([ROOT / "deploy/secrets.sh", folder], check=True, capture_output=True)
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_service_uses_only_what_is_declared() -> None:
    file = compose()
    for service in SERVICES.values():
        assert set(service["networks"]) <= file["networks"].keys()
        named = {
            secret if isinstance(secret, str) else secret["source"] for secret in service.get("secrets", [])
        }
        assert named <= file["secrets"].keys()
        volumes = {volume.partition(":")[0] for volume in service["volumes"]}
        assert {volume for volume in volumes if not volume.startswith(".")} <= file["volumes"].keys()


def test_the_sandbox_serves_every_system_of_the_example_configuration_that_files_or_fetches() -> None:
    configuration = commands.configure(ROOT / "config/amtsbote.toml", {})
    systems = configuration.directory.destinations.values()
    folders = {f"/srv/amtsbote/var/{each.settings['folder']}" for each in systems if each.adapter == "trade"}
    fetching = {each.name for each in systems if each.adapter == "real_estate"}

    sandbox = SERVICES["sandbox"]["environment"]
    assert set(sandbox["AMTSBOTE_SANDBOX_TRADE_FOLDERS"].split(",")) == folders
    assert set(sandbox["AMTSBOTE_SANDBOX_PICKUP_DESTINATIONS"].split(",")) == fetching
    with_keys = set(re.findall(r"--destination (\S+?)\)?(?:\s|$)", (ROOT / "deploy/sandbox.sh").read_text()))
    assert with_keys == {each.name for each in systems}


def test_store_and_broker_are_out_of_reach_of_the_intake_zone() -> None:
    assert compose()["networks"]["data"] == {"internal": True}
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]
    assert {name for name, service in SERVICES.items() if "intake" in service["networks"]} == {
        "api",
        "sandbox",
    }
    assert SERVICES["postgres"]["networks"] == ["data"]


def test_the_image_holds_every_package_and_runs_without_root() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert set(re.findall(r"^COPY (\w+) \1$", dockerfile, re.MULTILINE)) == set(packages)
    assert all(":" in image for image in re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))
    assert "--require-hashes -r requirements.lock" in dockerfile
    last_stage = dockerfile.rpartition("\nFROM ")[2]
    assert re.findall(r"^USER (\S+)$", last_stage, re.MULTILINE) == [SERVICES["api"]["user"]]
    assert "\nHEALTHCHECK " in last_stage
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert {f"!{package}" for package in packages} <= set(ignored)
