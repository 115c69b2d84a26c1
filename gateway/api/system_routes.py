"""Routes for specialist systems: fetching parcels by themselves, and saying what became of a delivery."""

from base64 import b64encode
from datetime import timedelta
from typing import Annotated
from uuid import UUID

import orjson
from fastapi import APIRouter, Path, Request, Response

from gateway.answers.receipt_form import SystemReceipt
from gateway.api.access import AskingSystem, AtDesk, Desk
from gateway.api.documentation import SYSTEM_KEY, problems
from gateway.api.json_door import DocumentsRoute, JsonRoute
from gateway.api.parcels import parcels_in_time
from gateway.api.problem import ApiCode, ApiProblem
from gateway.api.receipt_parts import form_content
from gateway.api.system_models import (
    Acceptance,
    ExtendWish,
    LeaseWish,
    ParcelsOut,
    ReceiptTaken,
    Refusal,
    parcel_fields,
)
from gateway.core.errors import ForbiddenTransition, NotFound
from gateway.core.message import DeliveryId
from gateway.core.tenants import SpecialistSystem
from gateway.core.word import SpecialistStatus, Word

router = APIRouter(tags=["Specialist systems"], route_class=JsonRoute)
receipts = APIRouter(tags=["Specialist systems"], route_class=DocumentsRoute)

Destination = Annotated[
    str, Path(description="A destination of the asking system.", pattern=r"^[\x21-\x7e]{1,100}$")
]


async def take(desk: Desk, system: SpecialistSystem, word: Word) -> ReceiptTaken:
    """Write a word down, however it came in."""
    try:
        view = await desk.services.receipts.take(word, system)
    except ForbiddenTransition as error:
        raise ApiProblem(ApiCode.CONTRADICTION, facts={"state": error.before}) from None
    return ReceiptTaken.of(view)


@receipts.post(
    "/v1/receipts",
    summary="Say what became of a delivery (Quittung)",
    responses=problems(400, 401, 403, 404, 408, 409, 413, 415, 429, 503),
    openapi_extra=SYSTEM_KEY | form_content("SystemReceipt"),
)
async def take_receipt(desk: AtDesk, system: AskingSystem, receipt: SystemReceipt) -> ReceiptTaken:
    """Confirm or refuse a delivery, report how the matter goes on, send documents for the portal. The same word
    again changes nothing; one that comes late leaves `systemStatus` as it is; a contradicting one is a 409.
    """
    return await take(desk, system, receipt.spoken())


@router.post(
    "/v1/pickup/{destination}/lease",
    summary="Fetch messages that are laid out (Abholung)",
    response_model=ParcelsOut,
    responses={
        204: {"description": "Nothing is laid out at the moment."},
        **problems(400, 401, 403, 404, 408, 413, 415, 429, 503),
    },
    openapi_extra=SYSTEM_KEY,
)
async def lease(
    desk: AtDesk, system: AskingSystem, destination: Destination, wish: LeaseWish, request: Request
) -> Response:
    """Hand out parcels, oldest first; with `wait`, as soon as there is one. What is neither confirmed nor refused
    within `seconds` is handed out again.
    """
    _check_own(system, destination)
    parcels = await parcels_in_time(desk, request, destination, wish)
    if not parcels:
        return Response(status_code=204)
    fields = [parcel_fields(parcel, b64encode(parcel.body).decode("ascii")) for parcel in parcels]
    return Response(orjson.dumps({"parcels": fields}), media_type="application/json")


@receipts.post(
    "/v1/pickup/{destination}/{delivery}/confirm",
    summary="Confirm a fetched message (Bestätigung)",
    responses=problems(400, 401, 403, 404, 408, 409, 413, 415, 429, 503),
    openapi_extra=SYSTEM_KEY | form_content("Acceptance"),
)
async def confirm(
    desk: AtDesk, system: AskingSystem, destination: Destination, delivery: UUID, wish: Acceptance
) -> ReceiptTaken:
    """The message is safe over there: the same as a receipt. It takes the parcel off the shelf, whether its lease
    has run out or not.
    """
    word = wish.word(delivery, SpecialistStatus(wish.status))
    return await take(desk, _only(system, destination), word)


@receipts.post(
    "/v1/pickup/{destination}/{delivery}/refuse",
    summary="Refuse a fetched message (Ablehnung)",
    responses=problems(400, 401, 403, 404, 408, 409, 413, 415, 429, 503),
    openapi_extra=SYSTEM_KEY | form_content("Refusal"),
)
async def refuse(
    desk: AtDesk, system: AskingSystem, destination: Destination, delivery: UUID, wish: Refusal
) -> ReceiptTaken:
    """The message is not taken, for a reason that operations staff see: the same as a receipt."""
    word = wish.word(delivery, SpecialistStatus.REFUSED, wish.reason)
    return await take(desk, _only(system, destination), word)


@router.post(
    "/v1/pickup/{destination}/{delivery}/extend",
    summary="Keep a fetched message longer (Frist verlängern)",
    status_code=204,
    responses=problems(400, 401, 403, 404, 408, 413, 415, 429, 503),
    openapi_extra=SYSTEM_KEY,
)
async def extend(
    desk: AtDesk, system: AskingSystem, destination: Destination, delivery: UUID, wish: ExtendWish
) -> None:
    """Extend the lease of a parcel to `seconds` from now."""
    _check_own(system, destination)
    await desk.services.shelf.extend(
        destination, DeliveryId(str(delivery)), desk.services.clock.now(), timedelta(seconds=wish.seconds)
    )


def _only(system: SpecialistSystem, destination: str) -> SpecialistSystem:
    _check_own(system, destination)
    return SpecialistSystem(system.name, (destination,))


def _check_own(system: SpecialistSystem, destination: str) -> None:
    if destination not in system.destinations:
        raise NotFound
