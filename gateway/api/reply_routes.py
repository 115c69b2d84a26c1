"""Routes for portals: the documents that specialist systems have sent back for their messages."""

from base64 import b64encode
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Response

from gateway.api.access import AskingPortal, AtDesk, Spoken
from gateway.api.documentation import PORTAL_KEY, problems
from gateway.api.models import Replies, ReplyOut
from gateway.core.message import MessageId

router = APIRouter(tags=["Portals"])

Id = Annotated[UUID, Path(description="Of the message, from its receipt.")]


@router.get(
    "/v1/messages/{id}/replies",
    summary="List the replies to a message (Antworten auflisten)",
    responses=problems(401, 403, 404, 429, 503),
    openapi_extra=PORTAL_KEY,
)
async def list_replies(desk: AtDesk, portal: AskingPortal, language: Spoken, id: Id) -> Replies:
    """What the specialist systems have sent back, in the order of arrival, only for the portal that sent the
    message.
    """
    views = await desk.services.replies.replies(MessageId(str(id)), portal.name)
    return Replies(items=[ReplyOut.of(view, language) for view in views])


@router.get(
    "/v1/messages/{id}/replies/{number}",
    summary="Fetch one reply (Antwort abholen)",
    responses={
        200: {
            "description": "The document byte for byte as the specialist system sent it, with its media type.",
            "headers": {
                "Repr-Digest": {
                    "description": "`sha-256` of the content (RFC 9530).",
                    "required": True,
                    "schema": {"type": "string"},
                }
            },
            "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}},
        },
        **problems(401, 403, 404, 429, 503),
    },
    openapi_extra=PORTAL_KEY,
    response_class=Response,
)
async def fetch_reply(
    desk: AtDesk,
    portal: AskingPortal,
    id: Id,
    number: Annotated[int, Path(ge=1, le=2_000_000_000, description="From the list of replies.")],
) -> Response:
    """The first fetch is written down in the message's timeline: proof that the portal has it."""
    view, reply = await desk.services.replies.fetch_reply(
        MessageId(str(id)), number, portal.name, desk.services.clock.now()
    )
    digest = b64encode(bytes.fromhex(view.sha256)).decode("ascii")
    headers = {
        # Written by somebody else: no browser is to run anything of it.
        "Content-Disposition": _disposition(reply.name),
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
        "Repr-Digest": f"sha-256=:{digest}:",
        "Cache-Control": "no-store",
        "Content-Type": reply.media_type,
    }
    return Response(reply.content, headers=headers)


def _disposition(name: str | None) -> str:
    """RFC 6266: the name in UTF-8, percent-encoded."""
    return "attachment" if name is None else f"attachment; filename*=UTF-8''{quote(name, safe='')}"
