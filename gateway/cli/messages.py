"""`submit` and `status`: what a portal does, over HTTP with the portal's key."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.output import Exit, Format, Output, fail, note, show, show_one
from gateway.texts.terminal import say

if TYPE_CHECKING:
    import httpx

Url = Annotated[
    str,
    typer.Option(
        envvar="AMTSBOTE_URL", help=say("Adresse der Schnittstelle.", "Address of the gateway's API.")
    ),
]
DEFAULT_URL = "http://127.0.0.1:8080"
# A key never stands in a command line: other people of the machine can read those.
Key = Annotated[
    str,
    typer.Option(
        envvar="AMTSBOTE_KEY",
        prompt=say("Schlüssel des Portals", "Key of the portal"),
        hide_input=True,
        help=say("Schlüssel des Portals, am besten aus der Umgebung.", "Key of the portal."),
        show_default=False,
    ),
]


def submit(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help=say("XML-Nachricht", "XML message"))
    ],
    key: Key,
    url: Url = DEFAULT_URL,
    output: Output = Format.TABLE,
) -> None:
    """Post a message and print its receipt."""
    receipt = _call(
        "POST", f"{url}/v1/messages", key, content=file.read_bytes(), media_type="application/xml"
    )
    kind = receipt.pop("kind")
    show_one({**receipt, "kind": kind if output is Format.JSON else kind["root"]}, output)


def status(
    id: Annotated[str, typer.Argument(help=say("Kennung aus der Quittung", "Id from the receipt"))],
    key: Key,
    url: Url = DEFAULT_URL,
    output: Output = Format.TABLE,
) -> None:
    """Show where a message stands, by destination, with its timeline."""
    message = _call("GET", f"{url}/v1/messages/{id}", key)
    if output is Format.JSON:
        show_one(message, output)
        return
    note(f"{message['id']}  {message['state']}")
    names = ("destination", "state", "attempt", "dueAt", "systemStatus", "reference", "code")
    deliveries = [each | {"systemStatus": _status_of(each)} for each in message["deliveries"]]
    show(deliveries, {name: name for name in names}, output)
    if message["replies"]:
        note("")
        columns = {name: name for name in ("number", "destination", "mediaType", "size", "valid", "content")}
        show(message["replies"], columns, output)
    note("")
    columns = {name: name for name in ("at", "action", "destination", "attempt", "code", "detail")}
    show(message["timeline"], columns, output)


def _status_of(delivery: dict[str, Any]) -> str | None:
    """What the specialist system itself says last."""
    said = delivery["systemStatus"]
    return None if said is None else str(said["status"])


def _call(
    method: str, address: str, key: str, *, content: bytes | None = None, media_type: str = ""
) -> dict[str, Any]:
    import httpx  # noqa: PLC0415 - other commands speak no HTTP

    headers = {"Authorization": f"Bearer {key}", "Accept-Language": say("de", "en")}
    if media_type:
        headers["Content-Type"] = media_type
    try:
        answer = httpx.request(method, address, content=content, headers=headers, timeout=60)
    except httpx.HTTPError as error:
        fail(
            say(
                f"{address} ist nicht erreichbar ({type(error).__name__}).",
                f"{address} can't be reached ({type(error).__name__}).",
            ),
            Exit.UNREACHABLE,
        )
    if answer.is_success:
        body: dict[str, Any] = answer.json()
        return body
    codes = {401: Exit.DENIED, 403: Exit.DENIED, 404: Exit.NOTHING_FOUND, 503: Exit.UNREACHABLE}
    _explain(answer)
    raise typer.Exit(codes.get(answer.status_code, Exit.ERROR))


def _explain(answer: "httpx.Response") -> None:
    if "json" not in answer.headers.get("content-type", ""):
        note(f"HTTP {answer.status_code}")
        return
    problem = answer.json()
    note(f"HTTP {answer.status_code}: {problem.get('title', '')}")
    for reason in problem.get("reasons", []):
        note(f"- {reason['code']}: {reason['text']}")
        for finding in reason.get("findings", []):
            note(f"    {finding['path']}: {finding['text']}")
