"""Writes a part's table into Docs/Performance.md, between its markers, and its plot into Docs/images."""
import os
import platform
import re
from datetime import date
from pathlib import Path

import plot
from cases import FEW, MANY
from peers import BETTER_OF, OURS, ROOT

PAGE = ROOT / "Docs/Performance.md"


def section(part, results, rounds):
    """The lines of a part: where and how it was measured, the plot, and the table."""
    machine = f"{date.today()}, {os.cpu_count()} × {processor()}, Linux {platform.release()}; median of {rounds}."
    versions = "; ".join(f"{peer.name} {peer.version}" for peer in part.peers if peer.version)
    image = f"![The table below as bars](images/{part.name}.svg)"
    return [f"{machine} {part.about}", "", f"{versions}.", "", image, "", *table(part, results), *growth(part, results)]


def table(part, results):
    names = [peer.name for peer in part.peers]
    rows = ["| | | " + " | ".join([*names, f"{OURS} ÷ the better of {' and '.join(BETTER_OF)}"]) + " |",
            "|---" * (len(names) + 3) + "|"]
    for case in part.cases:
        title = case.title
        for metric in case.metrics:
            values = [results.median(case, metric, name) for name in names] + [results.ratio(case, metric)]
            rows.append(f"| {title} | {metric.unit} | " + " | ".join(map(plot.number, values)) + " |")
            title = ""
    return rows


def growth(part, results):
    """How the costs of a pair grow with their number, where that was measured."""
    grown = [f"{peer.name} {value:.2f}" for peer in part.peers if (value := results.growth(peer.name))]
    return ["", f"{MANY.title}, a pair in terms of one of {FEW.title}: {', '.join(grown)}."] if grown else []


def write(part, lines, results):
    begin, end = f"<!-- {part.name}: begin -->", f"<!-- {part.name}: end -->"
    text = PAGE.read_text()
    replaced, count = re.subn(f"{begin}[\\s\\S]*{end}", lambda _: "\n".join([begin, *lines, end]), text)
    if count != 1:
        raise SystemExit(f"{PAGE} lacks the markers {begin} and {end}, or has them twice")
    PAGE.write_text(replaced)
    image = PAGE.parent / f"images/{part.name}.svg"
    image.parent.mkdir(exist_ok=True)
    image.write_text(plot.svg(part, results))


def processor():
    for line in Path("/proc/cpuinfo").read_text().split("\n"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()
