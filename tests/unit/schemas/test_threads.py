"""One library, many threads: each document gets its own findings and nobody else's."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

from tests.unit.schemas.builders import PERSON, a_library, a_message, a_person

FAULTS = {
    "vorname": PERSON.replace("Lena", ""),
    "familienname": PERSON.replace("Nowak", "1"),
    "geschlecht": PERSON.replace(">w<", ">x<"),
    "hunde": PERSON + "<hunde>99</hunde>",
}


def test_findings_are_not_mixed_up() -> None:
    library = a_library()
    cases = [
        (name, a_message(a_person() * copies + a_person(body)))
        for name, body in FAULTS.items()
        for copies in (0, 20)
    ]
    cases += [("", a_message(a_person() * copies)) for copies in (1, 30, 400)]

    def run(number: int) -> bool:
        name, content = cases[number % len(cases)]
        refusals = library.check(library.open(content), date(2026, 6, 1)).refusals
        found = [finding.path.rpartition("/")[2] for refusal in refusals for finding in refusal.findings]
        return found == ([name] if name else [])

    with ThreadPoolExecutor(max_workers=8) as pool:
        assert all(pool.map(run, range(600)))
