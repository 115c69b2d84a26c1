"""The documentation of message kinds as pages: one for each kind, and one that lists them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.core.handbook import Handbook, KnownKind
from gateway.reports.imprint import Imprint, fragment
from gateway.reports.sheet import Sheet
from gateway.texts import Language
from gateway.texts.handbook import SHORT_PATTERN, HandbookWords

DEEPEST = 10
"""Deeper elements are not indented further."""
FEW_VALUES = 6
"""Values up to which a list stands where it is used."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where the other pages are, seen from the page."""

    other_language: str
    """The same page in the other language."""
    overview: str = ""
    kind: Callable[[KnownKind], str] = lambda _: ""


def kind_page(book: Handbook, links: Links, imprint: Imprint, language: Language) -> str:
    """The whole page of a kind."""
    known = book.known
    is_english = language is Language.EN
    return _KIND.render(
        book=book,
        links=links,
        words=HandbookWords(language),
        language=language.value,
        other=_other(language),
        title=known.en if is_english else known.de,
        standard=known.standard_en if is_english else known.standard_de,
        by_type=any(section.is_type for section in book.sections),
        titles={section.anchor: section.title for section in book.sections},
        lists={each.anchor: each for each in book.values},
        long_lists=[each for each in book.values if each.total > FEW_VALUES],
        size=f"{book.max_bytes / 1_000_000:g}",
        few_values=FEW_VALUES,
        short_pattern=SHORT_PATTERN,
        deepest=DEEPEST,
        gateway=imprint.name,
    )


def overview_page(kinds: Sequence[KnownKind], links: Links, imprint: Imprint, language: Language) -> str:
    """The list of all kinds, by standard and version."""

    def by_standard(known: KnownKind) -> tuple[str, str]:
        return known.kind.standard, known.kind.version

    ordered = sorted(kinds, key=lambda known: (*by_standard(known), known.kind.root))
    return _KINDS.render(
        standards=[(key, list(group)) for key, group in groupby(ordered, by_standard)],
        links=links,
        words=HandbookWords(language),
        language=language.value,
        other=_other(language),
        gateway=imprint.name,
    )


def content_security_policy() -> str:
    """The header that goes with these pages."""
    return _KIND.content_security_policy()


def _other(language: Language) -> str:
    return (Language.DE if language is Language.EN else Language.EN).value


_INDENTS = "".join(
    f".rows .d{depth}{{padding-left:{0.5 + depth * 0.9:g}rem}}\n" for depth in range(1, DEEPEST + 1)
)
_KIND = Sheet(
    "handbook.html.j2", "report.css", "handbook.css", more_style=_INDENTS, filters={"fragment": fragment}
)
_KINDS = Sheet("kinds.html.j2", "report.css", "handbook.css", more_style=_INDENTS)
