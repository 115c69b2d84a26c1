"""The page for those on duty names every metric, log event, state and exit code that there is."""

import ast

import pytest
from prometheus_client.metrics import MetricWrapperBase

from gateway.cli.output import Exit
from gateway.core.status import DeliveryState
from gateway.telemetry.metrics import Metrics
from tests.unit.docs.pages import ROOT, names, page, rows, section

PAGE = page("operations.md")
SOURCES = [
    file
    for folder in ("gateway", "queues", "adapters", "schemas")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if "sandbox" not in file.relative_to(ROOT).parts
]


def test_every_metric_is_described_with_its_labels() -> None:
    described = {names(cells[0])[0]: set(names(cells[1])) for cells in rows(section(PAGE, "Metrics"))}

    collectors = [each for each in vars(Metrics()).values() if isinstance(each, MetricWrapperBase)]
    assert described == {scraped(each): set(each._labelnames) for each in collectors}


def test_every_log_event_is_described_with_its_fields() -> None:
    described = {
        name: set(names(cells[1])) for cells in rows(section(PAGE, "Logs")) for name in names(cells[0])
    }
    logged = events()

    assert described.keys() == logged.keys()
    assert {
        name: fields - described[name] for name, fields in logged.items() if fields - described[name]
    } == {}


@pytest.mark.parametrize("state", list(DeliveryState))
def test_every_state_says_what_to_do(state: DeliveryState) -> None:
    described = [names(cells[0]) for cells in rows(section(PAGE, "What waits for a person"))]
    assert [state] in described


def test_every_exit_code_is_described() -> None:
    (line,) = (line for line in PAGE.splitlines() if line.startswith("Exit codes"))
    used = {value for name, value in vars(Exit).items() if name.isupper()}
    assert {int(word) for word in line.replace(":", " ").split() if word.isdigit()} == used


def scraped(collector: MetricWrapperBase) -> str:
    """The name under which Prometheus sees it."""
    (metric,) = collector.describe()
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def events() -> dict[str, set[str]]:
    """Every event that the program logs, with the fields that are written out at the place."""
    found: dict[str, set[str]] = {}
    for source in SOURCES:
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            match call:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id="log")), args=[ast.Constant(value=str(event))]
                ):
                    fields = {keyword.arg for keyword in call.keywords if keyword.arg is not None}
                    found.setdefault(event, set()).update(fields)
    return found
