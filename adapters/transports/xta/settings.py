"""XTA, settings of a destination, and what they make of a message."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from lxml import etree
from pydantic import AnyHttpUrl, Field, field_validator

from adapters.dispatch import Dispatch
from adapters.transports.http.settings import HttpSettings
from adapters.transports.settings import TransportSettings
from adapters.transports.xta.words import Code, Element, Letter, Party
from gateway.core.word import SpecialistStatus


class CodeList(TransportSettings):
    """A code list, as the standard demands it beside a code."""

    uri: str
    version: str


class Settings(HttpSettings):
    """Settings of a destination behind an XTA service."""

    url: AnyHttpUrl = Field(description="SendXtaPort: where messages are handed over.")
    management_url: AnyHttpUrl | None = Field(
        None, description="ManagementPort, where it is not the same as `url`."
    )
    author: str = Field(description="Our Kennung at the service, e.g. `ags:12072477`.", min_length=1)
    reader: str | None = Field(None, description="The reader's Kennung, where it is not the message's.")
    party_type: str = Field("xoev", description="How Kennungen are to be read (`Identifier/@type`).")
    service: str = Field(description="URI of the service at the reader, as the DVDV has it.", min_length=1)
    scenario: str | None = Field(
        None, description="Business scenario; without it, the standard of the message."
    )
    scenario_list: CodeList | None = Field(None, description="The code list that `scenario` is from.")
    message_types: CodeList = Field(description="The code list of the message types.")
    payload_schema: str | None = Field(
        None, description="Schema of the content; without it, the namespace of the message."
    )
    service_profile: str | None = Field(None, description="Service profile (`ServiceQuality`).")
    mtom: bool = Field(
        False, description="Send the content as MTOM, beside the envelope, where the service insists on it."
    )
    confirmed: Literal["handed-over", "delivered", "fetched"] = Field(
        "delivered",
        description="What counts as taken: handed over to the service; in the reader's mailbox, by the "
        "report; or fetched by the reader, by the report.",
    )

    mailbox_url: AnyHttpUrl | None = Field(
        None,
        description="MsgBoxPort of our own mailbox, where replies are fetched from; without it, none are.",
    )
    reply_statuses: Mapping[str, SpecialistStatus] = Field(
        {}, description="What a reply says about the matter, by its message type; any other closes it."
    )

    @field_validator("management_url", "mailbox_url")
    @classmethod
    def _no_login_there(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        return None if url is None else cls._no_login_in_url(url)


def author_of(settings: Settings) -> Party:
    """Who we are at the service."""
    return Party(settings.author, settings.party_type)


def letter_of(settings: Settings, id_: str, dispatch: Dispatch) -> Letter:
    """One message for the transport, under its message id."""
    message, paper = dispatch.message, dispatch.paper()
    scenario = settings.scenario or message.kind.standard
    listed, types = settings.scenario_list, settings.message_types
    return Letter(
        message_id=id_,
        author=author_of(settings),
        reader=Party(settings.reader or message.kopf.leser.kennung, settings.party_type),
        service=settings.service,
        scenario=scenario if listed is None else Code(scenario, listed.uri, listed.version),
        message_type=Code(message.kopf.nachrichtentyp, types.uri, types.version),
        payload_schema=settings.payload_schema or _namespace(message.content) or message.kind.standard,
        process=dispatch.delivery,
        subject=dispatch.name,
        content=paper.content,
        media_type=paper.media_type,
        filename=f"{dispatch.name}-{dispatch.delivery}.{paper.suffix}",
        origin=_moment(message.kopf.erstellungszeitpunkt),
        quality=settings.service_profile,
        test=message.kopf.test,
    )


def _namespace(content: bytes) -> str | None:
    """The namespace of a document's root; the document is read no further than to there."""
    reader = etree.XMLPullParser(
        ("start",), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    reader.feed(content[:_BEGINNING])
    for _, root in reader.read_events():
        return etree.QName(root).namespace if isinstance(root, Element) else None
    return None


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


_BEGINNING = 65_536
