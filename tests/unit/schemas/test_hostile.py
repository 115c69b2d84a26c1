"""A well-formed document of the allowed size never costs more than a bounded amount of work and memory."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_hostile_documents_get_their_answer_within_limits() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.schemas.hostile"], cwd=ROOT, capture_output=True, check=True
    )
    assert json.loads(done.stdout) == {
        "attributes": [["schema-invalid", ["cvc-attribute-unknown"]]],
        "namespaces": [["schema-invalid", ["cvc-content"]]],
        "version-like-namespace": [["unknown-kind", []]],
        "references": [],
        "long-text": [["schema-invalid", ["cvc-content", "cvc-min-length"]]],
    }
