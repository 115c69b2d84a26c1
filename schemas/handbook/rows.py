"""Rows: a plan filled with what the schema, the code lists and the rules of the bundle say at each place."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Literal

from xmlschema.validators import (
    XsdAnyAttribute,
    XsdAnyElement,
    XsdAttribute,
    XsdComplexType,
    XsdElement,
    XsdSimpleType,
)

from gateway.core.handbook import CodeUse, Content, Form, Row, Said, Section, TextType, Value, Values
from schemas.genericode import CodeList
from schemas.handbook import words
from schemas.handbook.notes import Notes
from schemas.handbook.plan import Inside, Place, Plan, unique
from schemas.lists import names_of
from schemas.paths import shorten
from schemas.scrutiny import Material

MOST_PLACES = 5
"""Paths at which a type occurs that are named."""
MOST_VALUES_IN_ALL = 20_000
"""Values in all lists of one handbook; beyond that, the first `FEW_VALUES` of each list."""
FEW_VALUES = 20


class Rows:
    """Fills one plan. Collects on the way the lists of values that the rows refer to."""

    def __init__(self, plan: Plan, material: Material) -> None:
        self._plan = plan
        self._root = plan.sections[0]
        self._material = material
        self._notes = Notes(material.rules, self._root, str(plan.root.local_name))
        self._values: dict[tuple[Value, ...], Values] = {}
        self._values_left = MOST_VALUES_IN_ALL
        self._names_of: dict[tuple[str, str], Mapping[str, str]] = {}
        self._types: dict[int, TextType] = {}
        self._type_names: dict[str, int] = {}
        self._paths: dict[int, str] = {id(self._root): f"/{plan.root.local_name}"}

    def sections(self) -> tuple[Section, ...]:
        """Every section with its rows."""
        return tuple(self._section(inside) for inside in self._plan.sections)

    @property
    def values(self) -> tuple[Values, ...]:
        """The lists of values that the sections refer to, once these are made."""
        return tuple(self._values.values())

    @property
    def types(self) -> tuple[TextType, ...]:
        """The named types of text that the sections refer to, once these are made, by name."""
        return tuple(sorted(self._types.values(), key=lambda each: each.anchor.casefold()))

    def _section(self, inside: Inside) -> Section:
        rows = tuple(self._row(place) for place in self._listed(inside))
        if inside is self._root:
            root = self._plan.root
            said = words.said_of(root, root.type)
            return Section(inside.anchor, str(root.local_name), is_type=False, said=said, rows=rows)
        name = words.type_name(inside.declared) if self._plan.by_type else ""
        if name:
            places = tuple(map(self._path, inside.found[:MOST_PLACES]))
            said = words.said_of(inside.declared)
            return Section(inside.anchor, name, is_type=True, said=said, rows=rows, places=places)
        place = inside.found[0]
        return Section(inside.anchor, self._path(place), is_type=False, said=_said(place), rows=rows)

    def _listed(self, inside: Inside) -> Iterator[Place]:
        for place in inside.places:
            yield place
            if place.inside is not None and not self._plan.by_type and inside is not self._root:
                yield from self._listed(place.inside)

    def _path(self, place: Place) -> str:
        """The shortest path to an element."""
        owner = place.owner
        if id(owner) not in self._paths:
            self._paths[id(owner)] = self._path(owner.found[0])
        return f"{self._paths[id(owner)]}/{place.particle.name}"

    def _row(self, place: Place) -> Row:
        particle = place.particle
        component = particle.component
        is_section = self._plan.by_type or place.owner is self._root
        row = Row(
            anchor=place.anchor,
            name=particle.name.lstrip("@*"),
            form=_form(place),
            depth=place.depth,
            least=particle.least,
            most=particle.most,
            one_of=particle.one_of,
            content=Content.ANYTHING,
            type_name="",
            said=_said(place),
            section=place.inside.anchor if place.inside is not None and is_section else None,
            variants=tuple(each.anchor for each in place.variants),
        )
        if isinstance(component, XsdElement | XsdAttribute):
            row = self._typed(row, component)
        notes = self._notes.at(place, is_code=row.content is Content.CODE)
        return replace(row, rules=tuple(notes))

    def _typed(self, row: Row, component: XsdElement | XsdAttribute) -> Row:
        declared, text = component.type, words.text_type(component.type)
        name = words.type_name(declared)
        row = replace(
            row,
            content=words.content_of(declared),
            type_name=name,
            fixed=_shortly(component.fixed),
            default=_shortly(component.default),
            facets=words.asserted_of(declared),
        )
        if text is None:
            return row
        code, values = None, words.values_of(text)
        if row.content is Content.CODE and isinstance(declared, XsdComplexType):
            code = self._code(declared, in_schema=bool(values[1]))
            values = values if values[1] else self._installed(code)
        return replace(
            row,
            type=self._type(declared) if isinstance(declared, XsdSimpleType) and name else None,
            base=words.bases_of(text),
            is_list=words.is_list(text),
            facets=row.facets + words.facets_of(text),
            values=self._list(name or row.name, *values),
            code=code,
        )

    def _type(self, declared: XsdSimpleType) -> str:
        if id(declared) not in self._types:
            name = words.type_name(declared)
            self._types[id(declared)] = TextType(
                anchor=f"types/{unique(name, self._type_names)}",
                name=name,
                said=words.said_of(declared),
                base=words.bases_of(declared),
                is_list=words.is_list(declared),
                facets=words.facets_of(declared),
                values=self._list(name, *words.values_of(declared)),
            )
        return self._types[id(declared)].anchor

    def _code(self, declared: XsdComplexType, *, in_schema: bool) -> CodeUse:
        fixed = {
            name: str(attribute.fixed)
            for name in ("listURI", "listVersionID")
            if (attribute := declared.attributes.get(name)) is not None and attribute.fixed is not None
        }
        uri, version = fixed.get("listURI"), fixed.get("listVersionID")
        kind: Literal[1, 2, 3, 4]
        match uri, version:
            case None, _:
                kind = 4
            case _, None:
                kind = 3
            case _:
                kind = 1 if in_schema else 2
        return CodeUse(kind, uri, version, tuple(self._material.versions(uri or "")))

    def _installed(self, code: CodeUse) -> tuple[tuple[Value, ...], int]:
        """The codes of the list that is installed here: of the fixed version, else of the last one."""
        wanted = code.version if code.version is not None else (code.held[-1] if code.held else None)
        codes = self._material.versions(code.uri or "").get(wanted or "")
        if codes is not None:
            shown, names = sorted(codes.codes)[: words.MOST_VALUES], self._names(codes)
            return tuple(_named(each, names.get(each)) for each in shown), len(codes.codes)
        return (), 0

    def _names(self, codes: CodeList) -> Mapping[str, str]:
        key = codes.uri, codes.version
        if key not in self._names_of:
            self._names_of[key] = names_of(codes)
        return self._names_of[key]

    def _list(self, title: str, values: tuple[Value, ...], total: int) -> str | None:
        if not total:
            return None
        if values not in self._values:
            anchor = f"values/{len(self._values) + 1}"
            shown = values[: max(self._values_left, FEW_VALUES)]
            self._values_left -= len(shown)
            self._values[values] = Values(anchor, title, shown, total)
        return self._values[values].anchor


def _named(code: str, name: str | None) -> Value:
    said = (Said(shorten(name, words.LONGEST_VALUE)),) if name is not None else ()
    return Value(shorten(code, words.LONGEST_VALUE), said)


def _said(place: Place) -> tuple[Said, ...]:
    component = place.particle.component
    if isinstance(component, XsdElement | XsdAttribute):
        declared = component.type
        told_as_type = isinstance(declared, XsdSimpleType) or not words.type_name(declared)
        return words.said_of(component, component.ref, None if told_as_type else declared)
    return words.said_of(component)


def _form(place: Place) -> Form:
    match place.particle.component:
        case XsdAttribute():
            return Form.ATTRIBUTE
        case XsdAnyElement():
            return Form.ANY_ELEMENT
        case XsdAnyAttribute():
            return Form.ANY_ATTRIBUTE
        case _:
            return Form.ELEMENT


def _shortly(text: str | None) -> str | None:
    return None if text is None else shorten(text, words.LONGEST_VALUE)
