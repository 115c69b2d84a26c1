"""What the demo submits again or in vain."""

import re
from collections.abc import Sequence

from gateway.demo.scene import Refused, Repeated, Scene


def _unclosed(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _corrected(content: bytes) -> bytes:
    return content + b"\n<!-- corrected, but sent under the old UUID -->\n"


def _foreign_sender(content: bytes) -> bytes:
    return re.sub(rb"(<autor>.*?<kennung>)[^<]*", rb"\g<1>psw:99999999", content, count=1, flags=re.DOTALL)


def _in_old_version(content: bytes) -> bytes:
    content = content.replace(b"meldewesen:1.0", b"meldewesen:0.9", 1)
    return content.replace(b' version="1.0">', b' version="0.9">', 1)


TURNED_AWAY: Sequence[Scene] = (
    Scene(
        "doppelt",
        "Die erste Anmeldung noch einmal, Byte für Byte",
        "The first registration again, byte for byte",
        Repeated("anmeldung"),
        again="anmeldung",
    ),
    Scene(
        "anderer-inhalt",
        "Dieselbe UUID mit anderem Inhalt",
        "The same UUID with other content",
        Refused(409, "already-used"),
        again="anmeldung",
        change=_corrected,
    ),
    Scene(
        "ungueltig",
        "Anmeldung mit Fehlern im Inhalt",
        "Registration with faults in its content",
        Refused(422, "schema-invalid"),
        "ab-meldewesen/1.0/samples/invalid/anmeldung-plz-vierstellig.xml",
        "12072477",
    ),
    Scene(
        "regel",
        "SEPA-Mandat mit falscher Prüfziffer der IBAN",
        "SEPA mandate with a wrong check digit of the IBAN",
        Refused(422, "rule-broken"),
        "ab-finanzen/1.0/samples/invalid-by-rule/sepamandat-iban.xml",
        "12072477",
    ),
    Scene(
        "code",
        "Gewerbeabmeldung mit unbekannter Rechtsform",
        "De-registration with an unknown legal form",
        Refused(422, "code-unknown"),
        "ab-gewerbe/1.0/samples/invalid-by-code-list/abmeldung-rechtsform.xml",
        "12060280",
    ),
    Scene(
        "version",
        "Anmeldung in einer Version, die niemand kennt",
        "Registration in a version that nobody knows",
        Refused(422, "version-not-supported"),
        "ab-meldewesen/1.0/samples/valid/anmeldung-klein.xml",
        "12072477",
        change=_in_old_version,
    ),
    Scene(
        "noch-nicht",
        "Ummeldung in 1.1 nach Herzberg, dessen Verfahren erst 1.0 nimmt",
        "Move in 1.1 to Herzberg, whose system only takes 1.0",
        Refused(422, "version-not-taken"),
        "ab-meldewesen/1.1/samples/valid/ummeldung-klein.xml",
        "12062224",
    ),
    Scene(
        "kaputt",
        "Abgeschnittenes XML",
        "XML that was cut off",
        Refused(400, "not-well-formed"),
        again="anmeldung",
        change=_unclosed,
    ),
    Scene(
        "nicht-gebucht",
        "Gewerbeanmeldung in Zossen, das sie nicht gebucht hat",
        "Business registration in Zossen, which has not booked it",
        Refused(403, "not-booked"),
        "ab-gewerbe/1.0/samples/valid/anmeldung-klein.xml",
        "12072477",
    ),
    Scene(
        "unbekannt",
        "Anmeldung in einer Gemeinde, die hier niemand kennt",
        "Registration in a municipality that nobody knows here",
        Refused(422, "unknown-recipient"),
        "ab-meldewesen/1.0/samples/valid/anmeldung-klein.xml",
        "99999999",
    ),
    Scene(
        "fremd",
        "Anmeldung im Namen eines fremden Portals",
        "Registration in the name of another portal",
        Refused(403, "sender-not-entitled"),
        "ab-meldewesen/1.0/samples/valid/anmeldung-klein.xml",
        "12072477",
        change=_foreign_sender,
    ),
)
