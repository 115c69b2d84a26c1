"""Shifted: the program with a clock that goes wrong by as many seconds as a file says.

python -m tests.faults.shifted FILE serve --role worker
"""

import importlib
import sys
from datetime import datetime, timedelta
from pathlib import Path

from gateway.clock import SystemClock


def main(file: str, *arguments: str) -> None:
    """Bend the clock, then be the program."""
    right = SystemClock.now

    def wrong(clock: SystemClock) -> datetime:
        return right(clock) + timedelta(seconds=float(Path(file).read_text(encoding="utf-8")))

    setattr(SystemClock, "now", wrong)  # noqa: B010  # a type checker allows no method to be replaced
    program = importlib.import_module("gateway.cli")
    sys.argv = ["amtsbote", *arguments]
    program.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
