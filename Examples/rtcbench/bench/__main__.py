"""Runs rtcbench beside other stacks on this machine and writes what they did into Docs/Performance.md and Docs/images.

    python3 Examples/rtcbench/bench [--quick] [--rounds N] [--seconds S] [--only WORD...]

Words are parts (local, links), modes (throughput, connect, ping, many, fanout, peer) and peers (swift-webrtc, pion, ...). Only
what was measured whole is written into the docs. A peer that is missing or hangs leaves an empty cell and a line on
standard error.
"""
import argparse
import os
import resource
import sys

sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"  # nor do the peers leave anything among the sources

import cases
import page
from peers import PEERS


def main():
    options = parse()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # 2,000 connections have many sockets
    for part in cases.parts(options.seconds, options.link_warm_up, options.link_seconds):
        if not chosen(part.name, {"local", "links"}, options.only):
            continue
        part.cases = [case for case in part.cases if chosen(case.words[0], cases.MODES, options.only)]
        part.peers = [peer for peer in part.peers if chosen(peer.name, set(PEERS), options.only)]
        if not part.cases or not part.peers:
            continue
        results = part.measure(options.rounds)
        lines = page.section(part, results, options.rounds)
        print("\n".join(lines), flush=True)
        if not options.quick and not options.only - {"local", "links"}:
            page.write(part, lines, results)


def chosen(name, kind, words):
    """Whether something is to be measured: it is named, or nothing of its kind is."""
    return name in words or not words & kind


def parse():
    parser = argparse.ArgumentParser(
        prog="bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured; the median counts")
    parser.add_argument("--seconds", type=float, default=5, help="seconds of each measurement on this machine")
    parser.add_argument("--link-seconds", type=float, default=12, help="seconds of each measurement over a link")
    parser.add_argument("--link-warm-up", type=float, default=3, help="seconds that a transfer has to find its speed")
    parser.add_argument("--only", nargs="+", default=[], metavar="WORD", help="parts, modes or peers to be measured")
    parser.add_argument("--quick", action="store_true", help="one short round; the docs stay as they are")
    options = parser.parse_args()
    options.only = set(options.only)
    if unknown := options.only - {"local", "links"} - cases.MODES - set(PEERS):
        parser.error(f"--only does not know {', '.join(sorted(unknown))}")
    if options.quick:
        options.rounds, options.seconds, options.link_warm_up, options.link_seconds = 1, 2, 2, 4
    return options


if __name__ == "__main__":
    main()
