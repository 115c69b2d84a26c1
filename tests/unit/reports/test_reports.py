"""A report says the same in every form, in both languages, and never holds a value of the message."""

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gateway.core.refusal import Finding, Refusal, RefusalCode
from gateway.core.report import LineForm, Report, Sketch, SketchLine
from gateway.reports.fields import report_fields
from gateway.reports.imprint import Imprint
from gateway.reports.page import content_security_policy, report_page
from gateway.reports.text import report_text
from gateway.texts import Language
from gateway.texts.reports import _TEXTS
from tests.builders import ANMELDUNG

IMPRINT = Imprint("Rechenzentrum", "gw:rz", "https://doku.example/{standard}/{version}#{root}")
LINK = "https://doku.example/ab-meldewesen/1.0#meldewesen.anmeldung.0101"
FINDING = Finding("/a/b", "cvc-pattern", "Das <passt> nicht.", "That does not <fit>.", "[0-9]{5}", 7, "9999")
EMPTY = Finding("/a/c", "cvc-min-length", "Das fehlt.", "That is missing.", "1", found="")
SKETCH = Sketch(
    (
        SketchLine(LineForm.OPEN, 0, "a"),
        SketchLine(LineForm.WHOLE, 1, "b", (("x", '"><script>'),), "9999", (0,)),
        SketchLine(LineForm.GAP, 1, hidden=12),
        SketchLine(LineForm.WHOLE, 40, "c", (), "", (2,)),
        SketchLine(LineForm.CLOSE, 0, "a"),
    ),
    (1,),
)

ACCEPTED = Report(ANMELDUNG, tenant="zossen", destinations=("einwohner", "statistik"))
SOUND = Report(ANMELDUNG)
OBSTRUCTED = Report(ANMELDUNG, obstacles=(Refusal(RefusalCode.NOT_BOOKED),), warnings=(EMPTY,))
UNREADABLE = Report(None, (Refusal(RefusalCode.NOT_WELL_FORMED, {"line": "3", "column": "9"}),))
INVALID = Report(
    ANMELDUNG,
    (Refusal(RefusalCode.SCHEMA_INVALID, {"shown": "100"}, (FINDING, EMPTY)),),
    (Refusal(RefusalCode.SENDER_NOT_ENTITLED, {"scope": "autor"}),),
    warnings=(FINDING,),
)
REPORTS = [ACCEPTED, SOUND, OBSTRUCTED, UNREADABLE, INVALID]
LANGUAGES = list(Language)


def a_sketch_of(report: Report) -> Sketch:
    return SKETCH if report is INVALID else Sketch(SKETCH.lines[:1], tuple(range(len(report.findings))))


def page(report: Report, language: Language = Language.DE, sketch: Sketch | None = None) -> str:
    return report_page(report, sketch, IMPRINT, language)


def test_verdicts() -> None:
    assert [(each.valid, each.accepted) for each in REPORTS] == [
        (True, True),
        (True, None),
        (True, False),
        (False, False),
        (False, False),
    ]


def test_the_json_of_a_refused_message() -> None:
    fields = report_fields(INVALID, IMPRINT, Language.EN)

    assert fields["documentation"] == LINK
    assert fields["reasons"] == [
        {
            "code": "sender-not-entitled",
            "xinneres": "T070",
            "text": _match(r"autor/kennung", str(fields["reasons"])),
            "facts": {"scope": "autor"},
            "findings": [],
        },
        {
            "code": "schema-invalid",
            "xinneres": "X001",
            "text": _match(r"more than 100 places", str(fields["reasons"])),
            "facts": {"shown": "100"},
            "findings": [
                {
                    "path": "/a/b",
                    "line": 7,
                    "rule": "cvc-pattern",
                    "expected": "[0-9]{5}",
                    "found": "9999",
                    "text": "That does not <fit>.",
                },
                {
                    "path": "/a/c",
                    "rule": "cvc-min-length",
                    "expected": "1",
                    "found": "",
                    "text": "That is missing.",
                },
            ],
        },
    ]


class _match:  # noqa: N801 - reads as a value
    """Equal to any text that holds a pattern."""

    def __init__(self, pattern: str, _: str) -> None:
        self._pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.search(self._pattern, other) is not None

    __hash__ = None  # type: ignore[assignment]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report", REPORTS)
def test_text_and_page_name_every_reason_and_place(report: Report, language: Language) -> None:
    text, html = report_text(report, IMPRINT, language), page(report, language, a_sketch_of(report))
    for refusal in report.refusals:
        assert refusal.code in text
        assert refusal.code in html
    for finding in report.findings:
        assert f"- {finding.path}" in text
        assert f"<code>{finding.path}</code>" in html
    for destination in report.destinations:
        assert destination in text
        assert destination in html


class Structure(HTMLParser):
    """What a reader's software needs to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.headings: list[int] = []
        self.language: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.tags.append(tag)
        if tag != "meta":
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "html":
            self.language = values.get("lang")
        self.ids += [values["id"] or ""] if "id" in values else []
        self.targets += [str(values["href"])[1:]] if str(values.get("href", "")).startswith("#") else []
        assert not {name for name in values if name.startswith("on") or name == "style"}

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("drawn", [True, False])
def test_the_page_is_well_built(report: Report, language: Language, drawn: bool) -> None:
    structure = Structure(page(report, language, a_sketch_of(report) if drawn else None))

    assert structure.open == []
    assert structure.language == language
    assert {"header", "main", "footer", "title"} <= set(structure.tags)
    assert not {"script", "img", "link", "form", "iframe"} & set(structure.tags)
    assert structure.headings[0] == 1
    assert structure.headings.count(1) == 1
    assert all(
        after - before <= 1 for before, after in zip(structure.headings, structure.headings[1:], strict=False)
    )
    assert len(set(structure.ids)) == len(structure.ids)
    assert set(structure.targets) <= set(structure.ids)


def test_nothing_of_a_message_becomes_markup() -> None:
    html = page(INVALID, sketch=SKETCH)
    assert "Das &lt;passt&gt; nicht." in html
    assert 'x="<span class="shape">&#34;&gt;&lt;script&gt;</span>"' in html
    assert "<script" not in html


def test_a_place_and_its_sentence_lead_to_each_other() -> None:
    html = page(INVALID, sketch=SKETCH)
    assert '<a href="#z1"><code>/a/b</code></a>' in html
    assert '<a href="#f1">Fundstelle 1</a>' in html
    assert '<a href="#z2">' not in html
    assert 'class="d1 marked"' in html
    assert 'class="d16 remark"' in html
    assert "12 weitere Elemente" in html


def test_the_page_may_wear_its_own_style_and_nothing_else() -> None:
    html = page(INVALID)
    style = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    digest = b64encode(sha256(style[0].encode()).digest()).decode()

    assert len(style) == 1
    assert content_security_policy().startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")
    assert "frame-ancestors 'none'" in content_security_policy()


@pytest.mark.parametrize("url", ["docs/messages.md#kinds", "javascript:alert(1)", "//fremd.example/x"])
def test_only_an_address_becomes_a_link(url: str) -> None:
    html = report_page(SOUND, None, Imprint(documentation_url=url), Language.EN)
    assert url in html
    assert f'href="{url}' not in html
    assert f'<a href="{LINK}">' in page(SOUND)


PLACED = replace(FINDING, anchor="/b/größe")
ABOUT = {"standard": "ab-x", "version": "1.0", "root": "x.y.0001"}
OWN = "/v1/schemas/ab-x/1.0/x.y.0001#/b/gr%C3%B6%C3%9Fe"


def test_each_finding_leads_to_where_its_place_is_described() -> None:
    report = Report(
        ANMELDUNG,
        (Refusal(RefusalCode.SCHEMA_INVALID, ABOUT, (PLACED,)),),
        warnings=(replace(EMPTY, anchor="/c"),),
    )
    imprint = Imprint()
    of_warning = "/v1/schemas/ab-meldewesen/1.0/meldewesen.anmeldung.0101#/c"

    fields = report_fields(report, imprint, Language.DE)
    text = report_text(report, imprint, Language.DE)
    html = report_page(report, None, imprint, Language.DE)

    for address in (OWN, of_warning):
        assert f"'documentation': '{address}'" in str(fields)
        assert f"  Dokumentation: {address}\n" in text
        assert f'<a href="{address}">Beschreibung dieser Stelle</a>' in html


def test_an_address_with_a_place_of_its_own_gets_no_other() -> None:
    refusal = Refusal(RefusalCode.SCHEMA_INVALID, ABOUT, (PLACED,))
    assert IMPRINT.of_finding(PLACED, refusal) == "https://doku.example/ab-x/1.0#x.y.0001"
    assert IMPRINT.of_finding(FINDING, refusal) is None
    assert IMPRINT.of_finding(PLACED, Refusal(RefusalCode.NOT_WELL_FORMED)) is None
    assert IMPRINT.of_finding(PLACED, None) is None


@pytest.mark.parametrize(
    ("url", "overview"),
    [
        ("/v1/schemas/{standard}/{version}/{root}", "/v1/schemas"),
        ("https://doku.example/x/{standard}.html", "https://doku.example/x"),
        ("https://doku.example/?{root}", "https://doku.example"),
        ("https://doku.example/kinds#{root}", "https://doku.example/kinds"),
    ],
)
def test_where_all_kinds_are_listed(url: str, overview: str) -> None:
    assert Imprint(documentation_url=url).overview == overview


def test_every_text_is_used_and_says_the_same_in_both_languages() -> None:
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (Path(__file__).parents[3] / "gateway/reports").iterdir()
        if path.is_file()
    )
    for name, text in _TEXTS.items():
        assert f'"{name}"' in source
        assert text.de != text.en
        assert text.placeholders == set(re.findall(r"\{(\w+)\}", text.de))
