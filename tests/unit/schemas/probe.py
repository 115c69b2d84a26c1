"""A child that does what a test asks of it."""

import json
import os
import resource
import sys
import time

from schemas.children.inside import Desk, allow, limit
from schemas.children.process import Child


def main(greeting: str = "") -> None:
    desk = Desk()
    while (request := desk.next()) is not None:
        match json.loads(request):
            case "echo":
                sys.stdout.write("Nothing that a library prints gets between the answers.")
                sys.stdout.flush()
                document = desk.next()
                assert document is not None
                desk.answer([greeting, len(document)])
            case "garbage":
                os.write(1, b"\xff" * 100)
                desk.answer(None)
            case "environment":
                desk.answer(dict(os.environ))
            case "sleep" | "work" | "end" as misdeed:
                _misbehave(misdeed)
            case "limit":
                limit(addresses=1_000_000_000, writes=False)
                child = Child("tests.unit.schemas.probe")
                found = child.ask(b'"lift"', seconds=60)
                assert isinstance(found, dict)
                desk.answer({"own": _limits(), **found})
                child.end()
            case "lift":
                inherited = _limits()
                limit()
                desk.answer({"inherited": inherited, "lifted": _limits()})


def _misbehave(how: str) -> None:
    if how == "end":
        sys.exit(3)
    if how == "sleep":
        time.sleep(1000)
    allow(0)
    while True:
        pass


def _limits() -> list[int]:
    """Of addresses and of the size of a file."""
    return [resource.getrlimit(kind)[0] for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE)]
