"""Order: what the messages of one case have in common, as a bundle says where to find it; only as a digest."""

from collections.abc import Mapping
from hashlib import sha256

from schemas.bundle import BundleFile
from schemas.facts import Reader, reader
from schemas.view import Node

LENGTH = 32
"""Hexadecimal digits of an order key: no two cases of a municipality share one by chance."""


class OrderReader:
    """Reads the order keys of one bundle's documents. Immutable."""

    def __init__(self, spec: BundleFile) -> None:
        readers: dict[str, Reader] = {}
        for kind in spec.kinds:
            fact = spec.order if kind.order is None else kind.order
            if fact is not None:
                readers[f"{{{kind.namespace or spec.namespace}}}{kind.root}"] = reader(
                    fact, dict(spec.prefixes)
                )
        self._readers: Mapping[str, Reader] = readers

    def read(self, root: Node, content: bytes) -> str | None:
        """Equal for documents of one case; None where a document belongs to none, or its kind has no order.

        It stands in tables, headers and answers, where no value of a message belongs: hence the digest.
        """
        read = self._readers.get(str(root.tag))
        case = None if read is None else read(root, content)
        return None if not case else sha256(case.encode()).hexdigest()[:LENGTH]
