"""The template for adapters in packages of their own: copied, installed by its metadata, tested by its own tests."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import adapters

ROOT = Path(adapters.__file__).parents[1]
TEMPLATE = ROOT / "docs" / "adapter-template"


def installed(copy: Path, site: Path) -> None:
    """What an installer makes of the package and of Amtsbote beside it: modules, and the metadata that entry points
    are found by.
    """
    shutil.copytree(copy / "src", site)
    for of in (copy, ROOT):
        describe(tomllib.loads((of / "pyproject.toml").read_text(encoding="utf-8"))["project"], site)


def describe(project: dict[str, Any], site: Path) -> None:
    info = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Name: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
    )
    lines = [
        line
        for group, points in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run_tests(copy: Path, site: Path, *options: str) -> subprocess.CompletedProcess[str]:
    # No plugin is named: pytest finds Amtsbote's by its entry point, as in any other package.
    return run(copy, site, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options)


def run(copy: Path, site: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(site), str(ROOT)])
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_the_template_passes_its_own_tests_and_delivers_through_a_gateway(tmp_path: Path) -> None:
    copy, site = tmp_path / "musterkasse", tmp_path / "site"
    shutil.copytree(TEMPLATE, copy)
    installed(copy, site)
    result = run_tests(copy, site)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "passed" in result.stdout
    assert "skipped" not in result.stdout


def test_pytest_and_the_gateway_find_what_is_installed_by_its_entry_points(tmp_path: Path) -> None:
    copy, site = tmp_path / "musterkasse", tmp_path / "site"
    shutil.copytree(TEMPLATE, copy)
    installed(copy, site)
    show = "from adapters import catalogue as c; print(*c.adapters(), *c.transports())"

    assert "@pytest.mark.amtsbote:" in run_tests(copy, site, "--markers").stdout
    assert "musterkasse" in run(copy, site, "-c", show).stdout.split()
    # Not because its modules lie there, and not because somebody imported them.
    (next(site.glob("amtsbote_musterkasse-*.dist-info")) / "entry_points.txt").unlink()
    assert "musterkasse" not in run(copy, site, "-c", show).stdout.split()


def test_a_transport_that_breaks_the_contract_is_caught(tmp_path: Path) -> None:
    copy, site = tmp_path / "musterkasse", tmp_path / "site"
    shutil.copytree(TEMPLATE, copy)
    transport = copy / "src" / "amtsbote_musterkasse" / "transport.py"
    code = transport.read_text(encoding="utf-8")
    # It takes every answer for a yes.
    broken = code.replace("    return LOST if not line else UNREADABLE\n", "    return Delivered(rest)\n")
    assert broken != code
    transport.write_text(broken, encoding="utf-8")
    installed(copy, site)
    result = run_tests(copy, site)
    assert result.returncode == 1
    assert "test_a_success_with_an_error_inside_is_unclear" in result.stdout
