"""Whatever the schema of an area allows is mapped, not only what its samples happen to hold."""

import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import pytest
import xmlschema
from xmlschema.validators import XsdComplexType, XsdElement, XsdGroup

from adapters.finance.mapping import vorgang
from adapters.real_estate.mapping import parcel
from adapters.trade.mapping import drop
from gateway.core.ports import Consignment
from tests.unit.adapters.builders import BUNDLES, SERVICES, a_consignment


def in_form(consignment: Consignment) -> list[str]:
    dropped = drop(consignment)
    assert dropped
    return [feld.text or "" for feld in ET.fromstring(dropped.payload).iter("feld")]


def in_parcel(consignment: Consignment) -> list[str]:
    laid_out = parcel(consignment)
    assert laid_out
    return list(scalars(json.loads(laid_out.body)))


def in_vorgang(consignment: Consignment) -> list[str]:
    return list(scalars(vorgang(consignment)))


def scalars(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from scalars(item)
    else:
        yield str(value)


SCHEMAS: dict[str, tuple[str, Callable[[Consignment], list[str]]]] = {
    "trade": ("ab-gewerbe/1.0/gewerbe.xsd", in_form),
    "real-estate": ("ab-liegenschaften/1.0/liegenschaften.xsd", in_parcel),
    "finance": ("ab-finanzen/1.0/finanzen.xsd", in_vorgang),
}

VARIANTS = range(27)
"""Enough to take each branch of a choice of three, inside each branch of two choices around it."""


@dataclass
class Writer:
    """Writes a message with every element, repeated where it may be, and with another number in each.

    Truth values can't be told apart and are left to the golden files.
    """

    variant: int
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(10**17))
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
    roots = [root for root, service in SERVICES.items() if service.startswith(f"{area}/")]
    assert roots
    for root, variant in itertools.product(roots, VARIANTS):
        writer = Writer(variant)
        message = ET.tostring(writer.element(schema.elements[root]))
        assert len(writer.written) > 20
        assert set(writer.written) - set(read(a_consignment(message, SERVICES[root]))) == set()
