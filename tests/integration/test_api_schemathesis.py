"""The description and the server agree: schemathesis, with all its checks, finds nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.api_support import environment, real_api

CONFIG = """
[auth.openapi.portalKey]
bearer = "${PORTAL_KEY}"
[auth.openapi.systemKey]
bearer = "${SYSTEM_KEY}"
"""


@pytest.mark.timeout(300)
def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    with real_api(tmp_path) as api:
        found = subprocess.run(
            [
                *(sys.executable, "-m", "schemathesis.cli", "--config-file", config),
                *("run", f"{api.url}/openapi.json", "--checks=all", "--max-examples=15", "--seed=1"),
                *("--continue-on-failure", "--no-color", "--suppress-health-check=all"),
            ],
            cwd=tmp_path,
            env=environment(
                PORTAL_KEY=api.portal_key,
                SYSTEM_KEY=api.system_key,
                SCHEMATHESIS_HOOKS="tests.integration.api_schemathesis_hooks",
            ),
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
    assert found.returncode == 0, found.stdout + found.stderr
    for phase in ("Examples", "Coverage", "Fuzzing", "Stateful"):
        assert f"✅ {phase}" in found.stdout, found.stdout
