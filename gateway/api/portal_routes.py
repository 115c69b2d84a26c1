"""Routes for portals: where their messages stand."""

import re
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gateway.api.access import AskingPortal, AtDesk, Spoken
from gateway.api.documentation import PORTAL_KEY, problems
from gateway.api.models import MessagePage, MessageStatus, MessageSummary, Withdrawal
from gateway.core.message import MessageId
from gateway.core.status import MessageState
from gateway.moments import GivenMoment

router = APIRouter(tags=["Portals"])

_DIGITS = re.compile(r"[1-9]\d{0,3}", re.ASCII)


def _plain_digits(text: object) -> object:
    if isinstance(text, str) and not _DIGITS.fullmatch(text):
        raise ValueError("1 to 200")
    return text


class ListWish(BaseModel):
    """Which messages to list."""

    model_config = ConfigDict(extra="forbid")

    since: GivenMoment | None = Field(
        default=None, description="Received at or after this moment (RFC 3339, with time zone)."
    )
    state: MessageState | None = Field(default=None, description="Only messages in this state.")
    after: str | None = Field(
        default=None,
        description="Continues a list; taken from `next`.",
        pattern=r"^[0-9]{1,18}-[0-9a-f-]{36}$",
    )
    limit: Annotated[int, BeforeValidator(_plain_digits)] = Field(default=50, ge=1, le=200)


@router.get(
    "/v1/messages",
    summary="List the portal's messages (Nachrichten auflisten)",
    responses=problems(400, 401, 403, 429, 503),
    openapi_extra=PORTAL_KEY,
)
async def list_messages(
    desk: AtDesk,
    portal: AskingPortal,
    language: Spoken,
    response: Response,
    wish: Annotated[ListWish, Query()],
) -> MessagePage:
    """Oldest first. Follow `next` (also in the header Link) until it is null."""
    page = await desk.services.messages.messages(
        portal.name, since=wish.since, state=wish.state, after=wish.after, limit=wish.limit
    )
    following = None
    if page.next is not None:
        following = _address(wish, page.next)
        response.headers["Link"] = f'<{following}>; rel="next"'
    return MessagePage(items=[MessageSummary.of(view, language) for view in page.items], next=following)


@router.get(
    "/v1/messages/{id}",
    summary="Show one message (Status einer Nachricht)",
    responses=problems(401, 403, 404, 429, 503),
    openapi_extra=PORTAL_KEY,
)
async def show_message(
    desk: AtDesk,
    portal: AskingPortal,
    language: Spoken,
    id: Annotated[UUID, Path(description="From the receipt.")],
) -> MessageStatus:
    """State per destination and timeline, only for the portal that sent the message."""
    view = await desk.services.messages.message(MessageId(str(id)), portal.name)
    return MessageStatus.of(view, language)


@router.post(
    "/v1/messages/{id}/withdrawal",
    summary="Withdraw a message (Nachricht zurückziehen)",
    responses=problems(401, 403, 404, 429, 503),
    openapi_extra=PORTAL_KEY,
)
async def withdraw_message(
    desk: AtDesk,
    portal: AskingPortal,
    language: Spoken,
    id: Annotated[UUID, Path(description="From the receipt.")],
) -> Withdrawal:
    """Take a message back from every destination that has not got it. Where it is too late the delivery stays as it
    is. Again gives the same answer.
    """
    services = desk.services
    view = await services.withdrawals.withdraw(MessageId(str(id)), portal.name, services.clock.now())
    return Withdrawal.of(view, language)


def _address(wish: ListWish, after: str) -> str:
    query = wish.model_dump(mode="json", exclude_none=True) | {"after": after}
    return f"/v1/messages?{urlencode(query)}"
