"""Names for what a test run makes on a server that others use too, and which of them are forgotten ones."""

import itertools
import os
import re
import time
from collections.abc import Iterable

PREFIX = "amtsbote_test"
FORGOTTEN_AFTER_SECONDS = 6 * 3600
_NAME = re.compile(rf"{PREFIX}_(?P<made>\d+)_(?P<process>\d+)_\d+")
_numbers = itertools.count(1)


def fresh_name() -> str:
    """A name that no other process and no earlier run has used: time, process, number."""
    return f"{PREFIX}_{int(time.time())}_{os.getpid()}_{next(_numbers)}"


def forgotten(names: Iterable[str], *, of_this_machine: bool = False) -> list[str]:
    """The names left behind by runs that were killed before they could clean up.

    Those of a server that only this machine uses are known by their process, which is gone; else only by their age.
    """
    matches = [match for name in names if (match := _NAME.fullmatch(name))]
    oldest = time.time() - FORGOTTEN_AFTER_SECONDS
    return [
        match.string
        for match in matches
        if int(match["made"]) < oldest or (of_this_machine and not _runs(int(match["process"])))
    ]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
