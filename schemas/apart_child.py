"""Child: looks at the documents of one schema, until its input ends or its time is used up."""

import json
import os
import resource
import signal
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO

from lxml import etree

from schemas.closure import SchemaFiles
from schemas.door import new_parser
from schemas.forms import FormCache
from schemas.look import look
from schemas.opinion import MOST_NODES_ALWAYS, NO_OPINION, Opinion
from schemas.second import SecondForm


def main() -> None:
    """Read an order and then documents from standard input; answer each with a line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whatever a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    order = json.loads(_next(sys.stdin.buffer) or b"")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    form = SecondForm(
        _files(order), FormCache(Path(order["forms"]), quiet=True) if order["forms"] else None, "1.1"
    ).get()
    _answer(answers, {"taken": form is not None})
    while (content := _next(sys.stdin.buffer)) is not None:
        used = time.process_time()
        resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + order["seconds"], resource.RLIM_INFINITY))
        root = etree.fromstring(content, new_parser())
        opinion = NO_OPINION if form is None else look(form, root, content, MOST_NODES_ALWAYS)
        _answer(answers, _written(opinion))


def _next(stream: IO[bytes]) -> bytes | None:
    length = stream.readline()
    return stream.read(int(length)) if length else None


def _answer(stream: IO[bytes], answer: object) -> None:
    stream.write(json.dumps(answer).encode() + b"\n")
    stream.flush()


def _written(opinion: Opinion) -> dict[str, object]:
    return asdict(opinion)


def _files(order: dict[str, object]) -> SchemaFiles:
    entry, foreign, paths = order["entry"], order["foreign"], order["paths"]
    assert isinstance(entry, list)
    assert isinstance(foreign, dict)
    assert isinstance(paths, list)
    return SchemaFiles(
        namespace=str(order["namespace"]),
        folder=Path(str(order["folder"])),
        entry=tuple(entry),
        foreign=foreign,
        paths=frozenset(map(Path, paths)),
        roots=frozenset(),
        stamp=str(order["stamp"]),
    )
