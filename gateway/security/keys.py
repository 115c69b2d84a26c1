"""Access keys: their form, how they are made, and what of them is kept."""

import hashlib
import re
import secrets
from base64 import b32encode
from dataclasses import dataclass, field

_FORM = re.compile(r"ab_([a-z2-7]{12})_([A-Za-z0-9_-]{43})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key of a portal or of a specialist system: `ab_<id>_<secret>`.

    The id is public and names the key in lists and logs; the secret has 256 bits of chance, so that a plain
    SHA-256 of it is safe to keep. Neither `repr` nor `str` shows the secret.
    """

    id: str
    """12 characters of base32 in lower case."""
    secret: str = field(repr=False)
    """43 characters of base64url."""

    def __str__(self) -> str:
        return f"ab_{self.id}_***"

    @property
    def secret_hash(self) -> str:
        """SHA-256 of the secret, 64 hexadecimal digits: all that the store keeps of it."""
        return hashlib.sha256(self.secret.encode("ascii")).hexdigest()

    def reveal(self) -> str:
        """The whole key, to be shown once to the person who asked for it."""
        return f"ab_{self.id}_{self.secret}"


def generate() -> AccessKey:
    """Make a new key from the operating system's source of chance."""
    id = b32encode(secrets.token_bytes(8)).decode("ascii")[:12].lower()
    return AccessKey(id, secrets.token_urlsafe(32))


def parse(text: str) -> AccessKey | None:
    """Read a key as it was revealed; None where the text is no key."""
    match = _FORM.fullmatch(text)
    return AccessKey(match[1], match[2]) if match else None
