"""Page: what each system received, how often, and which faults are at work, for people; it works without scripts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode

import jinja2
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from gateway.sandbox import page_texts
from gateway.sandbox.board import ActiveFault
from gateway.sandbox.desk import Desk
from gateway.sandbox.faults import FaultRule
from gateway.sandbox.journal import Tally
from gateway.sandbox.page_texts import Pair
from gateway.sandbox.systems import WAYS, System

SHOWN = 200
"""Rows of what was received."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class View:
    """What a reader has chosen to see."""

    english: bool = False
    live: bool = False
    system: str = ""

    @classmethod
    def of(cls, request: Request) -> "View":
        asked = request.query_params
        language = asked.get("lang") or request.headers.get("accept-language", "de")[:2]
        system = asked.get("system", "")
        return cls(language == "en", asked.get("live") == "1", system if system in set(System) else "")

    def link(self, **change: object) -> str:
        """The address of this view, or of one that differs in something."""
        view = View(**{"english": self.english, "live": self.live, "system": self.system, **change})  # type: ignore[arg-type]  # fields of its own
        query = {
            "lang": "en" if view.english else "de",
            "system": view.system,
            "live": "1" if view.live else "",
        }
        return "/?" + urlencode({name: value for name, value in query.items() if value})

    def say(self, pair: Pair) -> str:
        return pair[self.english]


def routes(desk: Desk) -> list[Route]:
    """`GET /` shows the page, with its style; its forms are posted below `/sandbox/page`."""

    async def show(request: Request) -> Response:
        return _page(desk, View.of(request))

    async def show_style(_: Request) -> Response:
        return Response(_style(), media_type="text/css", headers={"X-Content-Type-Options": "nosniff"})

    async def set_fault(request: Request) -> Response:
        if _is_foreign(request):
            return PlainTextResponse("", 403)
        async with request.form() as form:
            given = {name: str(value).strip() for name, value in form.items() if str(value).strip()}
        back = given.pop("back", "/")
        try:
            desk.faults.add(FaultRule.model_validate(given))
        except ValidationError as error:
            return _page(desk, View.of(request), given, _why(error))
        return _back_to(back)

    async def end_fault(request: Request) -> Response:
        if _is_foreign(request):
            return PlainTextResponse("", 403)
        async with request.form() as form:
            id, back = str(form.get("id", "")), str(form.get("back", "/"))
        if id.isdecimal():
            desk.faults.remove(int(id))
        else:
            desk.faults.clear()
        return _back_to(back)

    return [
        Route("/", show, methods=["GET"]),
        Route("/sandbox/page.css", show_style, methods=["GET"]),
        Route("/sandbox/page/set", set_fault, methods=["POST"]),
        Route("/sandbox/page/end", end_fault, methods=["POST"]),
    ]


def _is_foreign(request: Request) -> bool:
    """Whether another site has sent the form: browsers say so."""
    return request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}


def _back_to(address: str) -> Response:
    """Where the reader came from, on this page alone."""
    return RedirectResponse(address if address.startswith("/?") else "/", 303)


def _why(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, each['loc']))} {each['msg']}".strip() for each in error.errors())


def _page(
    desk: Desk, view: View, given: Mapping[str, str] | None = None, problem: str | None = None
) -> Response:
    rows = list(_rows(desk, view))
    rows.sort(key=lambda row: str(row["last_at"]), reverse=True)
    content = _template().render(
        t={name: view.say(pair) for name, pair in page_texts.TEXTS.items()},
        english=view.english,
        live=view.live and problem is None,
        system=view.system,
        back=view.link(),
        link=partial(View.link, view),
        cards=[_card(desk, view, system) for system in System],
        owed=len(desk.journal.owed),
        faults=[_fault(view, each) for each in desk.faults],
        choices=_choices(view),
        given=given or {},
        problem=problem,
        rows=rows[:SHOWN],
        shown=view.say(page_texts.TEXTS["shown"]).format(number=min(SHOWN, len(rows)), total=len(rows)),
    )
    return Response(content, 422 if problem else 200, HEADERS, "text/html; charset=utf-8")


def _card(desk: Desk, view: View, system: System) -> dict[str, object]:
    ways = ", ".join(view.say(page_texts.WAYS[way]) for way in page_texts.WAYS if way in WAYS[system])
    return {"name": view.say(page_texts.SYSTEMS[system]), "ways": ways, "counts": desk.journal.counts(system)}


def _fault(view: View, active: ActiveFault) -> dict[str, object]:
    rule = active.rule
    said = rule.model_dump(mode="json", exclude_defaults=True, exclude={"system", "fault"})
    if rule.times is None and not rule.strikes_folders:
        said["times"] = view.say(page_texts.TEXTS["endless"])
    named = {"when": page_texts.MOMENTS[rule.when], "per": page_texts.TEXTS[f"per_{rule.per}"]}
    if rule.way is not None:
        named["way"] = page_texts.WAYS[rule.way]
    said |= {name: view.say(pair) for name, pair in named.items() if name in said}
    return {
        "id": active.id,
        "system": view.say(page_texts.SYSTEMS[rule.system]),
        "fault": view.say(page_texts.FAULTS[rule.fault]),
        "rule": "; ".join(f"{view.say(page_texts.TEXTS[name])}: {value}" for name, value in said.items()),
        "hits": active.hits,
    }


def _choices(view: View) -> dict[str, list[tuple[str, str]]]:
    tables: dict[str, Mapping[str, Pair]] = {
        "systems": {str(key): pair for key, pair in page_texts.SYSTEMS.items()},
        "faults": {str(key): pair for key, pair in page_texts.FAULTS.items()},
        "moments": {str(key): pair for key, pair in page_texts.MOMENTS.items()},
        "ways": {str(key): pair for key, pair in page_texts.WAYS.items()},
    }
    return {name: [(key, view.say(pair)) for key, pair in table.items()] for name, table in tables.items()}


def _rows(desk: Desk, view: View) -> Iterator[dict[str, object]]:
    for system in System:
        if view.system not in {"", system}:
            continue
        for delivery, tally in desk.journal.tallies[system].items():
            yield {
                "first": _time(tally.first),
                "last": _time(tally.last),
                "last_at": tally.last,
                "system": view.say(page_texts.SYSTEMS[system]),
                "way": view.say(page_texts.WAYS[tally.way]) if tally.way else "",
                "delivery": delivery,
                "short": delivery if len(delivery) <= 14 else f"{delivery[:8]}…{delivery[-4:]}",
                "tally": tally,
                "arrivals": tally.effects + tally.repeated + tally.refused,
                "badges": list(_badges(view, tally)),
            }


def _badges(view: View, tally: Tally) -> Iterator[dict[str, str]]:
    texts = page_texts.TEXTS
    if tally.doubled:
        yield {"look": "bad", "text": f"{view.say(texts['doubled'])} ({tally.doubled})"}
    elif tally.effects:
        yield {"look": "good", "text": view.say(texts["ok"])}
    if tally.refused:
        reason = f": {tally.reason}" if tally.reason else ""
        yield {"look": "warn", "text": view.say(texts["refused"]) + reason}
    if tally.repeated:
        yield {"look": "plain", "text": f"{view.say(texts['repeated'])} ({tally.repeated})"}
    if tally.changed:
        yield {"look": "warn", "text": view.say(texts["changed"])}


def _time(text: str) -> str:
    return datetime.fromisoformat(text).strftime("%d.%m. %H:%M:%S")


@cache
def _template() -> jinja2.Template:
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2")


@cache
def _style() -> str:
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
