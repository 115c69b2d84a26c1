"""Settings: from the environment, `PEER_DATABASE_URL` and so on."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

MEMORY = "memory"
"""The broker URL of the size that needs no server."""


class Settings(BaseSettings):
    """Everything that differs between installations."""

    model_config = SettingsConfigDict(env_prefix="PEER_")

    database_url: str
    """`postgresql://...` or `sqlite:///...`"""
    broker_url: str = MEMORY
    schema_file: Path
    api_key: SecretStr
    systems: dict[str, str] = {}
    """URL of the specialist system, by the AGS of the municipality."""
    deliveries_at_once: int = 32
    """0: what is taken in waits."""
