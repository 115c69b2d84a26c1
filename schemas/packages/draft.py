"""Draft: the `bundle.toml` of an installed package, which works and which a person completes."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from schemas.closure import XsdVersion
from schemas.facts import Derived, Fact, First, Fixed, Join, Model, OfRoot
from schemas.packages.faults import printable
from schemas.packages.layouts import Layout
from schemas.packages.listing import DraftedList, LeftOut, Listing
from schemas.packages.roots import Root
from schemas.packages.schematron import RuleFile


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a draft says."""

    standard: str
    version: str
    title: str
    namespace: str
    entry: tuple[str, ...]
    roots: tuple[Root, ...]
    layout: Layout
    valid_from: date
    idref: bool
    listing: Listing
    xsd: XsdVersion
    origin: tuple[str, ...]
    """The package and its supplements, each with its check sum."""
    rules: tuple[RuleFile, ...] = ()


def write(draft: Draft) -> str:
    """The text of `bundle.toml`."""
    checked = "always" if draft.idref else "on-refusal"
    lines = [
        *_comment("Aus einem Paket eingerichtet / installed from a package:", *draft.origin),
        "",
        f"standard = {_text(draft.standard)}",
        f"version = {_text(draft.version)}",
        f"namespace = {_text(draft.namespace)}",
        f"entry = [{', '.join(_text(each) for each in draft.entry)}]",
        *_comment(
            "ERGÄNZEN: erster und letzter Tag der Gültigkeit / COMPLETE: first and last day of validity"
        ),
        f"valid_from = {draft.valid_from.isoformat()}",
        "# valid_until = 2027-10-31",
        *_comment(
            "1.1: xmlschema prüft allein, was länger dauert / xmlschema alone decides, which takes longer"
        ),
        f"xsd = {_text(draft.xsd)}",
        *_comment("always: ID und IDREF werden geprüft, was länger dauert / ID and IDREF are checked"),
        f"second_validator = {_text(checked)}",
        *_comment("Möglich / possible: nachrichtentyp-root, zeitpunkt-zone"),
        "header_rules = []",
        *_comment(
            "Eine Codeliste, die weder das Schema festlegt noch das Paket hat, möglich / of a list that neither the "
            "schema fixes nor the package has, possible: ignore, warn, refuse"
        ),
        f"unknown_list = {_text('warn' if draft.listing.lists else 'ignore')}",
        "",
        "[title]",
        f"de = {_text(draft.title)}",
        f"en = {_text(draft.title)}",
        "",
        *_header(draft.layout),
        "",
        "[prefixes]",
        *(f"{prefix} = {_text(namespace)}" for prefix, namespace in draft.layout.prefixes.items()),
        "",
        *_comment(
            "ERGÄNZEN: service ist, was eine Kommune bucht, Bereich/Leistung, z. B. registration/anmeldung.",
            "COMPLETE: service is what a municipality books, area/service. Remove kinds that are not wanted.",
        ),
        *(line for root in draft.roots for line in _kind(root, draft)),
        *(line for each in draft.listing.lists for line in _code_list(each)),
        *_left_out(draft.listing.left_out),
        *(line for each in draft.rules for line in _rules(each)),
    ]
    return "\n".join(lines) + "\n"


def _header(layout: Layout) -> list[str]:
    lines = [f"# {layout.name}", "[header]"]
    if layout.name == "none":
        lines = [
            *_comment(
                "ERGÄNZEN: Das Schema hat keinen bekannten Nachrichtenkopf; diese Angaben sind Platzhalter.",
                "COMPLETE: the schema has no known header; these facts are placeholders.",
            ),
            "[header]",
        ]
    elif layout.name == "guessed":
        missing = ", ".join(layout.placeholders) or "-"
        lines = [
            *_comment(
                "PRÜFEN: Den Nachrichtenkopf kennt das Programm nicht; es hat ihn an den Namen seiner Elemente erkannt.",
                "CHECK: the program does not know this header; it found the facts by the names of elements.",
                f"ERGÄNZEN: Platzhalter sind noch / COMPLETE: still placeholders: {missing}",
            ),
            "[header]",
        ]
    elif layout.name == "xdomea":
        lines = [
            *_comment(
                "Mehrere Nachrichten eines Prozesses haben dieselbe ProzessID. Sendet ein Portal mehr als eine:",
                "A process has one ProzessID for all its messages. Where a portal sends several of them:",
                'nachrichten_uuid = { uuid_of = [{ of_root = "name" }, "<Pfad/path ProzessID>"] }',
            ),
            "[header]",
        ]
    return [*lines, *(f"{name} = {_fact(fact)}" for name, fact in layout.facts.items())]


def _kind(root: Root, draft: Draft) -> list[str]:
    foreign = [] if root.namespace == draft.namespace else [f"namespace = {_text(root.namespace)}"]
    number = root.name.rpartition(".")[2]
    service = slug(root.name) if number.isdigit() else slug(re.sub(r"(?<=[a-z])(?=[A-Z])", "-", root.name))
    return [
        "",
        "[[kinds]]",
        f"root = {_text(root.name)}",
        *foreign,
        f"service = {_text(f'{slug(draft.standard)}/{service}')}",
        f"de = {_text(root.title or root.name)}",
        f"en = {_text(root.name)}",
    ]


def _code_list(drafted: DraftedList) -> list[str]:
    file = [] if drafted.file is None else [f"file = {_text(drafted.file)}"]
    columns = _text(drafted.columns[0]) if len(drafted.columns) == 1 else _list(drafted.columns)
    return [
        "",
        *_comment(drafted.title, *drafted.remarks),
        "[[code_lists]]",
        f"uri = {_text(drafted.uri)}",
        f"version = {_text(drafted.version)}",
        *file,
        *([f"column = {columns}"] if drafted.columns else []),
        f"unknown_code = {_text(drafted.unknown_code)}",
        'unknown_version = "warn"',
    ]


def _rules(rules: RuleFile) -> list[str]:
    entry = ["[[schematron]]", f"file = {_text(rules.file)}"]
    if rules.fault is None:
        return ["", *entry]
    place = rules.fault.file if rules.fault.line is None else f"{rules.fault.file}:{rules.fault.line}"
    told = printable(" ".join(f"{place}: {rules.fault.de} / {rules.fault.en}".split()))
    return ["", *_comment("Nicht brauchbare Regeln / rules that can't be used:", told, *entry)]


def _left_out(files: Sequence[LeftOut]) -> list[str]:
    if not files:
        return []
    told = (f"{each.name}: {each.de} / {each.en}" for each in files)
    return ["", *_comment("Nicht brauchbare Codelisten / code lists that can't be used:", *told)]


_PLAIN = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}


def slug(name: str) -> str:
    """A name in the form of services and folders: lower-case words joined by hyphens."""
    plain = name.lower().translate(_PLAIN)
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return words if words[:1].isalpha() else f"x{words}"


def _fact(fact: Fact) -> str:  # noqa: PLR0911 - one for each form
    match fact:
        case str():
            return _text(fact)
        case Fixed(fixed=value):
            return f"{{ fixed = {_text(value)} }}"
        case Join(join=parts, by=by):
            return f"{{ join = {_list(parts)}, by = {_text(by)} }}"
        case First(first=parts):
            return f"{{ first = {_list(parts)} }}"
        case OfRoot(of_root=part):
            return f"{{ of_root = {_text(part)} }}"
        case Derived(uuid_of="content"):
            return '{ uuid_of = "content" }'
        case Derived(uuid_of=parts):
            assert parts != "content"
            return f"{{ uuid_of = {_list(parts)} }}"
        case _:
            raise AssertionError(fact)


def _list(parts: Sequence[str | Model]) -> str:
    return f"[{', '.join(_fact(part) for part in parts)}]"  # type: ignore[arg-type]


def _text(value: str) -> str:
    # A string of JSON is one of TOML, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(*lines: str) -> list[str]:
    return [f"# {printable(' '.join(line.split()))}" for line in lines if line]
