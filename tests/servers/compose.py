"""docker-compose.yml as the tests read it."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
COMPOSE_FILE = ROOT / "docker-compose.yml"


def compose() -> dict[str, Any]:
    """The whole file, its anchors resolved."""
    loaded = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    assert isinstance(loaded, dict)
    return loaded


def own_services() -> dict[str, dict[str, Any]]:
    """The services that run Amtsbote itself, by name."""
    services: Mapping[str, dict[str, Any]] = compose()["services"]
    return {name: service for name, service in services.items() if service["image"].startswith("amtsbote:")}


def with_defaults(text: str) -> str:
    """Text as Compose takes it where no variable is set: `${NAME:-default}` becomes the default."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)
