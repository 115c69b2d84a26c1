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


def of_a_batch(folder: Path, *, idempotent: bool = True, **settings: object) -> list[tuple[str, str]]:
    (folder / "layout.toml").write_text(
        'form = "csv"\nrecords = [{ columns = [{ name = "id", source = "@delivery" }] }]\n'
    )
    said = {"layout": "layout.toml", "folder": "kasse", **settings}
    destination = replace(a_destination("finance", **said), transport="batch", idempotent=idempotent)
    return [(fault.de, fault.en) for fault in catalogue.faults(destination, folder)]


def test_a_batch_recognises_repetitions_by_itself_and_has_to_say_so(tmp_path: Path) -> None:
    assert of_a_batch(tmp_path) == []
    ((de, en),) = of_a_batch(tmp_path, idempotent=False)
    assert "idempotent = true gehört dazu" in de
    assert "it needs idempotent = true" in en


def test_who_sends_no_receipts_has_no_return_folder(tmp_path: Path) -> None:
    assert of_a_batch(tmp_path, confirms=False) == []
    assert of_a_batch(tmp_path, answers_folder="quittungen") == []
    ((_, en),) = of_a_batch(tmp_path, confirms=False, answers_folder="quittungen")
    assert "who does not confirm has no answers_folder" in en
