"""Scenes: what the demo submits, and what must become of it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from gateway.core.status import DeliveryState
from gateway.sandbox import System
from gateway.sandbox.faults import Fault, FaultRule


@dataclass(frozen=True, slots=True)
class Delivered:
    """Accepted, and every destination ends in `state` after `attempts`."""

    state: DeliveryState = DeliveryState.DELIVERED
    attempts: int = 1
    destinations: int = 1


@dataclass(frozen=True, slots=True)
class Repeated:
    """Accepted before: the first receipt comes again, nothing is delivered twice."""

    of: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Not accepted, with this HTTP status and leading code."""

    status: int
    code: str


Expectation = Delivered | Repeated | Refused


@dataclass(frozen=True, slots=True)
class Scene:
    """One submission. `leser` is the AGS of the municipality; `again` names a scene whose bytes are used."""

    key: str
    de: str
    en: str
    expect: Expectation
    sample: str = ""
    leser: str = ""
    again: str = ""
    change: Callable[[bytes], bytes] = bytes


def _unclosed(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _corrected(content: bytes) -> bytes:
    return content + b"\n<!-- corrected, but sent under the old UUID -->\n"


def _foreign_sender(content: bytes) -> bytes:
    return re.sub(rb"(<autor>.*?<kennung>)[^<]*", rb"\g<1>psw:99999999", content, count=1, flags=re.DOTALL)


SCENES: Sequence[Scene] = (
    Scene(
        "anmeldung",
        "Anmeldung einer Wohnung in Zossen",
        "Registration of a residence in Zossen",
        Delivered(),
        "ab-meldewesen/1.0/samples/valid/anmeldung-voll.xml",
        "12072477",
    ),
    Scene(
        "chosebuz",
        "Anmeldung in Cottbus/Chóśebuz, mit sorbischen Zeichen",
        "Registration in Cottbus/Chóśebuz, with Sorbian letters",
        Delivered(),
        "ab-meldewesen/1.0/samples/valid/anmeldung-zeichen.xml",
        "12052000",
    ),
    Scene(
        "abmeldung",
        "Abmeldung in Planetal, für das das Amt Niemegk arbeitet",
        "De-registration in Planetal, served by the Amt Niemegk",
        Delivered(),
        "ab-meldewesen/1.0/samples/valid/abmeldung-klein.xml",
        "12069474",
    ),
    Scene(
        "urkunde",
        "Geburtsurkunde, angefordert in Panketal",
        "Birth certificate requested in Panketal",
        Delivered(),
        "ab-personenstand/1.0/samples/valid/urkunde-voll.xml",
        "12060181",
    ),
    Scene(
        "geburt",
        "Geburtsanzeige in Frankfurt (Oder)",
        "Notice of a birth in Frankfurt (Oder)",
        Delivered(),
        "ab-personenstand/1.0/samples/valid/geburtsanzeige-klein.xml",
        "12053000",
    ),
    Scene(
        "gewerbe",
        "Gewerbeanmeldung in Cottbus, an Gewerbeamt und Kammer",
        "Business registration in Cottbus, to trade office and chamber",
        Delivered(destinations=2),
        "ab-gewerbe/1.0/samples/valid/anmeldung-voll.xml",
        "12052000",
    ),
    Scene(
        "gewerbeabmeldung",
        "Gewerbeabmeldung in Werneuchen",
        "Business de-registration in Werneuchen",
        Delivered(),
        "ab-gewerbe/1.0/samples/valid/abmeldung-klein.xml",
        "12060280",
    ),
    Scene(
        "hund",
        "Anmeldung eines Hundes in Zossen",
        "Registration of a dog in Zossen",
        Delivered(),
        "ab-finanzen/1.0/samples/valid/hundesteueranmeldung-voll.xml",
        "12072477",
    ),
    Scene(
        "sepa",
        "SEPA-Mandat in Panketal; das Finanzverfahren ist zweimal nicht bereit",
        "SEPA mandate in Panketal; the finance system is not ready twice",
        Delivered(attempts=3),
        "ab-finanzen/1.0/samples/valid/sepamandat-klein.xml",
        "12060181",
    ),
    Scene(
        "negativzeugnis",
        "Negativzeugnis in Märkische Heide/Markojska Góla; das Verfahren holt selbst ab",
        "Pre-emption waiver in Märkische Heide/Markojska Góla; the system fetches by itself",
        Delivered(),
        "ab-liegenschaften/1.0/samples/valid/negativzeugnis-voll.xml",
        "12061329",
    ),
    Scene(
        "kataster",
        "Katasterauskunft in Zossen; das Verfahren weist sie zurück",
        "Cadastre extract in Zossen; the system refuses it",
        Delivered(DeliveryState.REJECTED),
        "ab-liegenschaften/1.0/samples/valid/katasterauskunft-klein.xml",
        "12072477",
    ),
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

EFFECTS = sum(
    scene.expect.destinations
    for scene in SCENES
    if isinstance(scene.expect, Delivered) and scene.expect.state is DeliveryState.DELIVERED
)
"""How many cases all specialist systems together must have when the scenes are over."""

FAULTS: Sequence[FaultRule] = (
    FaultRule(system=System.FINANCE, fault=Fault.UNAVAILABLE_503, times=2, match="sepamandat", seconds=1),
    FaultRule(system=System.REAL_ESTATE, fault=Fault.REFUSE, times=1, match="katasterauskunft"),
)
"""How the sandbox misbehaves in these scenes."""


def bodies(bundles: Path) -> dict[str, bytes]:
    """The bytes to submit, by scene: samples of the bundles, each with a UUID of its own."""
    made: dict[str, bytes] = {}
    for scene in SCENES:
        content = made[scene.again] if scene.again else _letter(bundles / scene.sample, scene.leser)
        made[scene.key] = scene.change(content)
    return made


def _letter(sample: Path, ags: str) -> bytes:
    content = sample.read_bytes()
    content = re.sub(rb"(<nachrichtenUUID>)[^<]*", rb"\g<1>" + str(uuid4()).encode("ascii"), content, count=1)
    recipient = rb"\g<1>ags:" + ags.encode("ascii")
    return re.sub(rb"(<leser>.*?<kennung>)[^<]*", recipient, content, count=1, flags=re.DOTALL)
