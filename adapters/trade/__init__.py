"""Trade: drops messages into the folder from which a trade register (Gewerberegister) takes them."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from adapters.mapping import NO_MAPPING
from adapters.trade.mapping import PayloadForm, drop
from adapters.transports.files import FileTransport
from gateway.core.outcome import Outcome
from gateway.core.ports import Adapter, Consignment, Surroundings
from gateway.core.tenants import Destination


class Settings(BaseModel):
    """Settings of a trade destination."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path = Field(description="Where files are dropped. It must exist; the gateway makes no folders.")
    payload: PayloadForm = Field("felder", description="What is dropped: the form's fields, or the message.")
    confirms: bool = Field(True, description="The system sends a receipt when it has taken the files.")


def build(destination: Destination, surroundings: Surroundings) -> Adapter:
    """Make the adapter of one destination; the folder is first looked at when something is delivered."""
    settings = Settings.model_validate(destination.settings)
    folder = surroundings.folder / settings.folder
    files = FileTransport(folder, destination, confirms=settings.confirms)
    return TradeAdapter(files, settings.payload)


class TradeAdapter:
    """Two files per message, the control file last."""

    def __init__(self, files: FileTransport, payload: PayloadForm) -> None:
        self._files = files
        self._payload = payload

    async def deliver(self, consignment: Consignment) -> Outcome:
        dropped = drop(consignment, self._payload)
        return NO_MAPPING if dropped is None else await self._files.drop(dropped)

    async def aclose(self) -> None:
        await self._files.aclose()
