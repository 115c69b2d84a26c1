"""Cases: what the sandbox does wrong, each as the rule that it is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from gateway.sandbox.faults import ANSWERS, FOLDER, RECEIPT, Fault, When
from gateway.sandbox.systems import FOLDERS, HTTP, Way
from tests.matrix.line import Line

QUIET = "nothing goes wrong"


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong, and how often: by default with the first arrival of each delivery."""

    name: str
    fault: Fault | None = None
    rule: Mapping[str, object] = field(default_factory=dict)
    in_short: bool = False
    """Belongs to the selection that every run of the tests takes."""

    @property
    def lasts(self) -> bool:
        """The folder stays as it is until the case is over."""
        return self.fault in FOLDER and "seconds" not in self.rule

    def why_not(self, line: Line) -> str | None:
        """Why nothing of the kind can happen to this line; None where it can."""
        return next(
            (why for faults, can_not, why in _WHY_NOT if self.fault in faults and can_not(line)), None
        )

    def told(self, line: Line) -> dict[str, object] | None:
        """The rule as the sandbox takes it; None where nothing goes wrong."""
        if self.fault is None:
            return None
        system, way, match = line.matched
        rule: dict[str, object] = {"system": system, "way": way, "match": match, "fault": self.fault}
        if self.fault not in FOLDER:
            rule |= {"per": "delivery", "times": 1, **self.rule}
        if self.fault is Fault.STALL and way not in HTTP:
            # Nobody waits for an answer there: it is the system that stands still, with all that comes after.
            rule["seconds"] = 2
        return {**self.rule, **rule}


_NO_HTTP = "nobody answers over HTTP"
_WHY_NOT: Sequence[tuple[frozenset[Fault], Callable[[Line], bool], str]] = (
    (ANSWERS, lambda line: line.way is Way.PICKUP, f"the system fetches: {_NO_HTTP}"),
    (ANSWERS, lambda line: line.way not in HTTP, f"files are laid down: {_NO_HTTP}"),
    (FOLDER, lambda line: line.way not in FOLDERS, "there is no folder in between"),
    (
        RECEIPT,
        lambda line: line.way in {Way.SOAP, Way.REST},
        "the answer confirms, or the system when it is asked: no receipt follows",
    ),
    (RECEIPT, lambda line: line.silent, "the system sends no receipts"),
    (
        frozenset({Fault.REFUSE}),
        lambda line: line.silent,
        "a system that sends no receipts can't refuse: it settles with its people what it has been given",
    ),
    (
        frozenset({Fault.FORGET}),
        lambda line: not line.recognises,
        "this system forgets in every other row too",
    ),
)


def _moments(name: str, fault: Fault, **rule: object) -> list[Case]:
    return [
        Case(
            f"{name} {when} the work" if when is not When.DURING else f"{name} in the middle",
            fault,
            rule | {"when": when},
        )
        for when in When
    ]


def _answers() -> list[Case]:
    statuses = [401, 403, 404, 409, 429]
    return [
        *(Case(f"HTTP {status}", Fault.STATUS, {"status": status}) for status in statuses),
        Case("HTTP 500, nothing done", Fault.ERROR_500),
        Case("HTTP 500, all done", Fault.ERROR_500, {"when": "after"}, in_short=True),
        Case("HTTP 503, seconds to wait", Fault.UNAVAILABLE_503, {"seconds": 1}),
        Case("HTTP 503, a date to wait for", Fault.UNAVAILABLE_503, {"seconds": 1, "retry_after": "date"}),
        Case("HTTP 503 for ever", Fault.UNAVAILABLE_503, {"seconds": 1, "times": 0}),
        Case("an error under HTTP 200", Fault.ERROR_IN_200, in_short=True),
        Case("no receipt under HTTP 200", Fault.NO_RECEIPT, {"when": "after"}),
        Case("HTML of a proxy, HTTP 502", Fault.HTML),
        Case("HTML of a proxy, HTTP 200", Fault.HTML, {"status": 200}, in_short=True),
        Case("wrong content type", Fault.WRONG_TYPE),
        Case("redirect", Fault.REDIRECT),
        Case("answer larger than allowed", Fault.TOO_LARGE),
    ]


CASES: Sequence[Case] = (
    Case(QUIET, in_short=True),
    Case("slow", Fault.DELAY, {"seconds": 0.5}),
    *_moments("cut", Fault.CUT),
    *_moments("stall", Fault.STALL, seconds=30),
    *_answers(),
    Case("refused for good", Fault.REFUSE, in_short=True),
    Case("forgets what it has", Fault.FORGET, {"times": 0}),
    Case("receipt twice", Fault.RECEIPT_TWICE),
    Case("receipt late", Fault.RECEIPT_LATE, {"seconds": 2}),
    Case("receipt never", Fault.RECEIPT_NEVER),
    Case("folder full", Fault.FOLDER_FULL, {"seconds": 3}, in_short=True),
    Case("folder not writable", Fault.FOLDER_NOT_WRITABLE, {"seconds": 3}),
    Case("folder not writable for ever", Fault.FOLDER_NOT_WRITABLE),
)
