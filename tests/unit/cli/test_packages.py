"""`schemas install|list|show|check|remove`, beside a configuration of their own."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from tests.unit.schemas.packages.builders import a_folder, a_g2g_message, a_root, a_schema, an_element, g2g

CONFIG = Path(__file__).parents[3] / "config"
SPACE = "urn:test:probe:1.0"
SCHEMA = a_schema(SPACE, g2g() + a_root("probe.antrag.0101", an_element("nachrichtenkopf.g2g", "t:Kopf")))

Run = Callable[..., Any]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return Path(shutil.copytree(CONFIG, tmp_path / "config"))


@pytest.fixture
def run(config: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("AMTSBOTE_CONFIG", str(config / "amtsbote.toml"))
    monkeypatch.setenv("AMTSBOTE_LANG", "en")
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(each) for each in arguments])


def test_from_the_package_to_a_verdict_and_away_again(run: Run, tmp_path: Path) -> None:
    package = a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA})
    message = tmp_path / "antrag.xml"
    message.write_bytes(a_g2g_message(SPACE, "probe.antrag.0101", attributes=""))
    assert run("schemas", "validate", message).exit_code == 1

    done = run("schemas", "install", package, "--standard", "Probe")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "var/schemas/probe/1.0/bundle.toml").is_file()
    assert run("schemas", "validate", message).exit_code == 0
    assert run("schemas", "check").exit_code == 0
    listed = json.loads(run("schemas", "list", "-o", "json").stdout)
    (row,) = [each for each in listed if each["standard"] == "probe"]
    assert (row["version"], row["kinds"], row["valid"], row["origin"]) == ("1.0", 1, "yes", "installed")
    shown = json.loads(run("schemas", "show", "probe", "1.0", "-o", "json").stdout)
    assert shown["header"]["leser_kennung"] == "nachrichtenkopf.g2g/leser/kennung"
    assert shown["services"] == {"probe.antrag.0101": "probe/probe-antrag-0101"}

    assert run("schemas", "remove", "probe", "1.0").exit_code == 0
    assert list((tmp_path / "var/schemas").iterdir()) == []
    assert run("schemas", "validate", message).exit_code == 1


def test_rules_of_a_package_are_shown_and_checked(run: Run, tmp_path: Path) -> None:
    sch = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2"><pattern>
        <rule context="leser"><assert id="L-1" test="matches(kennung, '^psw:')">No portal.</assert></rule>
        </pattern></schema>"""
    package = a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA, "gut.sch": sch, "schlecht.sch": sch[:-9]})
    done = run("schemas", "install", package, "--standard", "probe")
    assert done.exit_code == 0, done.output
    assert "Rules can't be used: schlecht.sch" in done.output
    shown = json.loads(run("schemas", "show", "probe", "1.0", "-o", "json").stdout)
    assert shown["schematron"] == ["schematron/package/gut.sch"]
    assert run("schemas", "check").exit_code == 0
    message = tmp_path / "antrag.xml"
    message.write_bytes(a_g2g_message(SPACE, "probe.antrag.0101", attributes=""))
    refused = run("schemas", "validate", message, "-o", "json")
    assert refused.exit_code == 1
    assert "schematron:L-1" in refused.stdout
    rules = tmp_path / "var/schemas/probe/1.0/schematron/package/gut.sch"
    rules.write_text(rules.read_text().replace("matches(", "mathces("))
    checked = run("schemas", "check")
    assert checked.exit_code == 1
    assert "gut.sch:3" in checked.output


def test_a_bundle_that_is_booked_stays(run: Run, tmp_path: Path, config: Path) -> None:
    run("schemas", "install", a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA}), "--standard", "probe")
    description = tmp_path / "var/schemas/probe/1.0/bundle.toml"
    text = description.read_text(encoding="utf-8")
    description.write_text(text.replace("probe/probe-antrag-0101", "finance/probe"), encoding="utf-8")
    tenant = config / "tenants/werneuchen.toml"
    booking = '[[bookings]]\nservice = "finance/probe"\ndestinations = ["finanzen"]\n'
    head, bracket, rest = tenant.read_text(encoding="utf-8").partition("[[bookings]]")
    tenant.write_text(f"{head}{booking}\n{bracket}{rest}", encoding="utf-8")

    result = run("schemas", "remove", "probe", "1.0")
    assert result.exit_code == 1
    assert "finance/probe" in result.output
    assert description.is_file()


def test_a_broken_description_is_named_and_can_be_removed(run: Run, tmp_path: Path) -> None:
    run("schemas", "install", a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA}), "--standard", "probe")
    (tmp_path / "var/schemas/probe/1.0/bundle.toml").write_text("kein TOML")
    checked = run("schemas", "check")
    assert checked.exit_code == 1
    assert "bundle.toml:1" in checked.output.replace("\n", "")
    assert run("schemas", "remove", "probe", "1.0").exit_code == 0
    assert run("schemas", "check").exit_code == 0


@pytest.mark.parametrize(
    "names", [("ab-finanzen", "1.0"), ("..", "schemas"), (".", "."), ("x", "../../etc"), ("/etc", "x")]
)
def test_only_what_was_installed_is_removed(run: Run, names: tuple[str, str], tmp_path: Path) -> None:
    (tmp_path / "var/schemas").mkdir(parents=True)
    (tmp_path / "var/schemas/bundle.toml").write_text("")
    assert run("schemas", "remove", *names).exit_code == 3
    assert (tmp_path / "var/schemas/bundle.toml").exists()


def test_a_missing_file_is_named_with_the_way_out(run: Run, tmp_path: Path) -> None:
    body = '<xs:include schemaLocation="fehlt.xsd"/>'
    package = a_folder(tmp_path / "paket", {"probe.xsd": a_schema(SPACE, body + an_element("probe.a.0101"))})
    result = run("schemas", "install", package)
    assert result.exit_code == 1
    assert "'fehlt.xsd' is missing" in result.output
    assert "--with" in result.output


def test_a_version_that_is_no_name_is_refused(run: Run, tmp_path: Path) -> None:
    package = a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA})
    assert run("schemas", "install", package, "--version", "../1").exit_code == 2
