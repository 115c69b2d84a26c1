"""Authenticator: tells from an access key who is asking, with a short memory so that the store is not asked each time."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from gateway.core.ports import KeyStore
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.security import keys
from gateway.security.keys import AccessKey


@dataclass(frozen=True, slots=True)
class _Known:
    holder: Portal | SpecialistSystem
    until: float


class KeyAuthenticator:
    """Answers who is asking by `Authorization: Bearer ab_...`.

    A good key is remembered for `ttl` seconds: so long may a revoked key still be taken. A bad one is not
    remembered at all, so that a key works from the moment it is issued.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        ttl: float = 5.0,
        size: int = 10_000,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._ttl = ttl
        self._size = size
        self._now = now
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    async def authenticate(self, authorization: str | None) -> Portal | SpecialistSystem | None:
        """The holder of the key in an `Authorization` header; None where there is no good one.

        Raises:
            StoreUnavailable: nobody can tell now.
        """
        if authorization is None:
            return None
        # Looked up by a digest of the whole: how long that takes tells nothing about a secret.
        digest = sha256(authorization.encode()).digest()
        known = self._known.get(digest)
        if known is not None and known.until > self._now():
            return known.holder
        key = _bearer(authorization)
        if key is None:
            return None
        holder = await self._store.holder(key.id, key.secret_hash)
        if holder is not None:
            self._remember(digest, holder)
        return holder

    def _remember(self, digest: bytes, holder: Portal | SpecialistSystem) -> None:
        self._known[digest] = _Known(holder, self._now() + self._ttl)
        self._known.move_to_end(digest)
        if len(self._known) > self._size:
            self._known.popitem(last=False)


def _bearer(authorization: str) -> AccessKey | None:
    scheme, _, credentials = authorization.partition(" ")
    return keys.parse(credentials.strip()) if scheme.lower() == "bearer" else None
