"""Statements: one text for both databases."""

from gateway.store.engine.statement import POSTGRESQL, SQLITE, Statement


def test_names_become_numbers_and_the_same_name_the_same_number() -> None:
    statement = Statement("SELECT :a, :b, :a")

    assert statement.compiled(SQLITE).sql == "SELECT ?1, ?2, ?1"
    assert statement.compiled(POSTGRESQL).sql == "SELECT $1, $2, $1"
    assert statement.compiled(POSTGRESQL).names == ("a", "b")


def test_given_rows_are_arrays_in_postgresql_and_json_in_sqlite() -> None:
    statement = Statement("SELECT id FROM {given} WHERE at > :now", given="id text, at bigint")

    assert statement.compiled(POSTGRESQL).sql == (
        "SELECT id FROM unnest($1::text[], $2::bigint[]) AS given(id, at) WHERE at > $3"
    )
    assert statement.compiled(SQLITE).sql == (
        "SELECT id FROM (SELECT json_extract(value, '$[0]') AS id, json_extract(value, '$[1]') AS at "
        "FROM json_each(?1)) AS given WHERE at > ?2"
    )


def test_casts_are_not_parameters() -> None:
    assert Statement("SELECT 1::text").compiled(POSTGRESQL).sql == "SELECT 1::text"


def test_locks_are_for_postgresql_alone() -> None:
    statement = Statement("SELECT 1 {skip_locked}")

    assert statement.compiled(POSTGRESQL).sql == "SELECT 1 FOR UPDATE SKIP LOCKED"
    assert statement.compiled(SQLITE).sql == "SELECT 1 "
