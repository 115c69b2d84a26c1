"""Letters: the messages that every measurement sends, each with a fresh nachrichtenUUID.

The usual one has 9 kB. A large one applies for more, each with a proof of two pages attached, until it has its size: a third of it is
structure, the rest is attachments.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from uuid import uuid4

AGS = ("12072477", "12060280", "12052000", "12053000")
"""Four municipalities in turn, each with a destination of its own."""
SMALL, LARGE = 8, 100
"""Sizes in kB, as they are spoken of."""

BUNDLE = Path(__file__).parents[1] / "schemas/bundles/ab-finanzen/1.0"
"""The generator of the load must start fast: it imports nothing of the gateway."""

_SAMPLE = BUNDLE / "samples/valid/hundesteueranmeldung-voll.xml"
_LESER = re.compile(rb"(?<=<kennung>ags:)\d+")
_UUID = re.compile(rb"(?<=<nachrichtenUUID>)[^<]+")
_BEGINN = re.compile(rb"(?<=<beginn>)[^<]+")
_LAST = b"  <haftpflicht>"
_PROOF = b"".join(sha256(b"%d" % number).digest() for number in range(50))
_MORE = b"""\
  <verguenstigung>
    <art>
      <code>EM</code>
      <name>Erm\xc3\xa4\xc3\x9figung</name>
    </art>
    <grund>
      <code>TH</code>
      <name>aus einem Tierheim \xc3\xbcbernommen</name>
    </grund>
    <begruendung>Der Hund wurde im Mai aus dem Tierheim \xc3\xbcbernommen.</begruendung>
    <nachweis>
      <bezeichnung>\xc3\x9cbernahmevertrag des Tierheims</bezeichnung>
      <dateiname>uebernahmevertrag.pdf</dateiname>
      <medientyp>application/pdf</medientyp>
      <pruefsumme>%b</pruefsumme>
      <inhalt>%b</inhalt>
    </nachweis>
  </verguenstigung>
""" % (sha256(_PROOF).hexdigest().encode(), b64encode(_PROOF))


def letters(kilobytes: int = SMALL) -> Iterator[bytes]:
    """Valid messages without end, none like another."""
    for before, behind in cycle(halves(kilobytes)):
        yield b"%b%b%b" % (before, fresh_uuid(), behind)


@cache
def halves(kilobytes: int = SMALL) -> tuple[tuple[bytes, bytes], ...]:
    """What stands before and behind the nachrichtenUUID, for each municipality."""
    # Who registers a dog late gets a warning with the receipt: the usual message has none.
    beginn = datetime.now(UTC).date() - timedelta(days=3)
    sample = _BEGINN.sub(beginn.isoformat().encode(), _SAMPLE.read_bytes())
    missing = max(kilobytes * 1000 - len(sample), 0)
    larger = sample.replace(_LAST, _MORE * (missing // len(_MORE)) + _LAST)
    pairs = (_UUID.split(_LESER.sub(ags.encode(), larger)) for ags in AGS)
    return tuple((before, behind) for before, behind in pairs)


def fresh_uuid() -> bytes:
    """As it stands in a message."""
    return str(uuid4()).encode()
