"""Wire: how the JSON of the API is written, whatever it says."""

from datetime import datetime
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
)
from pydantic.alias_generators import to_camel

from gateway.api.answers import moment

Moment = Annotated[datetime, PlainSerializer(moment, return_type=str, when_used="json")]
"""In UTC with milliseconds."""


def _wire_name(name: str) -> str:
    # The name of the field in XÖV messages, not of our making.
    return "nachrichtenUUID" if name == "nachrichten_uuid" else to_camel(name)


def _whole(number: object) -> object:
    # JSON knows no integers: 10.0 is the same number as 10.
    return int(number) if isinstance(number, float) and number.is_integer() else number


Whole = Annotated[int, BeforeValidator(_whole)]


class Answer(BaseModel):
    """What the gateway sends."""

    model_config = ConfigDict(alias_generator=_wire_name, populate_by_name=True, serialize_by_alias=True)
