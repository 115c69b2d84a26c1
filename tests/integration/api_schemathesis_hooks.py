"""Hooks for schemathesis: only somebody who knows the schemas can make up a message."""

from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import SerializationContext

from tests.integration.api_support import SAMPLES

schemathesis.openapi.format(
    "xml-message", st.sampled_from([sample.read_text(encoding="utf-8") for sample in SAMPLES])
)


@schemathesis.serializer("application/xml", "text/xml")
def as_it_is(_: SerializationContext, value: Any) -> bytes:  # noqa: ANN401 - whatever was made up
    """A message goes as its text."""
    return value if isinstance(value, bytes) else str(value).encode()
