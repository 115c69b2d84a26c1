"""Bundles: versions of standards that begin or end soon."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from gateway.doctor.symptom import Area, Gravity, Symptom
from schemas.bundle import Bundle

BEGINS_WITHIN = timedelta(days=30)
ENDS_WITHIN = timedelta(days=60)


def bundles(found: Iterable[Bundle], on: date) -> Iterator[Symptom]:
    """Which versions are in force, and which of them not for long any more."""
    in_force = 0
    for bundle in found:
        spec = bundle.spec
        facts = {"standard": spec.standard, "version": spec.version}
        in_force += bundle.valid_on(on)
        if on < spec.valid_from <= on + BEGINS_WITHIN:
            yield Symptom(Area.SCHEMAS, "version-begins", facts={**facts, "at": spec.valid_from.isoformat()})
        if spec.valid_until is not None and on <= spec.valid_until <= on + ENDS_WITHIN:
            facts |= {"at": spec.valid_until.isoformat()}
            yield Symptom(Area.SCHEMAS, "version-ends", Gravity.LOOK, facts)
    yield Symptom(Area.SCHEMAS, "schemas-fine", facts={"number": str(in_force)})
