"""Warnings: how the findings that go along with an accepted message are kept."""

from collections.abc import Sequence

import orjson

from gateway.core.refusal import Finding


def written(warnings: Sequence[Finding]) -> str | None:
    """As kept in the table `messages`; None where there is nothing to warn of."""
    if not warnings:
        return None
    rows = [
        [each.path, each.rule, each.de, each.en, each.expected, each.line, each.found] for each in warnings
    ]
    return orjson.dumps(rows).decode()


def readable(kept: str | None) -> tuple[Finding, ...]:
    """What `written` wrote."""
    if kept is None:
        return ()
    return tuple(
        Finding(path, rule, de, en, expected, line, found)
        for path, rule, de, en, expected, line, found in orjson.loads(kept)
    )
