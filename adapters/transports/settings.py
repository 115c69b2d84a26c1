"""Settings: what the settings of several transports are made of."""

from pathlib import Path
from typing import Annotated, get_args

from annotated_types import Gt
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationInfo
from pydantic.fields import FieldInfo


class TransportSettings(BaseModel):
    """Settings of a destination that its transport reads: an unknown name in them is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def beside_the_configuration(path: Path, info: ValidationInfo) -> Path:
    """Raises:
    ValueError: there is no such file.
    """
    folder = (info.context or {}).get("folder", Path())
    found: Path = folder / path
    if not found.is_file():
        raise ValueError("there is no such file")
    return found


Seconds = Annotated[float, Gt(0)]


def files_of(settings: BaseModel) -> list[Path]:
    """The files of the configuration that settings name, and those within them."""
    named = [name for name, info in type(settings).model_fields.items() if _is_file(info)]
    files = [path for name in named if (path := getattr(settings, name)) is not None]
    values = [getattr(settings, name) for name in type(settings).model_fields]
    return files + [path for each in values if isinstance(each, BaseModel) for path in files_of(each)]


def _is_file(info: FieldInfo) -> bool:
    # `ConfigFile | None` keeps the validator within the union.
    parts = [info.metadata, *(getattr(each, "__metadata__", ()) for each in get_args(info.annotation))]
    return any(getattr(each, "func", None) is beside_the_configuration for part in parts for each in part)


ConfigFile = Annotated[Path, AfterValidator(beside_the_configuration)]
"""A file of the configuration; a relative path is meant from where `amtsbote.toml` lies."""

AnswerPath = Annotated[str, StringConstraints(pattern=r"^[\w-]+([./][\w-]+)*([./]@[\w-]+)?$")]
"""Where a value stands in an answer: names joined by `.` or `/`; in XML, the last may be an attribute, `@name`."""
