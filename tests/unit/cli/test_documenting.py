"""`schemas docs`: the pages as files, which lead to each other and nowhere else."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.cli.documenting import _file
from schemas.library import SchemaLibrary
from tests.unit.cli.test_packages import SCHEMA
from tests.unit.schemas.packages.builders import a_folder

BUNDLES = Path(__file__).parents[3] / "schemas" / "bundles"
CONFIG = Path(__file__).parents[3] / "config"

Run = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Without a configuration, unless one is made."""
    monkeypatch.setenv("AMTSBOTE_CONFIG", str(tmp_path / "config/amtsbote.toml"))
    monkeypatch.setenv("AMTSBOTE_LANG", "de")
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(each) for each in arguments])


def test_a_page_for_each_kind_and_a_list_in_two_languages(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "doku"
    done = run("schemas", "docs", "--out", out)
    assert done.exit_code == 0, done.output
    kinds = [known.kind for known in SchemaLibrary.load([BUNDLES]).kinds()]
    expected = {
        out / kind.standard / kind.version / f"{kind.root}{suffix}"
        for kind in kinds
        for suffix in (".html", ".en.html")
    } | {out / "index.html", out / "index.en.html"}
    assert {path for path in out.rglob("*") if path.is_file()} == expected
    assert f"{len(kinds)} Nachrichtenarten" in done.output
    for page in expected:
        text = page.read_text(encoding="utf-8")
        assert f'<html lang="{"en" if ".en." in page.name else "de"}">' in text
        for link in re.findall(r'href="([^"#][^"]*)"', text):
            assert (page.parent / link).resolve() in expected


def test_one_kind_alone(run: Run, tmp_path: Path) -> None:
    done = run(
        "schemas", "docs", "ab-finanzen", "1.0", "finanzen.sepamandat.0411", "--out", tmp_path / "doku"
    )
    assert done.exit_code == 0, done.output
    (page,) = (tmp_path / "doku").glob("*/*/*[!n].html")
    assert page.name == "finanzen.sepamandat.0411.html"
    assert "iban" in page.read_text(encoding="utf-8")


@pytest.mark.parametrize("wish", [("ab-fremd",), ("ab-finanzen", "0.1"), ("ab-finanzen", "1.0", "x")])
def test_what_there_is_not_is_said(run: Run, tmp_path: Path, wish: tuple[str, ...]) -> None:
    assert run("schemas", "docs", *wish, "--out", tmp_path / "doku").exit_code == 3
    assert not (tmp_path / "doku").exists()


def test_installed_packages_and_the_operators_name(run: Run, tmp_path: Path) -> None:
    for path in (CONFIG / "amtsbote.toml", *CONFIG.glob("tenants/*.toml")):
        a_folder(tmp_path, {f"config/{path.relative_to(CONFIG)}": path.read_bytes()})
    run("schemas", "install", a_folder(tmp_path / "paket", {"probe.xsd": SCHEMA}), "--standard", "probe")
    done = run("schemas", "docs", "probe", "--out", tmp_path / "doku")
    assert done.exit_code == 0, done.output
    text = (tmp_path / "doku/probe/1.0/probe.antrag.0101.html").read_text(encoding="utf-8")
    assert "[token]" in text
    assert "Gerüst" in text
    assert 'id="/nachrichtenkopf.g2g/leser/kennung"' in text


@pytest.mark.parametrize("name", ["..", "../../etc", "/etc", ".verborgen", "a/b", "a\\b", "a b"])
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    assert re.fullmatch(r"[\w\-][\w.\-]*", _file(name))
