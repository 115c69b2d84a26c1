"""Settings that every destination behind HTTP has in common: where it is, who we are, how long to wait."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Literal, Self
from urllib.parse import quote_plus

from pydantic import AnyHttpUrl, Field, SecretStr, field_validator, model_validator

from adapters.transports.http.tls import TlsSettings
from adapters.transports.settings import Seconds


class HttpSettings(TlsSettings):
    """What every destination behind HTTP has in common."""

    url: AnyHttpUrl = Field(description="Where messages are posted to, without user and password.")
    username: str | None = Field(None, description="User for HTTP Basic, together with `password`.")
    password: SecretStr | None = Field(None, description="Password for HTTP Basic.")
    token: SecretStr | None = Field(None, description="Bearer token, instead of user and password.")
    token_url: AnyHttpUrl | None = Field(
        None,
        description="Where a token is fetched (OAuth 2.0, client credentials), instead of the two above.",
    )
    client_id: str | None = Field(None, description="Who we are at `token_url`.")
    client_secret: SecretStr | None = Field(None, description="Secret that goes with `client_id`.")
    client_login: Literal["header", "body"] = Field(
        "header", description="Where `token_url` wants the two: as HTTP Basic, or in the form."
    )
    scope: str | None = Field(None, description="Scopes to ask for, with blanks between them.")
    headers: Mapping[str, SecretStr] = Field({}, description="Further headers of every request.")
    connect_timeout: Seconds = Field(5, description="Seconds to connect, TLS included.")
    read_timeout: Seconds = Field(30, description="Seconds between two bytes of the answer.")
    total_timeout: Seconds = Field(
        60, description="Seconds for an attempt, at most 8/10 of `attempt_seconds`."
    )
    reuse_connections: bool = Field(
        False,
        description="Keep connections for the next messages. Only for systems that never answer twice: "
        "the second answer would be taken for that to the next message.",
    )
    trace_header: bool = Field(
        False,
        description="Tell the system the trace that a delivery is part of (`traceparent`, W3C Trace Context), where it is "
        "recorded.",
    )
    max_answer_bytes: int = Field(1024 * 1024, gt=0, description="A longer answer is not read.")

    @field_validator("url", "token_url")
    @classmethod
    def _no_login_in_url(cls, url: AnyHttpUrl | None) -> AnyHttpUrl | None:
        if url is not None and (url.username or url.password):
            raise ValueError("user and password have settings of their own: a URL appears in logs")
        return url

    @field_validator("token")
    @classmethod
    def _fits_a_header(cls, token: SecretStr | None) -> SecretStr | None:
        value = token.get_secret_value() if token else ""
        if not (_is_printable(value) and " " not in value):
            raise ValueError("a token consists of printable ASCII characters without blanks")
        return token

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
        for name, value in headers.items():
            if not _is_printable(value.get_secret_value()):
                raise ValueError(f"{name}: a header's value consists of printable ASCII characters")
            if not (name.isascii() and name.replace("-", "").replace("_", "").isalnum()):
                raise ValueError("a header's name consists of letters, digits and hyphens")
            if name.lower() in _OUR_OWN:
                raise ValueError(f"{name} is set by the gateway itself")
        return headers

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        fetching = {self.token_url is None, self.client_id is None, self.client_secret is None}
        if len(fetching) > 1:
            raise ValueError("token_url, client_id and client_secret belong together")
        if self.token_url is None and self.scope is not None:
            raise ValueError("a scope is asked for at a token_url")
        if sum(each is not None for each in (self.username, self.token, self.token_url)) > 1:
            raise ValueError("either username and password, or a token, or a token_url")
        return self


_OUR_OWN = frozenset(
    {"authorization", "host", "content-length", "content-type", "transfer-encoding", "accept", "soapaction"}
    | {"accept-encoding", "connection", "user-agent"}
)


def authorization(settings: HttpSettings) -> dict[str, str]:
    """The login that is the same for every request; a token that has to be fetched is none."""
    if settings.token is not None:
        return {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
    if settings.username is None or settings.password is None:
        return {}
    return {"Authorization": basic(settings.username, settings.password.get_secret_value())}


def basic(user: str, password: str, *, quoted: bool = False) -> str:
    """HTTP Basic (RFC 7617); `quoted` as OAuth 2.0 wants it (RFC 6749, section 2.3.1)."""
    parts = [quote_plus(each) if quoted else each for each in (user, password)]
    return f"Basic {b64encode(':'.join(parts).encode()).decode()}"


def _is_printable(value: str) -> bool:
    return value.isascii() and value.isprintable()
