"""Check of destinations behind HTTP: the way there, the login, and one call that changes nothing."""

from collections.abc import Awaitable, Callable, Iterable

from adapters.checking import TLS_CODES, Look, failed, file_looks, network_looks, ok, warning
from adapters.transports.http.exchange import HttpTransport
from adapters.transports.http.outcomes import Answer, Trouble
from adapters.transports.http.settings import HttpSettings
from gateway.core.check import Finding, StepName
from gateway.core.outcome import Failed


def looks(
    settings: HttpSettings,
    http: HttpTransport,
    call: Callable[[], Awaitable[Finding]] | None = None,
    further: Iterable[tuple[StepName, Look]] = (),
) -> list[tuple[StepName, Look]]:
    """All looks at a destination behind HTTP. `call` is what is asked at last, HEAD where nothing is given;
    `further` looks come once the files are there.
    """
    url = str(settings.url)

    async def token() -> Finding:
        refused = await http.login()
        if refused is None:
            return ok("Ein Token ist da.", "A token is there.")
        return finding_of(refused)

    async def head() -> Finding:
        return answered(await http.call("HEAD", url, {}))

    found = [*file_looks(settings), *further, *network_looks(url, settings)]
    if settings.token_url is not None:
        found.append((StepName.CREDENTIALS, token))
    return [*found, (StepName.CALL, call or head)]


def answered(answer: Answer | Trouble) -> Finding:
    """What the answer to a call says that the system need not know: that somebody answers is enough."""
    if not isinstance(answer, Answer):
        return finding_of(answer)
    status = answer.status
    if status in {401, 403, 407}:
        return failed(
            f"http-{status}",
            f"HTTP {status}: Die Anmeldung wird nicht angenommen.",
            f"HTTP {status}: the login is not taken.",
        )
    if status in {404, 410} or 300 <= status < 400:
        return warning(
            f"http-{status}",
            f"HTTP {status}: Unter dieser Adresse ist vielleicht nichts; manche Dienste kennen nur POST.",
            f"HTTP {status}: perhaps nothing is at this address; some services know POST only.",
        )
    if status >= 500 and status not in {500, 501, 505}:
        return failed(
            f"http-{status}", f"HTTP {status}: Das System ist nicht bereit.", f"HTTP {status}: not ready."
        )
    return ok(f"Antwortet (HTTP {status}).", f"It answers (HTTP {status}).")


def finding_of(trouble: Trouble) -> Finding:
    """What went wrong on the way."""
    cause = trouble.cause
    german = TLS_CODES.get(cause.code, f"Der Aufruf misslang ({cause.code}).")
    wait = trouble.retry_after if isinstance(trouble, Failed) else None
    english = cause.detail if wait is None else f"{cause.detail} Come again in {wait.total_seconds():.0f} s."
    return failed(cause.code, german, english)
