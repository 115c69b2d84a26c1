"""Help: every command says what it does and what each of its options means."""

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import app


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - typer keeps its click to itself
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from commands(child, (*path, name))


ALL = dict(commands(typer.main.get_command(app)))


def test_there_are_commands() -> None:
    assert {("serve",), ("config", "check"), ("portals", "revoke")} <= ALL.keys()


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_a_command_explains_itself(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"], prog_name="amtsbote")

    assert result.exit_code == 0
    assert result.output.startswith(f"Usage: {' '.join(('amtsbote', *path))} ")
    assert ALL[path].help


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_every_option_is_explained(path: tuple[str, ...]) -> None:
    unexplained = [each.name for each in ALL[path].params if not each.help]

    assert unexplained == []
