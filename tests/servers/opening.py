"""Opens a server for tests, or ends the test where there is none."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol, TypeVar

import pytest

from tests.servers.missing import ServerMissing
from tests.servers.report import ServerReport


class Closable(Protocol):
    description: str

    def close(self) -> None: ...


S = TypeVar("S", bound=Closable)


def opened(
    stack: ExitStack, report: ServerReport, open_: Callable[[], S], counted_as: str | None = None
) -> S:
    """A server that is closed together with `stack`, and counted in the report."""
    try:
        server = open_()
    except ServerMissing as missing:
        report.missing[str(missing)] += 1
        # On a laptop a missing server is no fault; where everything is promised to run, it is.
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(str(missing))
    stack.callback(server.close)
    if counted_as:
        report.used[f"{server.description}, {counted_as}"] += 1
    return server
