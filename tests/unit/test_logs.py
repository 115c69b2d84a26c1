"""Logs: every line is an event, and nothing that a library says brings content of a message with it."""

import json
import subprocess
import sys

PROGRAM = """
import logging
from gateway.telemetry import logs

logs.configure(json=True)
logging.getLogger("zeep.transports").info("KANARIENVOGEL")
try:
    {}["KANARIENVOGEL"]
except KeyError:
    logging.getLogger("asyncio").exception("Task exception was never retrieved\\nfuture: KANARIENVOGEL")
"""


def test_what_a_library_says_is_an_event_without_the_text_of_its_error() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)

    (line,) = done.stderr.splitlines()
    event = json.loads(line)
    assert (event["event"], event["level"], event["logger"]) == ("library", "error", "asyncio")
    assert event["text"] == "Task exception was never retrieved"
    assert event["error"] == "KeyError"
    assert event["frames"]
    assert "KANARIENVOGEL" not in line
