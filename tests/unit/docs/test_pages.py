"""What the documentation points at exists: pages, headings, files, commands, options, addresses."""

import ast
import re
import shlex
from pathlib import Path

import pytest
import typer

from gateway.cli import app
from tests.unit.docs.pages import PAGES, ROOT, blocks, shell_lines

TOP = ("gateway", "adapters", "schemas", "queues", "tests", "docs", "deploy", "config", "benchmarks")
LINKS = [
    (path, target)
    for path in PAGES
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    if "://" not in target
]
COMMANDS = [
    (path, command)
    for path in PAGES
    for command in shell_lines(path.read_text(encoding="utf-8"))
    if "amtsbote" in command.split()[0]
]


def name(each: object) -> str:
    return each.name if isinstance(each, Path) else str(each)


@pytest.mark.parametrize(("path", "target"), LINKS, ids=name)
def test_every_link_leads_somewhere(path: Path, target: str) -> None:
    file, _, heading = target.partition("#")
    found = (path.parent / file).resolve() if file else path

    assert found.is_relative_to(ROOT)
    assert found.exists()
    if heading:
        assert heading in anchors(found.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = re.findall(rf"`((?:{'|'.join(TOP)})/[^`\s]*)`", path.read_text(encoding="utf-8"))
    patterns = {
        each: re.sub(r"<[^>]+>|NNNN.*(?=\.)", "*", each.partition("#")[0]).rstrip("/") for each in named
    }
    assert [each for each, pattern in patterns.items() if not any(ROOT.glob(pattern))] == []


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=name)
def test_every_command_of_amtsbote_exists_with_its_options(path: Path, command: str) -> None:
    words = shlex.split(command)[1:]
    group = typer.main.get_command(app)
    with typer.Context(group, info_name="amtsbote") as context:
        while isinstance(group, typer.core.TyperGroup):
            found = group.get_command(context, words[0])
            assert found is not None, words[0]
            group, words = found, words[1:]
        options = {option for parameter in group.params for option in parameter.opts}
    assert {word for word in words if re.match(r"-+[a-z]", word)} <= options
    required = {each.opts[0] for each in group.params if each.required and each.opts[0].startswith("--")}
    assert required <= {*words, "--key"}


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_python_examples_can_be_read(path: Path) -> None:
    for block in blocks(path.read_text(encoding="utf-8"), "python"):
        ast.parse(block)


def test_the_searches_find_something() -> None:
    assert len(LINKS) > 30
    assert len(COMMANDS) > 10


def anchors(text: str) -> set[str]:
    """The anchors that headings get."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
