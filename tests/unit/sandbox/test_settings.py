from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from gateway.sandbox.settings import SECRETS, SandboxSettings
from gateway.sandbox.systems import System


def test_lists_in_the_environment_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMTSBOTE_SANDBOX_FORGETFUL", "finance, trade")
    monkeypatch.setenv("AMTSBOTE_SANDBOX_TRADE_FOLDERS", "/a,/b")

    settings = SandboxSettings()

    assert settings.forgetful == {System.FINANCE, System.TRADE}
    assert settings.watched == (Path("/a"), Path("/b"))


def test_the_trade_folder_is_below_the_sandboxs_own_by_default() -> None:
    assert SandboxSettings(folder=Path("/s")).watched == (Path("/s/trade"),)


def test_pickup_without_a_place_for_receipts_is_refused() -> None:
    with pytest.raises(ValidationError, match="pickup_destinations needs gateway_url"):
        SandboxSettings(pickup_destinations=("kataster",))


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in repr(SandboxSettings(password=SecretStr("s3cret"), token=SecretStr("s3cret")))


def test_every_secret_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s3cret\n", encoding="utf-8")
    for name in SECRETS:
        monkeypatch.setenv(f"AMTSBOTE_SANDBOX_{name.upper()}_FILE", str(tmp_path / "secret"))

    settings = SandboxSettings(token=SecretStr("given"))

    read = {name: getattr(settings, name).get_secret_value() for name in SECRETS}
    assert read == dict.fromkeys(SECRETS, "s3cret") | {"token": "given"}


def test_every_secret_is_known_as_one() -> None:
    fields = SandboxSettings.model_fields.items()

    assert {name for name, field in fields if "SecretStr" in str(field.annotation)} == SECRETS


def test_what_else_is_in_the_environment_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AMTSBOTE_SANDBOX_URL", "http://sandbox:8090")

    assert SandboxSettings().port == 8090


def test_a_mistake_does_not_show_the_secrets() -> None:
    with pytest.raises(ValidationError) as caught:
        SandboxSettings(token=SecretStr("s3cret"), pickup_destinations=("kataster",))

    assert "s3cret" not in str(caught.value)
