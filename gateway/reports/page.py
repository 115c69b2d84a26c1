"""A validation report as a page of its own: no script, no other file, no value of the message."""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from markupsafe import Markup

from gateway.core.refusal import Finding, Refusal
from gateway.core.report import Report, Sketch
from gateway.reports.imprint import Imprint
from gateway.reports.text import verdict
from gateway.texts import Language
from gateway.texts.refusals import REFUSALS, explain
from gateway.texts.reports import Words

DEEPEST = 16
"""Deeper elements are not indented further: a telephone is 320 pixels wide."""


def report_page(report: Report, sketch: Sketch | None, imprint: Imprint, language: Language) -> str:
    """The whole page. `sketch` was drawn with `report.findings`."""
    kind = report.kind
    documentation = imprint.documentation(kind.standard, kind.version, kind.root) if kind else ""

    def sentence(finding: Finding) -> str:
        return finding.en if language is Language.EN else finding.de

    def explained(refusal: Refusal) -> str:
        return explain(refusal, language)

    def title(refusal: Refusal) -> str:
        return REFUSALS[refusal.code].title.speak(language)

    return _template().render(
        report=report,
        sketch=sketch,
        words=Words(language),
        language=language.value,
        verdict=verdict(report),
        documentation=documentation,
        is_link=documentation.startswith(("https://", "http://")),
        placed={number for line in sketch.lines for number in line.findings} if sketch else set(),
        sentence=sentence,
        explained=explained,
        title=title,
        gateway=imprint.name,
        deepest=DEEPEST,
        style=Markup(_style()),  # noqa: S704 - our own file
        policy=_page_policy(),
    )


def content_security_policy() -> str:
    """The header that goes with the page: it may do nothing but wear its own style."""
    return f"{_page_policy()}; frame-ancestors 'none'"


@lru_cache(maxsize=1)
def _page_policy() -> str:
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


@lru_cache(maxsize=1)
def _style() -> str:
    indents = "".join(f".d{depth}{{padding-left:{depth * 0.75:g}rem}}\n" for depth in range(DEEPEST + 1))
    return _file("report.css") + indents


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=FunctionLoader(_file),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")


def _file(name: str) -> str:
    return files("gateway.reports").joinpath(name).read_text(encoding="utf-8")
