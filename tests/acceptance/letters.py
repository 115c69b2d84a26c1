"""Letters: messages to submit, made of the bundles' samples, and where each of them must arrive."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from itertools import count, cycle, islice
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

from tests.servers.compose import ROOT

CANARY = "Kanarjenvogel-Chóśebuz"
"""Family name of everybody in every letter: it may be seen at the specialist systems and nowhere else."""

ZOSSEN, COTTBUS, FRANKFURT, PANKETAL = "12072477", "12052000", "12053000", "12060181"
HERZBERG, WERNEUCHEN, MAERKISCHE_HEIDE, PLANETAL = "12062224", "12060280", "12061329", "12069474"
FUERSTENBERG = "12065084"

_plots = count(1)


@dataclass(frozen=True)
class Letter:
    """A message and, by the checker's own reckoning, how often each specialist system must get it."""

    uuid: str
    content: bytes
    systems: Mapping[str, int]
    case: str | None = None
    """Letters of one case are submitted one after the other, and must arrive in this order where their
    destination is `ordered`.
    """

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()


def a_letter(
    sample: str,
    ags: str,
    systems: Mapping[str, int] | None = None,
    *,
    test: bool = False,
    plot: int | None = None,
) -> Letter:
    """A sample, e.g. `finanzen/sepamandat-klein`, under a UUID of its own, to a municipality.

    Without `systems` it goes once to the system of its area. Letters about the same `plot` belong to one case.
    """
    area, _, name = sample.partition("/")
    path = bundle_in_force(f"ab-{area}") / "samples" / "valid" / f"{name}.xml"
    uuid = str(uuid4())
    content = path.read_text(encoding="utf-8")
    content = _put("nachrichtenUUID", uuid, content, times=1)
    content = re.sub(r"(<leser>.*?<kennung>)[^<]*", rf"\g<1>ags:{ags}", content, count=1, flags=re.DOTALL)
    content = _put("familienname", CANARY, content)
    # A first plot of its own: messages about the same one would wait for each other.
    case = None if plot is None else f"{ags}-{plot}"
    plot = next(_plots) % 100_000 if plot is None else plot
    content = _put("flurstueckskennzeichen", f"121234007{plot:05}0003__", content, times=1)
    content = re.sub(r"(<flurstueck>)\d[^<]*", rf"\g<1>{plot}/3", content, count=1)
    if test:
        content = content.replace(' standard="', ' test="true" standard="', 1)
    assert CANARY in content
    return Letter(uuid, content.encode(), systems or {SYSTEMS[area]: 1}, case)


def cases(number: int, length: int) -> list[Letter]:
    """Letters of cases to destinations that are `ordered`, in turn to a system that fetches and to one that is called."""
    return [letter for index in range(number) for letter in _a_case(length, *_CASES[index % len(_CASES)])]


def _a_case(length: int, ags: str, samples: tuple[str, str], system: str) -> Iterator[Letter]:
    plot = next(_plots) % 100_000
    for sample in islice(cycle(samples), length):
        yield a_letter(f"liegenschaften/{sample}", ags, {system: 1}, plot=plot)


def bundle_in_force(standard: str) -> Path:
    """The oldest version that is valid today."""
    versions = sorted((ROOT / "schemas" / "bundles" / standard).iterdir())
    return next(each for each in versions if is_valid_today(each))


def is_valid_today(bundle: Path) -> bool:
    """By the clock of the machine, as the processes go."""
    spec = tomllib.loads((bundle / "bundle.toml").read_text(encoding="utf-8"))
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    return bool(spec["valid_from"] <= today <= spec.get("valid_until", today))


SYSTEMS = {
    "meldewesen": "registration",
    "personenstand": "civil_status",
    "gewerbe": "trade",
    "finanzen": "finance",
    "liegenschaften": "real_estate",
}


def many(number: int) -> list[Letter]:
    """Letters of all kinds to several municipalities, in turn; one of twelve goes to two systems."""
    return list(islice(_mixture(), number))


def _mixture() -> Iterator[Letter]:
    for sample, ags, systems in cycle(MIXTURE):
        yield a_letter(sample, ags, systems)


MIXTURE: tuple[tuple[str, str, Mapping[str, int]], ...] = (
    ("meldewesen/anmeldung-voll", ZOSSEN, {}),
    ("finanzen/hundesteueranmeldung-klein", ZOSSEN, {}),
    ("meldewesen/anmeldung-zeichen", COTTBUS, {}),
    ("gewerbe/anmeldung-voll", COTTBUS, {"trade": 2}),
    ("personenstand/urkunde-voll", PANKETAL, {}),
    ("finanzen/sepamandat-klein", PANKETAL, {}),
    ("meldewesen/abmeldung-klein", PLANETAL, {}),
    ("personenstand/geburtsanzeige-klein", FRANKFURT, {}),
    ("gewerbe/abmeldung-klein", HERZBERG, {}),
    ("liegenschaften/negativzeugnis-klein", MAERKISCHE_HEIDE, {}),
    ("finanzen/sepamandat-voll", MAERKISCHE_HEIDE, {}),
    ("liegenschaften/katasterauskunft-voll", ZOSSEN, {}),
)


_CASES = (
    (COTTBUS, ("negativzeugnis-klein", "katasterauskunft-klein"), "real_estate"),
    # A real-estate system that speaks REST: the finance system's counter stands in for it.
    (FUERSTENBERG, ("eigentumswechsel-klein", "bauantrag-klein"), "finance"),
)


def _put(element: str, text: str, content: str, times: int = 0) -> str:
    return re.sub(rf"(<{element}>)[^<]*", rf"\g<1>{text}", content, count=times)
