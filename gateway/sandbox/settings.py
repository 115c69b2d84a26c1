"""Settings of the sandbox: where it listens, what it consumes from, and how well its systems remember."""

import os
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from gateway.sandbox.systems import System

PREFIX = "AMTSBOTE_SANDBOX_"


class SandboxSettings(BaseSettings):
    """Everything that can be set. Read from arguments first, else from `AMTSBOTE_SANDBOX_<NAME>`, where
    lists are separated by commas. A secret may stand in the file that `AMTSBOTE_SANDBOX_<NAME>_FILE` names.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8090
    """0 takes a free one."""
    tls: bool = True
    """Also listen with TLS, with a good certificate and with bad ones."""
    tls_port: Annotated[int, Field(ge=0, le=65535 - 4)] = 0
    """First of five ports in a row; 0 takes free ones."""
    sftp: bool = True
    """Also serve SFTP."""
    sftp_port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0 takes a free one."""
    folder: Path = Path("var/sandbox")
    """Holds the journal, and the trade system's folder unless `trade_folders` says otherwise."""
    fsync: bool = False
    """An answer leaves only after its journal line is on disk. Slower; for tests with power cuts."""
    forgetful: Annotated[frozenset[System], NoDecode] = frozenset()
    """Systems that do not recognise a repeated delivery: each one has another effect."""
    faults: Path | None = None
    """TOML file with fault rules that hold from the start."""

    user: str = "sandbox"
    password: SecretStr = SecretStr("sandbox")
    """HTTP Basic, for civil status and finance; the UsernameToken of registration, and the login of SFTP."""
    token: SecretStr = SecretStr("sandbox")
    """Bearer token, for finance v1."""
    client_id: str = "sandbox"
    client_secret: SecretStr = SecretStr("sandbox")
    """OAuth2 client, for finance v2."""
    token_seconds: Annotated[float, Field(gt=0)] = 300.0
    """After which a token of OAuth2 has expired."""

    gemeinden: Annotated[tuple[str, ...], NoDecode] = ("12",)
    """What the AGS of the municipalities begin with that the systems serve; others they refuse."""
    processing_seconds: Annotated[float, Field(ge=0)] = 1.0
    """For which a case that was only taken in (202) is worked on."""

    trade_folders: Annotated[tuple[Path, ...], NoDecode] = ()
    """Folders that the trade system watches."""
    trade_return: Path | None = None
    """Return folder for the receipts of files that lay in `trade_folders`, instead of receipts over HTTP."""
    trade_interval: Annotated[float, Field(gt=0)] = 0.2
    """Seconds between two looks into a folder."""
    trade_grace: Annotated[float, Field(ge=0)] = 5.0
    """Seconds for which an incomplete drop may still become complete before it is refused."""

    gateway_url: str | None = None
    """Where receipts go, and where parcels are fetched when there is no `amqp_url`."""
    registration_key: SecretStr | None = None
    """The registration system's access key at the gateway; without one it sends no notices. So with the others."""
    civil_status_key: SecretStr | None = None
    finance_key: SecretStr | None = None
    notice_seconds: Annotated[float, Field(ge=0)] = 2.0
    """After which a case that was taken is closed, and the notice about it is sent."""
    trade_key: SecretStr | None = None
    """The trade system's access key at the gateway; without one it sends no receipts."""
    real_estate_key: SecretStr | None = None
    """The real estate system's access key at the gateway; without one, its receipts travel over `amqp_url`."""
    pickup_destinations: Annotated[tuple[str, ...], NoDecode] = ()
    """Destinations whose parcels the real estate system takes."""
    pickup_interval: Annotated[float, Field(gt=0)] = 0.5
    """Seconds until the next question when the gateway had nothing."""
    pickup_lease: Annotated[int, Field(ge=1)] = 60
    """Seconds after which the gateway hands out again what was fetched and not confirmed."""
    amqp_url: SecretStr | None = None
    """RabbitMQ with the queues `pickup.<destination>`; without it parcels are fetched over HTTP."""

    @field_validator("forgetful", "gemeinden", "trade_folders", "pickup_destinations", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        return value

    @model_validator(mode="before")
    @classmethod
    def _read_secret_files(cls, values: dict[str, object]) -> dict[str, object]:
        for name in SECRETS - values.keys():
            if path := os.environ.get(f"{PREFIX}{name.upper()}_FILE"):
                values[name] = Path(path).read_text(encoding="utf-8").strip()
        return values

    @model_validator(mode="after")
    def _pickup_is_possible(self) -> Self:
        over_http = self.gateway_url is not None and self.real_estate_key is not None
        over_amqp = self.amqp_url is not None and self.real_estate_key is None
        if self.pickup_destinations and not (over_http or over_amqp):
            raise ValueError(
                "pickup_destinations needs gateway_url and real_estate_key for the receipts, or amqp_url alone"
            )
        return self

    @property
    def watched(self) -> tuple[Path, ...]:
        """The folders that the trade system watches."""
        return self.trade_folders or (self.folder / "trade",)

    @property
    def batch_folder(self) -> Path:
        """Where files of many cases are laid (`in`) and answered (`return`)."""
        return self.folder / "batch"

    @property
    def sftp_folder(self) -> Path:
        """What clients of SFTP see: `in` and `return`."""
        return self.folder / "sftp"

    @property
    def certificates(self) -> Path:
        """Where the sandbox's authority and its certificates are kept."""
        return self.folder / "tls"

    @property
    def journal(self) -> Path:
        """Where the journal is kept."""
        return self.folder / "received.jsonl"


SECRETS = frozenset(
    {
        "password", "token", "client_secret", "registration_key", "civil_status_key", "finance_key", "trade_key",
        "real_estate_key", "amqp_url",
    }
)  # fmt: skip
