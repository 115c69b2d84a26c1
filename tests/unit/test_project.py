"""The project as it lies in its folder: what is promised about its files."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
FOLDERS = {
    *("gateway", "adapters", "schemas", "queues", "tests"),
    *("benchmarks", "config", "deploy", "docs", ".ci"),
}
# Written in pieces so that this file does not name what it looks for.
FOREIGN = re.compile(
    "|".join(
        (
            r"pypi\." + "org|python" + r"hosted\.org|registry\.npm" + r"js|deb\.deb" + "ian|index" + "-url",
            r"(?<![\w.{$-])/wor" + r"k/\w|/hom" + r"e/\w|/roo" + r"t/\w",
        )
    )
)
BINARY = {".png", ".pdf", ".woff2", ".zip", ".ico"}


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
    )
    if listed.returncode != 0:
        pytest.skip("not a git work tree, so nobody knows which files belong to the project")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match[0]}"
        for path in tracked()
        if path.suffix not in BINARY
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if (match := FOREIGN.search(line))
    ]
    assert found == []


def test_the_search_for_foreign_hosts_and_paths_finds_them() -> None:
    assert FOREIGN.search("https://pypi." + "org/simple")
    assert FOREIGN.search("see /wor" + "k/main")
    assert not FOREIGN.search("/v1/messages")


def test_top_level_folders_are_those_agreed() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in tracked() if path.parent != ROOT}
    assert folders <= FOLDERS


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_every_package_with_hashes_and_says_nothing_else(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = text.replace("\\\n", " ").splitlines()
    pinned = re.compile(r"[a-z0-9-]+==\S+( ; [^#]+?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*")
    assert packages
    assert [package for package in packages if not pinned.fullmatch(package)] == []


def test_both_locks_pin_the_same_versions() -> None:
    runtime, dev = versions("requirements.lock"), versions("requirements-dev.lock")
    assert {name: dev[name] for name in runtime.keys() & dev.keys()} == {
        name: runtime[name] for name in runtime.keys() & dev.keys()
    }
    assert {"fastapi", "lxml", "hatchling"} <= runtime.keys()
    assert "pytest" not in runtime


def test_the_locks_satisfy_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    runtime, dev = versions("requirements.lock"), versions("requirements-dev.lock")
    wanted = [
        *((runtime, text) for text in project["project"]["dependencies"]),
        *((runtime, text) for text in project["build-system"]["requires"]),
        *((dev, text) for text in project["project"]["optional-dependencies"]["dev"]),
    ]
    for lock, text in wanted:
        requirement = Requirement(text)
        assert requirement.specifier.contains(lock[canonicalize_name(requirement.name)]), text


def versions(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


@pytest.mark.parametrize("document", sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")]), ids=str)
def test_every_make_command_of_the_documents_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = re.findall(r"(?:^|`)make ([a-z]+)", document.read_text(), re.MULTILINE)
    assert set(commands) <= targets


def test_decisions_are_numbered_without_gaps_and_have_their_headings() -> None:
    records = sorted((ROOT / "docs/decisions").glob("*.md"))
    assert [record.name[:4] for record in records] == [f"{n:04}" for n in range(1, len(records) + 1)]
    for record in records:
        text = record.read_text()
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Situation", "Decision", "Turned down", "Price", "Check"], record.name
        assert re.search(r"^Status: (accepted|replaced by \d{4})$", text, re.MULTILINE), record.name


def test_ci_runs_what_anybody_runs_by_hand() -> None:
    commands = [
        line for line in (ROOT / ".ci/run").read_text().splitlines() if line and not line.startswith("#")
    ]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "make check test"]
