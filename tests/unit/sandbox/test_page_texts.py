"""Everything that the page can name has a name in both languages."""

from gateway.sandbox import page_texts
from gateway.sandbox.faults import Fault, FaultRule, When
from gateway.sandbox.systems import System, Way


def test_every_name_is_there() -> None:
    assert set(page_texts.SYSTEMS) == set(System)
    assert set(page_texts.WAYS) == set(Way)
    assert set(page_texts.FAULTS) == set(Fault)
    assert set(page_texts.MOMENTS) == set(When)


def test_every_part_of_a_rule_has_a_label() -> None:
    assert set(FaultRule.model_fields) <= set(page_texts.TEXTS)


def test_nothing_is_empty_in_one_language() -> None:
    tables = (
        page_texts.SYSTEMS,
        page_texts.WAYS,
        page_texts.FAULTS,
        page_texts.MOMENTS,
        page_texts.TEXTS,
    )
    assert all(german and english for table in tables for german, english in table.values())
