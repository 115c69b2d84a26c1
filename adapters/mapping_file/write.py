"""Write: a message put into the fields of a system by the rules of a mapping file. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from adapters.dispatch import Dispatch, Form, Outline, Paper, Part
from adapters.mapping import Payload, Value, art_of
from adapters.mapping_file.document import document_of
from adapters.mapping_file.model import Fact, KindMapping, MappingFile, OwnDocument, Rule, is_relative, split
from adapters.mapping_file.values import Scalar, WrongForm, convert, rewritten_date
from gateway.core.document import Element
from gateway.core.mapped import Place
from gateway.core.outcome import Cause, Rejected
from gateway.core.ports import Consignment


def form_of(mapping: MappingFile) -> Form:
    """The form that puts messages into words by a mapping file."""
    makes = {Part.FIELDS}
    if mapping.document is not None:
        makes.add(Part.DOCUMENT)
    if all(kind.operation for kind in mapping.kinds):
        makes.add(Part.OPERATION)
    outlines = tuple(
        Outline(
            ("kinds", index),
            kind.operation,
            dict(_targets(kind.fields, "", ("kinds", index, "fields"))),
        )
        for index, kind in enumerate(mapping.kinds)
    )
    return Form(lambda consignment: _dispatch(mapping, consignment), frozenset(makes), outlines)


class NotMapped(Exception):  # it is the reason of an outcome
    """A message can't be put into words by its rules; it names the field, and no value."""

    def __init__(self, code: str, target: str, detail: str) -> None:
        super().__init__(code)
        self.outcome = Rejected(Cause(code, f"{target}: {detail}"))


def missing(target: str) -> NotMapped:
    """A field that the system needs has nothing in the message."""
    return NotMapped("mapping-missing", target, "The message has nothing for a required field.")


def unknown_code(target: str) -> NotMapped:
    """A value has no translation."""
    return NotMapped("mapping-unknown-code", target, "The message holds a code without a translation.")


def wrong_form(target: str) -> NotMapped:
    """A value is no number, date, truth value or base64, though a rule takes it for one."""
    return NotMapped("mapping-wrong-form", target, "The message holds something else than the rule expects.")


def kind_for(mapping: MappingFile, root: str, version: str) -> KindMapping | None:
    """The rules for a kind of message: those of its version, else those of any."""
    found = {each.version: each for each in mapping.kinds if each.root == root}
    return found.get(version) or found.get(None)


def _targets(fields: Mapping[str, Rule], above: str, place: Place) -> Iterator[tuple[str, Place]]:
    for target, rule in fields.items():
        if rule.fields is None:
            yield above + target, (*place, target)
        else:
            yield from _targets(rule.fields, f"{above}{target}/", (*place, target, "fields"))


def _dispatch(mapping: MappingFile, consignment: Consignment) -> Dispatch | Rejected | None:
    message, root = consignment.message, consignment.document.root
    kind = kind_for(mapping, message.kind.root, message.kind.version)
    if kind is None:
        return None
    try:
        fields = _Writer(mapping, consignment).fields(kind.fields, root)
    except NotMapped as reason:
        return reason.outcome
    return Dispatch(
        consignment.delivery,
        message,
        kind.name or art_of(consignment).replace("/", "-"),
        fields=fields,
        document=_paper(mapping, kind, fields, consignment),
        operation=kind.operation,
    )


def _paper(
    mapping: MappingFile, kind: KindMapping, fields: Payload, consignment: Consignment
) -> Paper | None:
    match mapping.document:
        case None:
            return None
        case OwnDocument(element=element, namespace=namespace):
            content = document_of(fields, kind.element or element, namespace)
        case _:
            content = consignment.message.content
    return Paper(content, "application/xml", "xml")


class _Writer:
    """Applies the rules of one file to one message."""

    def __init__(self, mapping: MappingFile, consignment: Consignment) -> None:
        self._codes = mapping.codes
        self._facts = _facts(consignment)
        self._root = consignment.document.root

    def fields(self, rules: Mapping[str, Rule], element: Element, above: str = "") -> Payload:
        """The fields that there are, in the order of their rules."""
        written: Payload = {}
        for target, rule in rules.items():
            value = self._value(rule, element, above + target)
            if value is not None:
                _put(written, target.split("/"), value)
            elif rule.required:
                raise missing(above + target)
        return written

    def _value(self, rule: Rule, element: Element, target: str) -> Value:
        if rule.each is not None:
            assert rule.fields is not None
            rows = _elements(rule.each, element, self._root)
            return [self.fields(rule.fields, row, f"{target}/") for row in rows] or None
        if rule.value is not None:
            return rule.value
        if rule.fact is not None:
            fact = self._facts[rule.fact]
            return self._converted(rule, fact, target) if isinstance(fact, str) else fact
        assert rule.path is not None
        found = _texts(rule.path, element, self._root)
        if rule.join is not None:
            return rule.join.join(found) if found else rule.default
        values = [self._converted(rule, text, target) for text in (found if rule.list else found[:1])]
        if rule.list:
            return cast("list[Value]", values) or None
        return values[0] if values else rule.default

    def _converted(self, rule: Rule, text: str, target: str) -> Scalar:
        codes = self._codes[rule.codes] if isinstance(rule.codes, str) else rule.codes
        if codes is not None:
            translated = codes.get(text, codes.get("*"))
            if translated is None:
                raise unknown_code(target)
            text = translated
        try:
            if rule.date is not None:
                return rewritten_date(text, rule.date, rule.written)
            return convert(text, rule.type)
        except WrongForm:
            raise wrong_form(target) from None


def _facts(consignment: Consignment) -> Mapping[Fact, str | bool | bytes]:
    message = consignment.message
    kopf = message.kopf
    return {
        "delivery": consignment.delivery,
        "message": message.id,
        "uuid": kopf.nachrichten_uuid,
        "kind": message.kind.root,
        "version": message.kind.version,
        "service": message.kind.service,
        "tenant": message.tenant,
        "ags": kopf.leser.schluessel,
        "leser": kopf.leser.kennung,
        "autor": kopf.autor.kennung,
        "created": kopf.erstellungszeitpunkt,
        "test": kopf.test,
        "document": message.content,
    }


def _elements(path: str, element: Element, root: Element) -> Sequence[Element]:
    inside, _ = split(path)
    return (element if is_relative(path) else root).all(inside)


def _texts(paths: Iterable[str], element: Element, root: Element) -> list[str]:
    """The texts at the first of the paths where there are any."""
    for path in paths:
        _, attribute = split(path)
        texts = [
            each.text() if attribute is None else each.attribute(attribute)
            for each in _elements(path, element, root)
        ]
        found = [text for text in texts if text]
        if found:
            return found
    return []


def _put(fields: Payload, steps: list[str], value: Value) -> None:
    for step in steps[:-1]:
        inner = fields.setdefault(step, {})
        assert isinstance(inner, dict)
        fields = inner
    fields[steps[-1]] = value
