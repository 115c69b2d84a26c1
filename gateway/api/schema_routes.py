"""Routes for whoever writes messages: what kinds there are, and what each consists of. No key is needed."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from gateway.api.access import AtDesk, Desk, Spoken
from gateway.api.documentation import problems
from gateway.api.handbook_pages import Page, PageForm
from gateway.api.negotiation import report_form, takes_gzip
from gateway.api.problem import ApiCode, ApiProblem
from gateway.core.handbook import Edition
from gateway.reports.handbook import content_security_policy
from gateway.texts import Language

router = APIRouter(tags=["Schemas"])

ANYBODY = "anybody"
"""Who asks, as far as this route knows: all share one rate."""
_MOST_NAMED = 20

_HTML: dict[str, Any] = {"schema": {"type": "string", "description": "A page without scripts."}}
_TEXT: dict[str, Any] = {"schema": {"type": "string", "description": "For a terminal."}}
_HEADERS: dict[str, Any] = {
    "ETag": {
        "description": "Changes with the content; for If-None-Match.",
        "required": True,
        "schema": {"type": "string"},
    }
}


def _answers(schema: str) -> dict[int | str, dict[str, Any]]:
    json = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    content = {"application/json": json, "text/html": _HTML, "text/plain": _TEXT}
    return {
        200: {"description": "As JSON, HTML or text by Accept.", "headers": _HEADERS, "content": content},
        304: {"description": "Not changed (unverändert).", "headers": _HEADERS},
    }


Lang = Annotated[Language | None, Query(description="Language of the page; before Accept-Language.")]


@router.get(
    "/v1/schemas",
    summary="List the kinds of messages (Nachrichtenarten auflisten)",
    responses={**_answers("KindsOverview"), **problems(400, 429, 503)},
    response_class=Response,
)
async def list_kinds(desk: AtDesk, request: Request, language: Spoken, lang: Lang = None) -> Response:
    """Every kind that is understood here, with the address of its description. HTML for browsers, text where it is
    asked for, else JSON.
    """
    desk.readers.take(ANYBODY)
    handbooks = desk.services.handbooks
    page = await handbooks.overview(handbooks.editions(), _form(request), lang or language)
    return _answer(page, request, lang or language)


@router.get(
    "/v1/schemas/{standard}/{version}",
    summary="List the kinds of one version (Nachrichtenarten einer Version auflisten)",
    responses={**_answers("KindsOverview"), **problems(400, 404, 429, 503)},
    response_class=Response,
)
async def list_kinds_of_version(
    desk: AtDesk,
    request: Request,
    language: Spoken,
    standard: Annotated[str, Path(examples=["ab-meldewesen"])],
    version: Annotated[str, Path(examples=["1.0"])],
    lang: Lang = None,
) -> Response:
    """The kinds of one version of one standard, as in the list of all."""
    desk.readers.take(ANYBODY)
    editions = _of_version(desk, standard, version)
    page = await desk.services.handbooks.overview(editions, _form(request), lang or language, up="../../")
    return _answer(page, request, lang or language)


@router.get(
    "/v1/schemas/{standard}/{version}/{root}",
    summary="Describe a kind of message (Nachrichtenart beschreiben)",
    responses={**_answers("Handbook"), **problems(400, 404, 429, 503)},
    response_class=Response,
)
async def describe_kind(
    desk: AtDesk,
    request: Request,
    language: Spoken,
    standard: Annotated[str, Path(examples=["ab-meldewesen"])],
    version: Annotated[str, Path(examples=["1.0"])],
    root: Annotated[str, Path(examples=["meldewesen.anmeldung.0101"])],
    lang: Lang = None,
) -> Response:
    """Every element and attribute with its place, how often it comes, its type, restrictions, code list, rules and
    meaning; where the header's facts are; limits; an example. HTML for browsers, text where it is asked for, else
    JSON. A finding's `documentation` leads to its row.
    """
    desk.readers.take(ANYBODY)
    edition = _find(desk, standard, version, root)
    page = await desk.services.handbooks.kind(edition, _form(request), lang or language)
    return _answer(page, request, lang or language)


def _find(desk: Desk, standard: str, version: str, root: str) -> Edition:
    editions = _of_version(desk, standard, version)
    for each in editions:
        if each.known.kind.root == root:
            return each
    raise _not_found([each.known.kind.root for each in editions])


def _of_version(desk: Desk, standard: str, version: str) -> list[Edition]:
    editions = desk.services.handbooks.editions()
    of_standard = [each for each in editions if each.known.kind.standard == standard]
    of_version = [each for each in of_standard if each.known.kind.version == version]
    if not of_version:
        kinds = [each.known.kind for each in of_standard or editions]
        raise _not_found([f"{kind.standard} {kind.version}" for kind in kinds])
    return of_version


def _not_found(names: list[str]) -> ApiProblem:
    return ApiProblem(ApiCode.SCHEMA_NOT_FOUND, facts={"known": _listed(names)} if names else {})


def _listed(names: list[str]) -> str:
    unique = sorted(set(names))
    return ", ".join(unique[:_MOST_NAMED]) + (", …" if len(unique) > _MOST_NAMED else "")


def _form(request: Request) -> PageForm:
    return report_form(request.headers.get("accept")).value


def _answer(page: Page | None, request: Request, language: Language) -> Response:
    if page is None:
        raise ApiProblem(ApiCode.SCHEMA_NOT_FOUND)
    headers = {"ETag": page.etag, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    headers |= {"Vary": "Accept, Accept-Language, Accept-Encoding"}
    if page.media_type != "application/json":
        headers |= {"Content-Language": language.value}
    if page.media_type == "text/html":
        headers |= {"Referrer-Policy": "no-referrer", "Content-Security-Policy": content_security_policy()}
    if _is_known(request.headers.get("if-none-match"), page.etag):
        return Response(None, 304, headers)
    if takes_gzip(request.headers.get("accept-encoding")):
        return Response(page.compressed, 200, headers | {"Content-Encoding": "gzip"}, page.media_type)
    return Response(page.body, 200, headers, page.media_type)


def _is_known(if_none_match: str | None, etag: str) -> bool:
    """Weak comparison (RFC 9110, section 13.1.2)."""
    tags = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags
