"""What the peers that are written in Python share: their options, which are rtcbench's, and how they measure."""
import argparse
import gc
import itertools
import json
import math
import os
import pathlib
import sys
import time

VARIANTS = 16  # after that many messages the same one is sent again


def messages(size):
    """The messages that are sent in turn: each has its number at its front and at its end."""
    numbers = (number.to_bytes(8, "big") for number in range(VARIANTS))
    return [number + b"U" * (size - 16) + number for number in numbers]


def in_turn(size):
    """Those messages for ever."""
    return itertools.cycle(messages(size))


class Traffic:
    """Counts what arrives, and refuses what is not the message that was due."""

    def __init__(self, size):
        self.expected = messages(size)
        self.messages = self.bytes = self.faults = 0

    def take(self, message):
        # A comparison of bytes costs little beside the rest, so here it is of all of them.
        self.faults += message != self.expected[self.messages % VARIANTS]
        self.messages += 1
        self.bytes += len(message)

    def demand_whole(self):
        if self.faults:
            raise RuntimeError(f"{self.faults} of {self.messages} messages were not as sent")


class Usage:
    """Time that has passed since this was made, and processor time that was used: this process's, or as given."""

    def __init__(self, processor_time=time.process_time):
        self.processor_time = processor_time
        self.time, self.processor = time.perf_counter(), processor_time()

    def seconds(self):
        return time.perf_counter() - self.time

    def processor_seconds(self):
        return self.processor_time() - self.processor


def resident_kb():
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 1024


def percentile(values, share):
    """The value below which a share of the sorted values lie, by the nearest rank."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


class Exchange:
    """A directory that both ends of a transfer see; they hand each other files in it."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)

    def write(self, name, text):
        """Gives a file its name when it is complete, so that the other end never reads half of it."""
        part = self.directory / (name + ".part")
        part.write_bytes(text.encode())
        part.rename(self.directory / name)

    def has(self, name):
        return (self.directory / name).exists()

    def read(self, name):
        while not self.has(name):
            time.sleep(0.01)
        return (self.directory / name).read_bytes().decode()


def throughput_report(options, usage, size):
    gigabytes, seconds = size / 1e9, usage.seconds()
    per_gigabyte = usage.processor_seconds() / gigabytes if size else None
    return {"message_size": options.message_size, "mbit_s": gigabytes * 8000 / seconds, "cpu_s_per_gb": per_gigabyte}


def connect_report(milliseconds, processor_seconds):
    return {"count": len(milliseconds), "p50_ms": percentile(milliseconds, 0.5),
            "p95_ms": percentile(milliseconds, 0.95), "p99_ms": percentile(milliseconds, 0.99), "max_ms": max(milliseconds),
            "cpu_ms_each": processor_seconds * 1000 / len(milliseconds)}


def ping_report(microseconds):
    return {"count": len(microseconds), "p50_us": percentile(microseconds, 0.5),
            "p99_us": percentile(microseconds, 0.99)}


def many_report(options, opened, opening, kilobytes, idle):
    """`opening` and `idle` are what was used while the pairs opened, and then while nothing happened."""
    if not opened:
        raise RuntimeError("no pair opened")
    seconds, processor_seconds = opening
    return {"pairs": options.pairs, "opened": opened, "all_open_s": seconds,
            "cpu_ms_per_pair": processor_seconds * 1000 / opened, "rss_kb_per_connection": kilobytes / (2 * opened),
            "idle_cpu_percent": idle.processor_seconds() / idle.seconds() * 100}


def main(library, modes):
    parser = argparse.ArgumentParser(description=f"One peer of `make bench`: {library}.")
    parser.add_argument("mode", choices=modes)
    parser.add_argument("--message-size", type=int, default=65536, help="bytes in a message")
    parser.add_argument("--count", type=int, default=50, help="connections to open, or round trips to measure")
    parser.add_argument("--pairs", type=int, default=100, help="pairs of connections to open and to keep")
    parser.add_argument("--parallel", type=int, default=16, help="pairs that open at the same time")
    parser.add_argument("--seconds", type=float, default=5, help="seconds to measure")
    parser.add_argument("--warm-up", type=float, default=1, help="seconds before those")
    parser.add_argument("--role", choices=["offer", "answer"], help="which end a peer is")
    parser.add_argument("--exchange", help="the directory that both peers see")
    options = parser.parse_args()
    try:
        report = modes[options.mode](options)
    except Exception as error:
        print(f"{library}: {error}", file=sys.stderr, flush=True)
        os._exit(1)
    if report:  # the offerer of a transfer has nothing to say
        print(json.dumps({"lib": library, "mode": options.mode, **report}), flush=True)
    os._exit(0)  # a library's threads may outlive the interpreter otherwise
