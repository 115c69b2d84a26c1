"""Handbook fields: the documentation of kinds as JSON, and as JSON Schema for the description of the interface."""

from collections.abc import Callable, Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.alias_generators import to_camel

from gateway.core.handbook import Handbook, KnownKind

_HANDBOOK = TypeAdapter(Handbook)
_KNOWN = TypeAdapter(KnownKind)


def handbook_fields(book: Handbook) -> dict[str, Any]:
    """All of a handbook, in both languages; names as in the interface."""
    fields: dict[str, Any] = _renamed(_HANDBOOK.dump_python(book, mode="json"))
    return fields


def overview_fields(kinds: Sequence[KnownKind], address: Callable[[KnownKind], str]) -> dict[str, Any]:
    """The list of kinds, each with the address of its page."""
    return {
        "kinds": [
            _renamed(_KNOWN.dump_python(known, mode="json")) | {"documentation": address(known)}
            for known in kinds
        ]
    }


def handbook_schemas() -> dict[str, Any]:
    """The parts of the interface's description that these fields need."""
    described = _HANDBOOK.json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
    parts: dict[str, Any] = {name: _described(part) for name, part in described.pop("$defs").items()}
    return parts | {"Handbook": _described(described), "KindsOverview": _OVERVIEW}


_OVERVIEW: dict[str, Any] = {
    "type": "object",
    "required": ["kinds"],
    "properties": {
        "kinds": {
            "type": "array",
            "items": {
                "allOf": [
                    {"$ref": "#/components/schemas/KnownKind"},
                    {
                        "type": "object",
                        "required": ["documentation"],
                        "properties": {
                            "documentation": {
                                "type": "string",
                                "description": "Where it is described, relative to this server.",
                            }
                        },
                    },
                ]
            },
        }
    },
}


def _renamed(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {to_camel(name): _renamed(inside) for name, inside in value.items()}
    if isinstance(value, list):
        return [_renamed(inside) for inside in value]
    return value


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    """A JSON Schema of an object with its members renamed. What is sent is always complete."""
    properties = schema.get("properties")
    if properties is None:
        return schema
    renamed = {to_camel(name): part for name, part in properties.items()}
    return schema | {"properties": renamed, "required": list(renamed)}
