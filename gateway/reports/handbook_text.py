"""The documentation of message kinds as plain text, for a terminal: what stands where, one line for each place."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, groupby
from textwrap import wrap

from gateway.core.handbook import (
    Condition,
    Facet,
    FacetKind,
    Form,
    Handbook,
    KnownKind,
    Row,
    RuleNote,
    Said,
    Section,
    TextType,
    Values,
)
from gateway.texts import Language
from gateway.texts.handbook import SHORT_PATTERN, HandbookWords

FEW_VALUES = 6
"""Values up to which a list stands where it is used."""
_WIDTH = 100
_WIDEST_NAME = 50


def overview_text(kinds: Sequence[KnownKind], address: Callable[[KnownKind], str], language: Language) -> str:
    """The list of kinds by standard and version, each with the address of its description."""
    words = HandbookWords(language)
    lines = [words("overview"), ""]
    ordered = sorted(kinds, key=lambda each: (each.kind.standard, each.kind.version, each.kind.root))
    for _, group in groupby(ordered, lambda each: (each.kind.standard, each.kind.version)):
        several = list(group)
        wide = max(len(each.kind.root) for each in several)
        lines += [f"{_standard(several[0], words)}, {_validity(several[0], words)}"]
        for each in several:
            title = each.en if language is Language.EN else each.de
            lines += [f"  {each.kind.root:<{wide}}  {title}", f"  {'':<{wide}}  {address(each)}"]
        lines += [""]
    return _text(lines)


def kind_text(book: Handbook, language: Language) -> str:
    """All that is known about a kind."""
    return _text(_Teller(book, HandbookWords(language)).lines())


class _Teller:
    def __init__(self, book: Handbook, words: HandbookWords) -> None:
        self._book = book
        self._words = words
        self._values = {each.anchor: each for each in book.values}
        self._titles = {each.anchor: each.title for each in book.sections}

    def lines(self) -> Iterator[str]:
        book, words = self._book, self._words
        long = (each for each in book.values if each.total > FEW_VALUES)
        yield from self._head()
        yield from _under(words("header"), self._header())
        yield from _under(words("elements"), self._elements())
        yield from _under(words("conditions"), map(self._condition, book.conditions))
        yield from _under(words("text_types"), chain.from_iterable(map(self._type, book.types)))
        yield from _under(words("value_lists"), chain.from_iterable(map(self._list, long)))
        yield from _under(words("example"), self._example())

    def _head(self) -> Iterator[str]:
        known, words = self._book.known, self._words
        yield self._choose(known.de, known.en)
        yield known.kind.root
        yield ""
        yield _standard(known, words)
        yield _validity(known, words)
        yield f"{words('namespace')}: {known.namespace}"
        yield f"{words('service')}: {known.kind.service}"
        if known.kind.leistung:
            yield f"{words('leistung')}: {known.kind.leistung}"
        size = f"{self._book.max_bytes / 1_000_000:g}"
        yield f"{words('limits')}: {words('limits_said', size=size, depth=self._book.max_depth)}"
        yield from (f"{words('demands')}: {words(each)}" for each in self._book.demands)

    def _header(self) -> Iterator[str]:
        yield from (f"  {self._words(each.fact)}: {each.place}" for each in self._book.header)
        if self._book.test:
            yield f"  {self._words('test')}: {self._book.test}"

    def _elements(self) -> Iterator[str]:
        if not self._book.explained:
            yield self._words("not_explained")
        if self._book.left_out:
            yield self._words("left_out", count=self._book.left_out)
        for section in self._book.sections:
            yield from self._section(section)

    def _condition(self, condition: Condition) -> str:
        effect = self._words("warns" if condition.severity == "warning" else "refuses")
        return f"  {condition.id} ({effect}): {self._choose(condition.de, condition.en)}"

    def _example(self) -> Iterator[str]:
        example = self._book.example
        if example is not None:
            yield self._words("example_valid" if example.is_valid else "example_skeleton")
            yield from ("", *example.text.splitlines())

    def _section(self, section: Section) -> Iterator[str]:
        yield ""
        yield self._words("type", name=section.title) if section.is_type else section.title
        yield from _saying(section.said, "  ")
        names = [self._name(row) for row in section.rows]
        often = [self._words.how_often(row) for row in section.rows]
        name_wide = min(max(map(len, names), default=0), _WIDEST_NAME)
        often_wide = max(map(len, often), default=0)
        margin = " " * (2 + name_wide + 2 + often_wide + 2)
        for row, name, times in zip(section.rows, names, often, strict=True):
            yield f"  {name:<{name_wide}}  {times:<{often_wide}}  {'; '.join(self._content(row))}"
            yield from _saying(row.said, margin)
            for note in row.rules:
                yield from self._rule(note, margin)

    def _name(self, row: Row) -> str:
        sign = "@" if row.form is Form.ATTRIBUTE else ""
        return "  " * row.depth + (f"{sign}{row.name}" if row.name else self._words(row.form.value))

    def _content(self, row: Row) -> Iterator[str]:
        words = self._words
        if row.one_of:
            yield f"{words('one_of')}: {' | '.join(row.one_of)}"
        if not row.name:
            return
        kind = words.code(row.code).rstrip(".") if row.code else words.kind_of(row)
        yield f"{kind} ({row.type_name})" if row.type_name else kind
        for facet in () if row.values else row.facets:
            is_long = facet.kind is FacetKind.PATTERN and len(facet.value) > SHORT_PATTERN
            yield words("form_of_type") if is_long and row.type else self._facet(facet, row)
        if row.fixed is not None:
            yield f"{words('fixed')} {row.fixed}"
        if row.default is not None:
            yield f"{words('default')}: {row.default}"
        if row.values:
            yield self._few(self._values[row.values])
        if row.section:
            yield f"{words('see')} {self._titles[row.section]}"
        if row.variants:
            yield f"{words('variants')}: {', '.join(self._titles[each] for each in row.variants)}"

    def _type(self, told: TextType) -> Iterator[str]:
        yield f"  {told.name}"
        yield from _saying(told.said, "    ")
        values = [self._few(self._values[told.values])] if told.values else []
        facets = (self._facet(each, told) for each in told.facets)
        yield f"    {'; '.join([self._words.kind_of(told), *facets, *values])}"

    def _facet(self, facet: Facet, told: Row | TextType) -> str:
        if facet.kind is FacetKind.PATTERN:
            return f"{self._words('form')}: {facet.value}"
        return self._words.facet(facet, told)

    def _few(self, values: Values) -> str:
        if values.total > FEW_VALUES:
            return f"{self._words('count_values', count=values.total)}: {values.title}"
        said = ((each.value, " ".join(said.text for said in each.said)) for each in values.values)
        return " | ".join(f"{value} ({text})" if text else value for value, text in said)

    def _list(self, values: Values) -> Iterator[str]:
        yield f"  {values.title}"
        wide = min(max(len(each.value) for each in values.values), _WIDEST_NAME)
        for each in values.values:
            yield f"    {each.value:<{wide}}  {' '.join(said.text for said in each.said)}".rstrip()
        if values.total > len(values.values):
            yield f"    {self._words('more_values', count=values.total - len(values.values))}"

    def _rule(self, note: RuleNote, margin: str) -> Iterator[str]:
        words = self._words
        name = words("warning" if note.severity == "warning" else "rule")
        yield f"{margin}{name} {note.rule}" + (f": {note.expected}" if note.expected else "")
        if note.deadline:
            yield f"{margin}{words('deadline', name=note.deadline)}"

    def _choose(self, de: str, en: str) -> str:
        return en if self._words.language is Language.EN else de


def _under(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines under a heading, where there are any."""
    for number, line in enumerate(lines):
        if not number:
            yield from ("", title)
        yield line


def _standard(known: KnownKind, words: HandbookWords) -> str:
    title = known.standard_en if words.language is Language.EN else known.standard_de
    return f"{title} ({known.kind.standard}), {words('version')} {known.kind.version}"


def _validity(known: KnownKind, words: HandbookWords) -> str:
    until = f" {words('until', day=known.valid_until)}" if known.valid_until else ""
    return f"{words('valid')}: {words('from', day=known.valid_from)}{until}"


def _saying(said: Sequence[Said], margin: str) -> Iterator[str]:
    for each in said:
        yield from (margin + line for line in wrap(" ".join(each.text.split()), _WIDTH))


def _text(lines: Iterator[str] | Sequence[str]) -> str:
    """Whatever a schema says, no sign of it means anything to a terminal."""
    shown = ("".join(each if each.isprintable() else " " for each in line).rstrip() for line in lines)
    return "\n".join(shown).rstrip() + "\n"
