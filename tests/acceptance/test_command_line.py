"""The command line: exit codes, JSON on standard output alone, and acts beside a running gateway and without one."""

import json
import shutil
import socket
import time
from pathlib import Path

import pytest

from tests.acceptance.conftest import an_embedded
from tests.acceptance.installation import AUTOR, Installation
from tests.acceptance.letters import ZOSSEN, a_letter
from tests.servers.compose import ROOT

OK, ERROR, USAGE, NOTHING_FOUND, DENIED, UNREACHABLE = 0, 1, 2, 3, 4, 6

BUNDLE = ROOT / "schemas" / "bundles" / "ab-finanzen" / "1.0"


def test_the_command_explains_itself_under_its_own_name(embedded: Installation) -> None:
    screen = embedded.amtsbote("--help").stdout

    assert "Usage: amtsbote " in screen
    for command in ("serve", "submit", "replay", "portals", "config"):
        assert command in screen


def test_what_is_called_wrongly_ends_with_usage(embedded: Installation) -> None:
    done = embedded.amtsbote("serve", "--role", "nobody", exit_code=USAGE)

    assert done.stdout == ""
    assert "nobody" in done.stderr


def test_a_portal_submits_and_asks(embedded: Installation, tmp_path: Path) -> None:
    letter = a_letter("finanzen/sepamandat-klein", ZOSSEN)
    file, key = tmp_path / "letter.xml", {"AMTSBOTE_KEY": embedded.keys["portal"]}
    file.write_bytes(letter.content)

    receipt = json.loads(embedded.amtsbote("submit", str(file), "-o", "json", env=key).stdout)
    embedded.ledger.acknowledged(receipt["id"], letter)
    embedded.settle([letter])
    status = json.loads(embedded.amtsbote("status", receipt["id"], "-o", "json", env=key).stdout)

    assert receipt["nachrichtenUUID"] == letter.uuid
    assert (status["id"], status["state"]) == (receipt["id"], "delivered")


def test_refusals_have_exit_codes(embedded: Installation, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(a_letter("finanzen/sepamandat-klein", ZOSSEN).content)
    bad.write_bytes(b"<a>")
    key = {"AMTSBOTE_KEY": embedded.keys["portal"]}
    nobody = {"AMTSBOTE_KEY": "ab_abcdefghijkl_" + "a" * 43}

    refused = embedded.amtsbote("submit", str(bad), "-o", "json", env=key, exit_code=ERROR)
    assert refused.stdout == ""
    assert "not-well-formed" in refused.stderr
    embedded.amtsbote("submit", str(good), env=nobody, exit_code=DENIED)
    embedded.amtsbote("status", "00000000-0000-4000-8000-000000000000", env=key, exit_code=NOTHING_FOUND)
    away = key | {"AMTSBOTE_URL": "http://127.0.0.1:9"}
    embedded.amtsbote("submit", str(good), env=away, exit_code=UNREACHABLE)


def test_a_broken_configuration_is_shown_with_file_and_line(embedded: Installation, tmp_path: Path) -> None:
    config = tmp_path / "config"
    shutil.copytree(embedded.config, config)
    zossen = config / "tenants" / "zossen.toml"
    text = zossen.read_text(encoding="utf-8").replace('"finanzen"', '"nirgendwo"')
    zossen.write_text(text, encoding="utf-8")
    line = next(n for n, each in enumerate(text.splitlines(), start=1) if "nirgendwo" in each)

    done = embedded.amtsbote("config", "check", "-c", str(config / "amtsbote.toml"), exit_code=ERROR)

    assert f"zossen.toml:{line}: das Ziel nirgendwo ist nirgends beschrieben" in done.stderr
    assert done.stdout == ""


def test_the_example_configuration_is_sound(embedded: Installation) -> None:
    embedded.amtsbote("config", "check", "-c", str(ROOT / "config" / "amtsbote.toml"))


def test_messages_are_validated_without_being_accepted(embedded: Installation) -> None:
    valid = sorted(map(str, (BUNDLE / "samples" / "valid").iterdir()))
    invalid = sorted(map(str, (BUNDLE / "samples" / "invalid").iterdir()))

    good = embedded.amtsbote("schemas", "validate", *valid, "-o", "json")
    bad = embedded.amtsbote("schemas", "validate", *invalid, valid[0], "-o", "json", exit_code=ERROR)

    assert all(report["valid"] for report in json.loads(good.stdout))
    refused = [report for report in json.loads(bad.stdout) if not report["valid"]]
    assert {report["file"] for report in refused} == set(invalid)
    assert all(reason["text"] for report in refused for reason in report["reasons"])


def test_a_key_is_shown_once_and_can_be_revoked(installation: Installation, tmp_path: Path) -> None:
    added = json.loads(installation.amtsbote("portals", "add", "kurz", "--autor", AUTOR, "-o", "json").stdout)
    listed = installation.amtsbote("portals", "list", "-o", "json").stdout
    secret = added["key"].rpartition("_")[2]
    file, key = tmp_path / "letter.xml", {"AMTSBOTE_KEY": added["key"]}
    letter = a_letter("finanzen/sepamandat-klein", ZOSSEN)
    file.write_bytes(letter.content)
    receipt = json.loads(installation.amtsbote("submit", str(file), "-o", "json", env=key).stdout)
    installation.ledger.acknowledged(receipt["id"], letter)

    revoked = json.loads(installation.amtsbote("portals", "revoke", added["id"], "-o", "json").stdout)

    assert added["id"] in {row["id"] for row in json.loads(listed)}
    assert secret not in listed
    assert revoked["revoked_at"]
    # Every process may remember a good key for five seconds.
    time.sleep(5)
    installation.amtsbote("submit", str(file), env=key, exit_code=DENIED)


@pytest.fixture
def resting(tmp_path: Path) -> Installation:
    """An installation of which nothing runs."""
    return an_embedded(tmp_path)


def test_commands_work_without_a_running_gateway(resting: Installation) -> None:
    resting.amtsbote("failed", exit_code=UNREACHABLE)
    resting.amtsbote("serve", exit_code=UNREACHABLE)
    resting.amtsbote("db", "upgrade")

    added = json.loads(resting.amtsbote("portals", "add", "kurz", "--autor", AUTOR, "-o", "json").stdout)
    listed = json.loads(resting.amtsbote("portals", "list", "-o", "json").stdout)
    failed = json.loads(resting.amtsbote("failed", "-o", "json").stdout)

    assert [row["id"] for row in listed] == [added["id"]]
    assert failed == []


def test_a_port_that_is_taken_is_said_in_one_line(resting: Installation) -> None:
    resting.amtsbote("db", "upgrade")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])

        done = resting.amtsbote("serve", env={"AMTSBOTE_HTTP_PORT": port}, exit_code=ERROR)

    assert f"http.port = {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_only_one_gateway_writes_to_a_file(embedded: Installation) -> None:
    done = embedded.amtsbote("serve", env={"AMTSBOTE_HTTP_PORT": "0"}, exit_code=UNREACHABLE)

    assert "Traceback" not in done.stderr


def test_one_role_alone_needs_a_broker(embedded: Installation) -> None:
    done = embedded.amtsbote("serve", "--role", "api", exit_code=ERROR)

    assert "broker.url" in done.stderr
