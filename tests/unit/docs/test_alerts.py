"""Alerts and dashboard speak of metrics that exist, with labels that they have, and every alert has its runbook."""

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from gateway.telemetry.metrics import Metrics
from tests.unit.docs.pages import ROOT, page, section

GROUPS = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
DASHBOARD = json.loads((ROOT / "deploy/grafana/amtsbote.json").read_text(encoding="utf-8"))
PANELS: list[dict[str, Any]] = [each for each in DASHBOARD["panels"] if each["type"] != "row"]
EXPRESSIONS = [(rule["alert"], rule["expr"]) for rule in RULES] + [
    (panel["title"], target["expr"]) for panel in PANELS for target in panel["targets"]
]
GIVEN_BY_PROMETHEUS = {"instance", "job"}


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=lambda each: str(each)[:60])
def test_every_expression_speaks_of_metrics_and_labels_that_exist(name: str, expression: str) -> None:
    known = metrics()
    selectors = list(of_kind(promql_parser.parse(expression), promql_parser.VectorSelector))

    assert selectors or "vector(" in expression, name
    for selector in selectors:
        assert selector.name in known, selector.name
        assert {each.name for each in selector.matchers.matchers} <= known[
            selector.name
        ] | GIVEN_BY_PROMETHEUS


@pytest.mark.parametrize(("name", "expression"), EXPRESSIONS, ids=lambda each: str(each)[:60])
def test_every_grouping_is_by_a_label_of_what_is_grouped(name: str, expression: str) -> None:
    known = metrics()
    for grouping in of_kind(promql_parser.parse(expression), promql_parser.AggregateExpr):
        inside = list(of_kind(grouping.expr, promql_parser.VectorSelector))
        labels = set.union(set(), *(known[each.name] for each in inside)) | GIVEN_BY_PROMETHEUS
        assert set(grouping.modifier.labels if grouping.modifier else []) <= labels, name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_in_both_languages_and_leads_to_its_runbook(rule: dict[str, Any]) -> None:
    notes = rule["annotations"]
    file, _, anchor = notes["runbook"].partition("#")

    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert notes["summary"]
    assert notes["summary_en"]
    assert notes["summary"] != notes["summary_en"]
    assert file == "docs/operations.md"
    runbooks = section(page("operations.md"), "Alerts")
    assert anchor in {
        heading.lower().replace(" ", "-") for heading in re.findall(r"^### (.+)$", runbooks, re.MULTILINE)
    }


def test_every_runbook_names_its_alert() -> None:
    runbooks = section(page("operations.md"), "Alerts")
    assert set(re.findall(r"`(Amtsbote\w+)`", runbooks)) == {rule["alert"] for rule in RULES}


def test_every_panel_is_alone_in_its_place() -> None:
    places: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert places.isdisjoint(cells), panel["title"]
        assert max(x for x, _ in cells) < 24
        places |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_variables_of_the_dashboard_are_defined() -> None:
    defined = {each["name"] for each in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]+)\}?", json.dumps(DASHBOARD["panels"])))
    assert used == defined


def metrics() -> dict[str, set[str]]:
    """Every series that a scrape can show, with its labels."""
    found: dict[str, set[str]] = {}
    for each in vars(Metrics()).values():
        if not isinstance(each, MetricWrapperBase):
            continue
        (metric,) = each.describe()
        labels = set(each._labelnames)
        match metric.type:
            case "counter":
                found[f"{metric.name}_total"] = labels
            case "histogram":
                found |= {f"{metric.name}_{part}": labels for part in ("sum", "count")}
                found[f"{metric.name}_bucket"] = labels | {"le"}
            case _:
                found[metric.name] = labels
    return found


def of_kind(expression: object, kind: type) -> Iterator[Any]:
    """Every part of a parsed expression that is of a kind."""
    if isinstance(expression, kind):
        yield expression
    for name in ("expr", "lhs", "rhs", "param", "vector_selector"):
        if (inner := getattr(expression, name, None)) is not None:
            yield from of_kind(inner, kind)
    for inner in getattr(expression, "args", None) or ():
        yield from of_kind(inner, kind)
