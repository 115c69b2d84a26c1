"""What is wrong with a destination's settings is told by its place, in German and English."""

from dataclasses import replace
from pathlib import Path

from adapters import catalogue
from tests.unit.adapters.builders import a_destination


def told(**settings: object) -> list[tuple[str, str]]:
    destination = replace(a_destination("finance", **settings), transport="rest")
    return [(fault.de, fault.en) for fault in catalogue.faults(destination, Path())]


def test_a_missing_setting_and_an_unknown_one_are_told_apart() -> None:
    assert told(colour="red") == [
        (
            "settings.url: diese Angabe fehlt (Transport rest)",
            "settings.url: this setting is missing (transport rest)",
        ),
        (
            "settings.colour: diesen Namen gibt es hier nicht (Transport rest)",
            "settings.colour: there is no such setting (transport rest)",
        ),
    ]


def test_a_value_that_can_not_be_is_told_without_the_value() -> None:
    ((de, en),) = told(url="kein-geheimer-ort")
    assert de.startswith("settings.url: unzulässiger Wert (")
    assert en.startswith("settings.url: ")
    assert "geheim" not in de + en
