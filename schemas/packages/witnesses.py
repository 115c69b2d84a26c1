"""Witnesses: the messages in a package show which of its code lists its own publisher does not keep to."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

from gateway.core.errors import Refused
from schemas.bundle import Bundle
from schemas.codelists import CodeBook
from schemas.compiled import CompiledSchema
from schemas.door import Limits, read

_LIMITS = Limits(max_bytes=1_000_000)
_MEANT_TO_FAIL = re.compile(r"invalid|ung(ue|ü)ltig|negati|fehler|error|falsch|wrong|broken|corrupt")


def contradicted_lists(messages: Mapping[PurePosixPath, bytes], bundle: Bundle) -> frozenset[tuple[str, str]]:
    """Identifier and version of the lists that lack a code of a message that the schema accepts. Messages
    that by their names are examples of faults say nothing.
    """
    if bundle.spec.xsd == "1.1" or not bundle.material.lists:
        return frozenset()
    roots = {bundle.tag(entry) for entry in bundle.spec.kinds}
    schema = CompiledSchema(bundle.files, fill_in=True)
    book = CodeBook(bundle.material.lists)
    found: set[tuple[str, str]] = set()
    for path, content in messages.items():
        if _MEANT_TO_FAIL.search(str(path).lower()):
            continue
        try:
            root = read(content, _LIMITS)
        except Refused:
            continue
        if root.tag in roots and schema.accepts(root, content):
            found.update(book.lacking(root))
    return frozenset(found)
