"""What is measured: modes of rtcbench with their options, on this machine and over links."""
import statistics
from dataclasses import dataclass

from links import LINKS, Link
from peers import BETTER_OF, OURS, PEERS, Peer

MODES = {"throughput", "connect", "ping", "many", "fanout", "peer"}


@dataclass(frozen=True)
class Metric:
    key: str
    unit: str
    more_is_better: bool = False
    is_plotted: bool = True


@dataclass(frozen=True)
class Case:
    title: str
    words: tuple
    metrics: tuple
    peers: frozenset = frozenset(PEERS)  # names of those that it is measured of
    link: Link | None = None


@dataclass
class Part:
    """Cases that share a table and a plot."""

    name: str
    about: str
    cases: list[Case]
    peers: list[Peer]

    def measure(self, rounds):
        """The reports by case and peer. Peers take turns, so that all see the same machine."""
        results = {}
        for case in self.cases:
            for _ in range(rounds):
                for peer in self.peers:
                    if peer.name in case.peers:
                        report = peer.run(case.words, 150, case.link)
                        results.setdefault((case.title, peer.name), []).append(report)
        return Results(results)


class Results:
    def __init__(self, reports):
        self.reports = reports

    def median(self, case, metric, peer):
        """The median of what a peer reached; nothing where it never came to an end."""
        reports = self.reports.get((case.title, peer), [])
        values = [report[metric.key] for report in reports if report.get(metric.key) is not None]
        return statistics.median(values) if values else None

    def ratio(self, case, metric):
        """Our median in terms of the better one of those that we are measured by."""
        ours = self.median(case, metric, OURS)
        others = [self.median(case, metric, peer) for peer in BETTER_OF]
        others = [value for value in others if value]
        if ours is None or not others:
            return None
        return ours / (max(others) if metric.more_is_better else min(others))

    def growth(self, peer):
        """What a pair costs among many in terms of one among few."""
        few, many = (self.median(case, PER_PAIR, peer) for case in (FEW, MANY))
        return many / few if few and many else None


# What a pair costs has to stay the same with their number.
PER_PAIR = Metric("cpu_ms_per_pair", "CPU ms a pair", is_plotted=False)
OPEN_MANY = frozenset({OURS, "pion"})
FEW, MANY = (
    Case(f"{count:,} pairs opened", ("many", "--pairs", str(count), "--seconds", "1"), (PER_PAIR,), OPEN_MANY)
    for count in (10, 1000))


def local(seconds):
    measured = ("--seconds", f"{seconds:g}")
    speed = (Metric("mbit_s", "Mbit/s", more_is_better=True), Metric("cpu_s_per_gb", "CPU s/GB"))
    return [
        Case("64 KiB messages", ("throughput", "--message-size", "65536", *measured), speed),
        Case("1 KiB messages", ("throughput", "--message-size", "1024", *measured), speed),
        Case("connect", ("connect", "--count", "100"), (
            Metric("p50_ms", "p50 ms"), Metric("p95_ms", "p95 ms", is_plotted=False),
            Metric("p99_ms", "p99 ms", is_plotted=False),
            Metric("max_ms", "longest ms", is_plotted=False), Metric("cpu_ms_each", "CPU ms each"))),
        Case("round trip, 64 bytes", ("ping", "--count", "5000"), (
            Metric("p50_us", "p50 µs"), Metric("p99_us", "p99 µs", is_plotted=False))),
        Case("200 idle connections", ("many", "--pairs", "100", *measured), (
            Metric("rss_kb_per_connection", "KB each"), Metric("idle_cpu_percent", "% of a core"))),
        FEW, MANY,
        *(Case(f"one track to {count}", ("fanout", "--receivers", str(count), *measured, *rate), (
            Metric("delivered_pps", "packets/s", more_is_better=True, is_plotted=False),
            Metric("cpu_us_per_packet", "CPU µs a packet", is_plotted=False),
            Metric("lost", "lost", is_plotted=False)), OPEN_MANY)
            for count, rate in ((10, ()), (100, ("--rate", "200")))),
    ]


def over_links(warm_up, seconds):
    words = ("peer", "--message-size", "65536", "--warm-up", f"{warm_up:g}", "--seconds", f"{seconds:g}")
    return [
        Case(link.title, words, (Metric("mbit_s", "Mbit/s", more_is_better=True),), link=link) for link in LINKS]


def parts(seconds, link_warm_up, link_seconds):
    both = [PEERS[name] for name in (OURS, *BETTER_OF)]
    return [
        Part("local", "Both ends in one process, over the loopback interface; processor time is of both. "
             f"Each measured for {seconds:g} s.", local(seconds), list(PEERS.values())),
        Part("links", "64 KiB messages over 500 Mbit/s, a process and a network namespace for each end, in Mbit/s. "
             f"Each measured for {link_seconds:g} s after {link_warm_up:g} s.",
             over_links(link_warm_up, link_seconds), both),
    ]
