"""Building: xmlschema's form of a schema, made of its files, and as bytes to be kept."""

import copyreg
import gc
import io
import pickle
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import xmlschema
from xmlschema.validators import XsdComponent

from schemas.closure import SchemaFiles, XsdVersion

_LOADING = threading.Lock()


def build(files: SchemaFiles, version: XsdVersion) -> xmlschema.XMLSchemaBase | None:
    """None where xmlschema does not take the schema."""
    kind = xmlschema.XMLSchema11 if version == "1.1" else xmlschema.XMLSchema10
    try:
        return kind(files.driver().decode(), base_url=files.base_url, allow="local", defuse="always")
    except xmlschema.XMLSchemaException:
        return None


def to_bytes(form: xmlschema.XMLSchemaBase) -> bytes | None:
    """None where it can't be kept."""
    content = io.BytesIO()
    try:
        _Pickler(content, protocol=pickle.HIGHEST_PROTOCOL).dump(form)
    except Exception:  # noqa: BLE001 - of foreign objects: anything may come
        return None
    return content.getvalue()


def from_bytes(content: bytes) -> xmlschema.XMLSchemaBase | None:
    """None where it is no form of these versions. Runs what `content` says: only for bytes of our own."""
    try:
        with _uncollected():
            loaded = pickle.loads(content)  # noqa: S301 - see above
    except Exception:  # noqa: BLE001 - anything may come
        return None
    return loaded if isinstance(loaded, xmlschema.XMLSchemaBase) else None


class _Pickler(pickle.Pickler):
    """Takes the annotations of components along. xmlschema finds them anew when it is asked for them, and for
    simple types looks in the wrong place by then.
    """

    def reducer_override(self, obj: object) -> Any:  # noqa: ANN401 - as it is there
        if isinstance(obj, XsdComponent) and "annotation" in vars(obj):
            state = obj.__getstate__() | {"annotation": obj.annotation}
            return copyreg.__newobj__, (type(obj),), state  # type: ignore[attr-defined]  # missing in the stubs
        return NotImplemented


@contextmanager
def _uncollected() -> Iterator[None]:
    """While hundred thousands of objects come into being, the collector would look through them again and
    again, and hold up all threads for it.
    """
    with _LOADING:
        was = gc.isenabled()
        gc.disable()
        try:
            yield
        finally:
            if was:
                gc.enable()
