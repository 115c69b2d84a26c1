"""Notice: the document that a system sends back once a case is closed, as a PDF of one page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.sandbox.journal import Entry
from gateway.sandbox.systems import System

MEDIA_TYPE = "application/pdf"

TITLES: Mapping[System, Mapping[str, str]] = {
    System.REGISTRATION: {"meldebescheinigung": "Meldebescheinigung", "": "Amtliche Meldebestätigung"},
    System.CIVIL_STATUS: {
        "urkunde": "Urkunde aus dem Personenstandsregister",
        "geburtsanzeige": "Beurkundung der Geburt",
        "sterbefall": "Beurkundung des Sterbefalls",
        "eheschliessung": "Bescheinigung über die Anmeldung der Eheschließung",
        "": "Mitteilung des Standesamts",
    },
    System.FINANCE: {
        "hundesteuer": "Hundesteuerbescheid",
        "zahlung": "Bestätigung des Zahlungseingangs",
        "sepamandat": "Bestätigung des SEPA-Mandats",
        "": "Mitteilung der Kämmerei",
    },
    System.REAL_ESTATE: {
        "negativzeugnis": "Negativzeugnis",
        "kataster": "Auskunft aus dem Liegenschaftskataster",
        "bauantrag": "Bescheid zum Bauantrag",
        "": "Mitteilung der Liegenschaftsverwaltung",
    },
    System.TRADE: {"": "Empfangsbescheinigung der Gewerbebehörde"},
}
"""What a document is called, by a part of the kind of message that it answers."""


FONTS = b"<< /Font << /F1 5 0 R >> >>"


@dataclass(frozen=True, slots=True)
class Notice:
    """A document, and the name of its file."""

    name: str
    content: bytes


def notice_for(entry: Entry) -> Notice:
    """The document about a case. It names the case and nothing of the message; the same each time."""
    kind = (entry.kind or "").lower()
    title = next(title for part, title in TITLES[entry.system].items() if part in kind)
    day = datetime.fromisoformat(entry.time).astimezone(UTC)
    lines = (
        title,
        "",
        f"Aktenzeichen: {entry.reference}",
        f"Datum: {day:%d.%m.%Y}",
        f"Vorgang: {entry.delivery}",
        "",
        "Muster aus der Sandbox, ohne Rechtswirkung.",
    )
    return Notice(f"{entry.reference}.pdf", b"".join(_pdf(lines)))


def _pdf(lines: tuple[str, ...]) -> Iterator[bytes]:
    """A PDF 1.4 (ISO 32000) of one page, with a font that every reader has."""
    shown = " ".join(f"({_escaped(line)}) Tj T*" for line in lines)
    text = f"BT /F1 12 Tf 18 TL 72 770 Td {shown} ET".encode("cp1252")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources %s >>" % FONTS,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    )
    header = b"%PDF-1.4\n"
    yield header
    position, places = len(header), []
    for number, content in enumerate(objects, start=1):
        written = b"%d 0 obj\n%s\nendobj\n" % (number, content)
        places.append(position)
        position += len(written)
        yield written
    yield b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    yield b"".join(b"%010d 00000 n \n" % place for place in places)
    yield b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, position)


def _escaped(line: str) -> str:
    return line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
