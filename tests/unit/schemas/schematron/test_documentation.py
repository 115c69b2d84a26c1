"""The example in the documentation is a schema that does what it says."""

import re
from pathlib import Path

from schemas.schematron.workers import Workers
from tests.unit.schemas.schematron.builders import compiled, findings

PAGE = (Path(__file__).parents[4] / "docs" / "schemas-rules.md").read_text(encoding="utf-8")


def test_the_example(tmp_path: Path) -> None:
    (example,) = re.findall(r"```xml\n(.*?)```", PAGE, re.DOTALL)
    stylesheet = compiled(tmp_path, example)
    person = "<person><geburtsdatum>{}</geburtsdatum><doktorgrad>{}</doktorgrad></person>"
    document = f"<x>{person.format('2026-07-01', 'Dr.')}{person.format('2026-07-02', 'Prof.')}</x>"
    birth, degree = findings(stylesheet, document, Workers())
    assert (degree.rule, degree.path) == ("schematron:doktorgrad-kurz", "/x/person[2]")
    assert degree.en == "'doktorgrad' does not hold a doctorate."
    assert (birth.path, birth.de) == ("/x/person[2]/geburtsdatum", "Das Geburtsdatum liegt in der Zukunft.")
