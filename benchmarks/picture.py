"""Picture: the ratios as bars, an SVG for the page, in light and in dark."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from benchmarks.figures import FLOOR, GATEWAY, PEER, Figures
from benchmarks.report import OF_INTAKE, OF_THE_FLOOR, place

_WIDTH, _LEFT, _RIGHT, _TOP = 1000, 226, 700, 92
_ROW, _GAP, _HEAD = 44, 62, 26


@dataclass(frozen=True, slots=True)
class Bars:
    """One row: the bar of the gateway and that of the peer, as shares of the panel's whole, and what stands beside."""

    title: str
    gateway: float
    peer: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Panel:
    """Rows with the same whole."""

    title: str
    whole: str
    goal: float
    rows: tuple[Bars, ...]


def picture(figures: Figures) -> str:
    """The whole file."""
    panels = [_intake(figures), _through(figures)]
    lines: list[str] = []
    y = _TOP
    for panel in panels:
        lines += _drawn(panel, y)
        y += _HEAD + len(panel.rows) * _ROW + _GAP
    content = "\n".join([*_legend(), *lines])
    return _FRAME.format(
        width=_WIDTH, height=y - _GAP + 44, style=_STYLE, content=content, description=_told(panels)
    )


def _intake(figures: Figures) -> Panel:
    rows = []
    for case in figures.cases("intake"):
        gateway, peer = (figures.ratio(case, "per_second", who, FLOOR) for who in (GATEWAY, PEER))
        times = figures.ratio(case, "per_second", GATEWAY, PEER)
        rate = f"{figures.median(case, GATEWAY, 'per_second') or 0:,.0f} /s"
        note = rate if times is None else f"{times:.1f} times the peer · {rate}"
        rows.append(Bars(place(case, _english), gateway or 0, peer, note))
    return Panel("Intake, of the floor measured in turn with it", "floor", OF_THE_FLOOR, tuple(rows))


def _through(figures: Figures) -> Panel:
    rows = []
    for case in figures.cases("through"):
        intake = case._replace(what="intake")
        gateway, peer = (
            figures.ratio(case, "per_second", who, GATEWAY, base_case=intake) for who in (GATEWAY, PEER)
        )
        note = f"p99 {figures.median(case, GATEWAY, 'p99') or 0:.0f} ms at half load"
        rows.append(Bars(place(case, _english, processes=False), gateway or 0, peer, note))
    title = "Taken in and delivered, of what the gateway takes in"
    return Panel(title, "intake", OF_INTAKE, tuple(rows))


def _legend() -> Iterator[str]:
    yield '<text class="title" x="28" y="40">Speed, as ratios of one run</text>'
    x = 28
    for kind, name, room in (("gateway", "gateway", 106), ("peer", "peer: written in a week", 206)):
        yield f'<rect class="{kind}" x="{x}" y="56" width="14" height="14" rx="3"/>'
        yield f'<text class="small" x="{x + 21}" y="68">{name}</text>'
        x += room
    yield f'<path class="goal" d="M{x + 7} 54 v18"/><text class="small" x="{x + 21}" y="68">goal</text>'


def _drawn(panel: Panel, y: int) -> Iterator[str]:
    yield f'<text class="name" x="28" y="{y + 14}">{escape(panel.title)}</text>'
    top, bottom = y + _HEAD, y + _HEAD + len(panel.rows) * _ROW
    # A ratio above one stays in its panel: the scale gives way.
    scale = max(1.0, *(max(row.gateway, row.peer or 0) for row in panel.rows)) if panel.rows else 1.0
    for tick in (0, 0.25, 0.5, 0.75, 1):
        x = _x(tick, scale)
        yield f'<path class="grid{" whole" if tick == 1 else ""}" d="M{x} {top} V{bottom}"/>'
        label = f"{panel.whole} = 1" if tick == 1 else f"{tick:g}"
        yield f'<text class="small" x="{x}" y="{bottom + 18}" text-anchor="middle">{label}</text>'
    for number, row in enumerate(panel.rows):
        yield from _row(row, top + number * _ROW, scale)
    yield f'<path class="goal" d="M{_x(panel.goal, scale)} {top} V{bottom}"/>'


def _row(row: Bars, y: int, scale: float) -> Iterator[str]:
    middle = y + _ROW // 2
    yield f'<text x="{_LEFT - 14}" y="{middle + 5}" text-anchor="end">{escape(row.title)}</text>'
    for kind, share, above, height in (("gateway", row.gateway, 15, 18), ("peer", row.peer, -6, 10)):
        if share is None:
            continue
        width = max(_x(share, scale) - _LEFT, 1)
        yield f'<rect class="{kind}" x="{_LEFT}" y="{middle - above}" width="{width:.0f}" height="{height}" rx="3"/>'
    note = f'<tspan class="strong">{row.gateway:.2f}</tspan> · {escape(row.note)}'
    yield f'<text class="note" x="{_RIGHT + 36}" y="{middle + 5}">{note}</text>'


def _x(share: float, scale: float) -> int:
    return round(_LEFT + (_RIGHT - _LEFT) * share / scale)


def _told(panels: list[Panel]) -> str:
    """The same for those who hear it."""
    return escape(
        " ".join(
            f"{panel.title}, goal {panel.goal:.2f}: " + "; ".join(_said(row) for row in panel.rows) + "."
            for panel in panels
        )
    )


def _said(row: Bars) -> str:
    return f"{row.title} {row.gateway:.2f}" + ("" if row.peer is None else f", peer {row.peer:.2f}")


def _english(_de: str, en: str) -> str:
    return en


_STYLE = """\
    .paper { fill: #ffffff } .grid { stroke: #d5dce4; stroke-width: 1 } .whole { stroke: #5b6b7f; stroke-width: 1.6 }
    .gateway { fill: #1f5f9e } .peer { fill: #a4afbc } .goal { stroke: #c2410c; stroke-width: 2; stroke-dasharray: 5 3 }
    text { font-family: "Fira Sans", "Segoe UI", Helvetica, Arial, sans-serif; fill: #1c2733; font-size: 14px }
    .title { font-weight: 600; font-size: 20px } .name { font-weight: 600; font-size: 15px } .strong { font-weight: 600 }
    .small { font-size: 12.5px; fill: #46556a } .note { font-size: 13px }
    @media (prefers-color-scheme: dark) {
      .paper { fill: #12181f } .grid { stroke: #2c3743 } .whole { stroke: #8fa1b5 }
      .gateway { fill: #6db1f2 } .peer { fill: #66758a } .goal { stroke: #fb923c }
      text { fill: #e8eef5 } .small { fill: #a9b8c8 }
    }"""
_FRAME = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-labelledby="title desc">
  <title id="title">Speed of the gateway beside the floor and a peer</title>
  <desc id="desc">{description}</desc>
  <style>
{style}
  </style>
  <rect class="paper" width="{width}" height="{height}" rx="8"/>
{content}
</svg>
"""
