"""Builders: messages of the small bundle that these tests use."""

from datetime import date
from pathlib import Path

from schemas.library import SchemaLibrary

BUNDLES = Path(__file__).parent / "bundles"
IN_FORCE = date(2026, 6, 15)
PERSON = "<vorname>Lena</vorname><familienname>Nowak</familienname><geschlecht>w</geschlecht>"


def a_library() -> SchemaLibrary:
    return SchemaLibrary.load([BUNDLES])


def a_person(inside: str = PERSON, attributes: str = "") -> str:
    return f"<person {attributes}>{inside}</person>"


def a_message(
    body: str | None = None,
    *,
    uuid: str = "3F2504E0-4F89-41D3-9A0C-0305E82C3301",
    typ: str = "0101",
    time: str = "2026-06-01T08:00:00.000+02:00",
    leser: str = "ags:12072477",
    autor: str = "psw:01003110",
    attributes: str = 'version="1.0"',
    namespace: str = "urn:test:schema:probe:1.0",
    root: str = "probe.anmeldung.0101",
) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<p:{root} xmlns:p="{namespace}" {attributes}>
  <nachrichtenkopf.g2g>
    <identifikation.nachricht>
      <nachrichtenUUID>{uuid}</nachrichtenUUID>
      <nachrichtentyp><code>{typ}</code></nachrichtentyp>
      <erstellungszeitpunkt>{time}</erstellungszeitpunkt>
    </identifikation.nachricht>
    <leser><verzeichnisdienst><code>DVDV</code></verzeichnisdienst><kennung>{leser}</kennung></leser>
    <autor><kennung>{autor}</kennung></autor>
  </nachrichtenkopf.g2g>
  {a_person() if body is None else body}
</p:{root}>
""".encode()
