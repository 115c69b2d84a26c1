"""Validate: a document against the schema, and the two fields that the gateway itself needs."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from lxml import etree
from xmlschema import XMLSchema

MOST_ERRORS = 20


class Invalid(Exception):
    """With what is wrong, a sentence each."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__(f"{len(errors)} errors")
        self.errors = errors


@dataclass(frozen=True)
class Letter:
    """What is read from a valid message."""

    nachrichten_uuid: UUID
    recipient: str
    content: bytes


class Validator:
    """Knows one schema."""

    def __init__(self, file: Path) -> None:
        self._schema = XMLSchema(file, allow="local", defuse="always")

    def read(self, content: bytes) -> Letter:
        """Check a document and read it.

        Raises:
            Invalid: it is not well-formed, or not as the schema wants it.
        """
        # A parser keeps its errors: each document has its own.
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError as error:
            raise Invalid([str(error)]) from error
        if root.getroottree().docinfo.internalDTD is not None:
            raise Invalid(["a DOCTYPE is not allowed"])
        errors = [f"{error.path}: {error.reason}" for error in self._schema.iter_errors(root)]
        if errors:
            raise Invalid(errors[:MOST_ERRORS])
        return Letter(
            nachrichten_uuid=UUID(root.findtext(".//identifikation.nachricht/nachrichtenUUID", "")),
            recipient=root.findtext(".//leser/kennung", "").removeprefix("ags:"),
            content=content,
        )
