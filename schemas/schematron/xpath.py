"""XPath as text: the names in an expression, found without evaluating it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

_NCNAME = r"[^\W\d][\w.\-·]*"
_TOKEN = re.compile(
    rf"""
    (?P<text>"[^"]*"|'[^']*')
    | (?P<comment>\(:.*?:\))
    | \$\s*(?P<variable>{_NCNAME}(?::(?!:){_NCNAME})?)
    | (?P<function>(?!(?:and|or|div|mod)\s*\(){_NCNAME}(?::(?!:){_NCNAME})?)(?=\s*\()
    | (?P<axis>{_NCNAME})(?=\s*::)
    | (?P<name>{_NCNAME}(?::(?!:)(?:{_NCNAME}|\*))?)
    """,
    re.VERBOSE | re.DOTALL,
)
Sort = Literal["variable", "function", "name"]
_SORTS: Mapping[str, Sort] = {"variable": "variable", "function": "function", "name": "name"}
_QNAME = re.compile(rf"{_NCNAME}(?::{_NCNAME})?\Z")
_PREDICATE = re.compile(r"\[[^\[\]]*\]")
_STEP = rf"(?:\.\.?|@?(?:{_NCNAME}:)?(?:{_NCNAME}|\*))"
_STEPS = re.compile(rf"{_STEP}(?:/{_STEP})*\Z")


class Name(NamedTuple):
    """A name in an expression, with its prefix where it has one."""

    sort: Sort
    text: str

    @property
    def prefix(self) -> str:
        return self.text.partition(":")[0] if ":" in self.text else ""


def names(expression: str) -> Iterator[Name]:
    """Variables, functions and all other names; not those of axes, and nothing inside literals."""
    for token in _TOKEN.finditer(expression):
        sort = _SORTS.get(token.lastgroup or "")
        if sort is not None:
            yield Name(sort, token[sort])


def outside_literals(expression: str) -> str:
    """The expression without its literals and comments, for looking at its signs."""
    return _TOKEN.sub(lambda token: "" if token.lastgroup in {"text", "comment"} else token[0], expression)


def last_names(contexts: Iterable[str]) -> list[str]:
    """The names, as written, of all elements that contexts without literals can match; none where some context may
    match others than those that it names at its end.
    """
    found: dict[str, None] = {}
    for context in contexts:
        rest, predicates = context, 1
        while predicates:
            rest, predicates = _PREDICATE.subn("", rest)
        for each in rest.split("|"):
            name = each.rpartition("/")[2].strip()
            if not _QNAME.match(name):
                return []
            found[name] = None
    return list(found)


def substitute(expression: str, values: Mapping[str, str]) -> str:
    """Each `$name` of `values` replaced by its text, as the parameters of abstract patterns are."""
    if not values or "$" not in expression:
        return expression
    return re.sub(rf"\$({_NCNAME})", lambda found: values.get(found[1], found[0]), expression)


def is_steps(expression: str) -> bool:
    """Whether it is a mere path of steps, relative and without predicates: what any engine finds quickly."""
    return bool(_STEPS.match(expression))
