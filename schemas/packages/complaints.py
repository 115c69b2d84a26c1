"""Complaints: what the validators say against a schema, told in the words and files of the package."""

import re
from collections.abc import Collection, Mapping
from pathlib import Path

import xmlschema

from gateway.core.errors import ConfigurationInvalid, Problem
from schemas.closure import SchemaFiles, XsdVersion
from schemas.packages.faults import PackageIncomplete, PackageRefused, fault
from schemas.paths import shorten

_UNRESOLVED = re.compile(r"'\{([^}]*)\}([^']*)' does not resolve")
_TWICE = re.compile(r"'(?:\{[^}]*\})?([^'{}]+)' does already exist")
_LONGEST = 300


def retold(
    error: ConfigurationInvalid, folder: Path, origins: Mapping[str, str], namespaces: Collection[str | None]
) -> PackageRefused:
    """What libxml2 found in the bundle in `folder`. `origins`: the file of the package for each one of the
    bundle; `namespaces`: those that the package describes.
    """
    problems: list[Problem] = []
    incomplete = False
    for problem in error.problems:
        place = _place(problem.file, folder, origins)
        unresolved, twice = _UNRESOLVED.search(problem.en), _TWICE.search(problem.en)
        if unresolved and unresolved[1] not in namespaces:
            incomplete = True
            de = f"Kein Schema im Paket beschreibt den Namensraum {unresolved[1]}, aus dem „{unresolved[2]}“ kommt"
            en = f"no schema in the package describes the namespace {unresolved[1]} of {unresolved[2]!r}"
        elif unresolved:
            de = f"„{unresolved[2]}“ ({unresolved[1]}) wird gebraucht und ist nirgends beschrieben"
            en = f"{unresolved[2]!r} ({unresolved[1]}) is needed and described nowhere"
        elif twice:
            de = f"„{twice[1]}“ ist zweimal beschrieben; wählen Sie mit --entry aus, womit das Paket beginnt"
            en = f"{twice[1]!r} is described twice; choose with --entry where the package begins"
        else:
            said = shorten(problem.en.partition("does not compile: ")[2] or problem.en, _LONGEST)
            de = f"Das Schema ist fehlerhaft, das kann nur der Herausgeber beheben. libxml2 sagt: {said}"
            en = f"the schema is faulty, and only its publisher can mend it. libxml2 says: {said}"
        problems.append(fault(place, de, en, problem.line))
    refusal = PackageIncomplete if incomplete else PackageRefused
    return refusal(*dict.fromkeys(problems))


def second_opinion(files: SchemaFiles, xsd: XsdVersion) -> PackageRefused:
    """Why xmlschema does not take a schema."""
    said = ""
    form = xmlschema.XMLSchema11 if xsd == "1.1" else xmlschema.XMLSchema10
    try:
        form(files.driver().decode(), base_url=files.base_url, allow="local", defuse="always")
    except xmlschema.XMLSchemaException as error:
        said = shorten(" ".join((getattr(error, "message", None) or str(error)).split()), _LONGEST)
    return PackageRefused(
        fault(
            "*.xsd",
            f"Der zweite Prüfer (xmlschema) nimmt das Schema nicht; fragen Sie den Herausgeber. Er sagt: {said}",
            f"the second validator (xmlschema) refuses the schema; ask its publisher. It says: {said}",
        )
    )


def _place(file: str, folder: Path, origins: Mapping[str, str]) -> str:
    path = Path(file)
    if not path.is_relative_to(folder.resolve()):
        return "*.xsd"
    name = path.relative_to(folder.resolve()).as_posix()
    return origins.get(name, name)
