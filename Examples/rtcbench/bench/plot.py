"""Bars as SVG: a panel for each figure, a bar for each peer. The card brings its own background, light or dark."""
from html import escape

COLUMNS, WIDTH, MARGIN, BAR, NAMES = 3, 300, 20, 20, 100
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .unit { fill: #59636e } .card { fill: #ffffff; stroke: #d1d9e0 }
.bar { fill: #8c959f } .ours { fill: #e8590c }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .unit { fill: #9198a1 } .card { fill: #0d1117; stroke: #3d444d }
  .bar { fill: #656c76 } .ours { fill: #ff922b }
}"""


def number(value):
    """Three digits, which is more than a measurement is worth; nothing for what was not measured."""
    if value is None:
        return ""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def svg(part, results):
    panels = [
        panel(case, metric, [(peer.name, results.median(case, metric, peer.name)) for peer in part.peers])
        for case in part.cases for metric in case.metrics if metric.is_plotted]
    height = 60 + BAR * len(part.peers)
    rows = -(-len(panels) // COLUMNS)
    across, down = COLUMNS * (WIDTH + MARGIN) + MARGIN, rows * height + MARGIN
    placed = [
        f'<g transform="translate({MARGIN + index % COLUMNS * (WIDTH + MARGIN)} {index // COLUMNS * height + MARGIN})">'
        f"{shapes}</g>" for index, shapes in enumerate(panels)]
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {across} {down}" width="{across}" height="{down}">',
        f"<style>{STYLE}</style>",
        f'<rect class="card" x="0.5" y="0.5" width="{across - 1}" height="{down - 1}" rx="8"/>', *placed, "</svg>", ""])


def panel(case, metric, values):
    better = "more is better" if metric.more_is_better else "less is better"
    shapes = [f'<text class="title" y="14">{escape(case.title)}</text>',
              f'<text class="unit" y="30">{escape(metric.unit)}, {better}</text>']
    longest = max([value for _, value in values if value] or [1])
    for index, (name, value) in enumerate(values):
        y = 38 + index * BAR
        length = (value or 0) / longest * (WIDTH - NAMES - 45)
        kind = "bar" if index else "bar ours"
        shapes += [f'<text y="{y + 13}">{escape(name)}</text>',
                   f'<rect class="{kind}" x="{NAMES}" y="{y + 2}" width="{length:.1f}" height="{BAR - 6}" rx="2"/>',
                   f'<text x="{NAMES + length + 5:.1f}" y="{y + 13}">{number(value) or "–"}</text>']
    return "\n".join(shapes)
