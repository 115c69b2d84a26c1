"""Child: looks at the documents of one schema, until its input ends or its time is used up."""

import json
from dataclasses import asdict
from pathlib import Path

from lxml import etree

from schemas.children.inside import Desk, allow, limit
from schemas.closure import SchemaFiles
from schemas.door import new_parser
from schemas.forms import FormCache
from schemas.look import look
from schemas.opinion import MOST_NODES_ALWAYS, NO_OPINION
from schemas.second import SecondForm


def main() -> None:
    """Take an order, then documents; answer each."""
    desk = Desk()
    order = json.loads(desk.next() or b"")
    limit(addresses=order["memory"])
    form = SecondForm(
        _files(order), FormCache(Path(order["forms"]), quiet=True) if order["forms"] else None, "1.1"
    ).get()
    desk.answer({"taken": form is not None})
    while (content := desk.next()) is not None:
        allow(order["seconds"])
        root = etree.fromstring(content, new_parser())
        desk.answer(asdict(NO_OPINION if form is None else look(form, root, content, MOST_NODES_ALWAYS)))


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
