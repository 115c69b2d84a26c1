"""Authenticator: tells from an access key who is asking, with a short memory so that the store is not asked each time."""

import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.ports import KeyStore
from gateway.core.tenants import Portal, SpecialistSystem
from gateway.security import keys
from gateway.security.keys import AccessKey


@dataclass(frozen=True, slots=True)
class _Known:
    secret_hash: str
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
        self._known: OrderedDict[str, _Known] = OrderedDict()

    async def authenticate(self, authorization: str | None) -> Portal | SpecialistSystem | None:
        """The holder of the key in an `Authorization` header; None where there is no good one.

        Raises:
            StoreUnavailable: nobody can tell now.
        """
        key = _bearer(authorization)
        if key is None:
            return None
        secret_hash = key.secret_hash
        known = self._known.get(key.id)
        if known is not None and known.until > self._now():
            return known.holder if hmac.compare_digest(known.secret_hash, secret_hash) else None
        holder = await self._store.holder(key.id, secret_hash)
        if holder is None:
            return None
        self._remember(key.id, _Known(secret_hash, holder, self._now() + self._ttl))
        return holder

    def _remember(self, key_id: str, known: _Known) -> None:
        self._known[key_id] = known
        self._known.move_to_end(key_id)
        if len(self._known) > self._size:
            self._known.popitem(last=False)


def _bearer(authorization: str | None) -> AccessKey | None:
    if authorization is None:
        return None
    scheme, _, credentials = authorization.partition(" ")
    return keys.parse(credentials.strip()) if scheme.lower() == "bearer" else None
