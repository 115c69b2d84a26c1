"""Names for what a test run makes on a server that others use too, and which of them are forgotten ones."""

import itertools
import os
import re
import time
from collections.abc import Iterable

PREFIX = "amtsbote_test"
FORGOTTEN_AFTER_SECONDS = 6 * 3600
_NAME = re.compile(rf"{PREFIX}_(?P<made>\d+)_\d+_\d+")
_numbers = itertools.count(1)


def fresh_name() -> str:
    """A name that no other process and no earlier run has used: time, process, number."""
    return f"{PREFIX}_{int(time.time())}_{os.getpid()}_{next(_numbers)}"


def forgotten(names: Iterable[str]) -> list[str]:
    """The names left behind by runs that were killed before they could clean up."""
    oldest = time.time() - FORGOTTEN_AFTER_SECONDS
    return [name for name in names if (match := _NAME.fullmatch(name)) and int(match["made"]) < oldest]
