"""Security: who is asking, and how payload is kept."""

from typing import Protocol

from gateway.core.tenants import Portal, SpecialistSystem


class PayloadCodec(Protocol):
    """How payload bytes go into the store and come out of it (plain today; encryption keeps the seam)."""

    def encode(self, content: bytes) -> tuple[str, bytes]:
        """The name of the codec and key, and the bytes to keep."""
        ...

    def decode(self, codec: str, stored: bytes) -> bytes: ...


class Authenticator(Protocol):
    """Who is asking. An API key today; mutual TLS and OAuth2 answer the same question."""

    async def authenticate(self, authorization: str | None) -> Portal | SpecialistSystem | None: ...
