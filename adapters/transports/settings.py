"""Settings: what the settings of several transports are made of."""

from pathlib import Path
from typing import Annotated

from annotated_types import Gt
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationInfo


class TransportSettings(BaseModel):
    """Settings of a destination that its transport reads: an unknown name in them is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _beside_the_configuration(path: Path, info: ValidationInfo) -> Path:
    folder = (info.context or {}).get("folder", Path())
    found: Path = folder / path
    if not found.is_file():
        raise ValueError("there is no such file")
    return found


Seconds = Annotated[float, Gt(0)]

ConfigFile = Annotated[Path, AfterValidator(_beside_the_configuration)]
"""A file of the configuration; a relative path is meant from where `amtsbote.toml` lies."""

AnswerPath = Annotated[str, StringConstraints(pattern=r"^[\w-]+([./][\w-]+)*([./]@[\w-]+)?$")]
"""Where a value stands in an answer: names joined by `.` or `/`; in XML, the last may be an attribute, `@name`."""
