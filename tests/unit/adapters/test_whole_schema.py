"""Whatever the schema of an area allows is mapped, not only what its samples happen to hold."""

import itertools
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from xmlschema.validators import XsdComplexType, XsdElement, XsdGroup

from gateway.core.ports import Consignment
from tests.unit.adapters.builders import BUNDLES, SERVICES, a_consignment, dispatch_of


def in_form(consignment: Consignment) -> list[str]:
    form = dispatch_of("trade", consignment)
    assert form
    return [feld.text or "" for feld in ET.fromstring(form.paper().content).iter("feld")]


def in_fields(area: str) -> Callable[[Consignment], list[str]]:
    def read(consignment: Consignment) -> list[str]:
        dispatch = dispatch_of(area, consignment)
        assert dispatch
        return list(scalars(dispatch.fields))

    return read


def scalars(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from scalars(item)
    elif isinstance(value, bytes):
        yield b64encode(value).decode()
    else:
        yield str(value)


SCHEMAS: dict[str, tuple[str, Callable[[Consignment], list[str]]]] = {
    "trade": ("ab-gewerbe/1.0/gewerbe.xsd", in_form),
    "real-estate": ("ab-liegenschaften/1.0/liegenschaften.xsd", in_fields("real-estate")),
    "finance": ("ab-finanzen/1.0/finanzen.xsd", in_fields("finance")),
    "registration 1.0": ("ab-meldewesen/1.0/meldewesen.xsd", in_fields("registration")),
    "registration 1.1": ("ab-meldewesen/1.1/meldewesen.xsd", in_fields("registration")),
}

VARIANTS = range(54)
"""Enough to take each branch of the widest choice, which has ten, and those of the choices inside it."""


@dataclass
class Writer:
    """Writes a message with every element, repeated where it may be, and with another number in each; of twenty
    digits, which is also base64.

    Truth values can't be told apart and are left to the golden files.
    """

    variant: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(10**19))
    written: list[str] = field(default_factory=list)

    def element(self, declared: XsdElement, choices: int = 0) -> ET.Element:
        element = ET.Element(declared.local_name)
        kind = declared.type
        if isinstance(kind, XsdComplexType) and isinstance(kind.content, XsdGroup):
            element.extend(self.children(kind.content, choices))
        elif kind.root_type.local_name == "boolean":
            element.text = "true"
        else:
            element.text = str(next(self.numbers))
            self.written.append(element.text)
        return element

    def children(self, group: XsdGroup, choices: int) -> Iterator[ET.Element]:
        particles = list(group)
        if group.model == "choice":
            particles = [particles[self.variant // 3**choices % len(particles)]]
            choices += 1
        is_code = any(isinstance(each, XsdElement) and each.local_name == "code" for each in particles)
        left_out = {"nachrichtenkopf.g2g", "name"} if is_code else {"nachrichtenkopf.g2g"}
        for particle in particles:
            for _ in range(1 if particle.max_occurs == 1 else 2):
                if isinstance(particle, XsdGroup):
                    yield from self.children(particle, choices)
                elif isinstance(particle, XsdElement) and particle.local_name not in left_out:
                    yield self.element(particle, choices)


@pytest.mark.parametrize("area", SCHEMAS)
def test_every_element_of_the_schema_is_mapped(area: str) -> None:
    entry, read = SCHEMAS[area]
    schema = xmlschema.XMLSchema(BUNDLES / entry)
    assert list(schema.elements)
    for root, variant in itertools.product(schema.elements, VARIANTS):
        writer = Writer(variant)
        written = writer.element(schema.elements[root])
        written.set("version", entry.split("/")[1])
        message = ET.tostring(written)
        assert len(writer.written) > 20
        assert set(writer.written) - set(read(a_consignment(message, SERVICES[root]))) == set()
