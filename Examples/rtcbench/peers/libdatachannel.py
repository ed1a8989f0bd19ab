#!/usr/bin/env python3
"""libdatachannel through its Python binding, which costs it something with small messages: each enters the interpreter.

    PYTHONPATH=.build/bench-python python3 Examples/rtcbench/peers/libdatachannel.py throughput --message-size 1024
"""
import threading
import time

import pylibdatachannel as rtc

import measure

WINDOW = 8 << 20  # bytes under way: the binding does not say how much it has buffered

CREDIT = 1 << 20  # bytes after which the answerer of a transfer says how much has arrived


class Connection:
    """A connection, and its channel once that is open."""

    kept = []  # the binding's destructors wait for threads that wait for the interpreter

    def __init__(self):
        Connection.kept.append(self)
        self.native = rtc.PeerConnection(rtc.Configuration(ice_servers=[]))
        self.channel = None
        self.opened, self.gathered = threading.Event(), threading.Event()
        self.native.on_data_channel(self.adopt)
        self.native.on_gathering_state_change(
            lambda state: self.gathered.set() if state == rtc.GatheringState.COMPLETE else None)

    def create_channel(self, label="0"):
        self.channel = self.native.create_data_channel(label)
        self.channel.on_open(self.opened.set)

    def adopt(self, channel):
        self.channel = channel
        self.opened.set()

    def description(self):
        """What the other end has to know, with all candidates: that connects sooner here than trickled ones."""
        if not self.gathered.wait(5):
            raise RuntimeError("gathered no candidates")
        # An offerer that is the client of DTLS is ready for its answers. As the server it often misses the first
        # ClientHello, and the next one comes after a second.
        return str(self.native.local_description).replace("a=setup:actpass", "a=setup:active")

    def take(self, description, kind):
        self.native.set_remote_description(rtc.Description(description, kind))

    def wait(self):
        if not self.opened.wait(20):
            raise RuntimeError("did not connect")

    def detach(self):
        for source in (self.channel, self.native):
            if source:
                source.reset_callbacks()


class Pair:
    """Two connections in this process, and a channel between them."""

    def __init__(self):
        offerer, answerer = self.ends = Connection(), Connection()
        offerer.create_channel()
        answerer.take(offerer.description(), rtc.DescriptionType.OFFER)
        offerer.take(answerer.description(), rtc.DescriptionType.ANSWER)
        for end in self.ends:
            end.wait()
        self.near, self.far = offerer.channel, answerer.channel

    def close(self):
        """Waits before it closes: closing holds the interpreter, and would wait for callbacks that wait for it."""
        for end in self.ends:
            end.detach()
        time.sleep(0.02)
        for end in self.ends:
            end.native.close()
        time.sleep(0.02)


class Sender:
    """Sends as long as no more than the window is under way."""

    def __init__(self, channel, size):
        self.channel, self.messages, self.size = channel, measure.in_turn(size), size
        self.sent = self.arrived = 0
        self.room = threading.Event()

    def acknowledge(self, arrived):
        self.arrived = arrived
        self.room.set()

    def send(self):
        """Fills the window, and waits until something has arrived, but not for long."""
        while self.sent - self.arrived < WINDOW:
            self.channel.send(next(self.messages))
            self.sent += self.size
        self.room.wait(0.1)
        self.room.clear()


def throughput(options):
    pair, traffic = Pair(), measure.Traffic(options.message_size)
    sender = Sender(pair.near, options.message_size)

    def take(message):
        traffic.take(message)
        sender.acknowledge(traffic.bytes)

    pair.far.on_message(take)
    end = time.perf_counter() + options.warm_up
    while time.perf_counter() < end:
        sender.send()
    usage, before = measure.Usage(), traffic.bytes
    while usage.seconds() < options.seconds:
        sender.send()
    report = measure.throughput_report(options, usage, traffic.bytes - before)
    traffic.demand_whole()
    return report


def connect(options):
    Pair().close()
    milliseconds, processor = [], 0
    for _ in range(options.count):
        usage = measure.Usage()
        pair = Pair()
        milliseconds.append(usage.seconds() * 1000)
        pair.close()
        processor += usage.processor_seconds()
    return measure.connect_report(milliseconds, processor)


def ping(options):
    pair, answered, answers = Pair(), threading.Event(), []
    pair.far.on_message(pair.far.send)

    def take(message):
        answers.append(message)
        answered.set()

    pair.near.on_message(take)
    microseconds, warm_up, number = [], measure.Usage(), 0
    while len(microseconds) < options.count:
        message = number.to_bytes(64, "big")
        usage = measure.Usage()
        pair.near.send(message)
        if not answered.wait(5) or answers.pop() != message:
            raise RuntimeError("an answer is not what was sent, or did not come")
        if warm_up.seconds() > 1:
            microseconds.append(usage.seconds() * 1e6)
        answered.clear()
        number += 1
    return measure.ping_report(microseconds)


def many(options):
    Pair().close()
    kilobytes, usage = measure.resident_kb(), measure.Usage()
    pairs = [Pair() for _ in range(options.pairs)]  # one at a time: the binding locks up with several at once
    opening = usage.seconds(), usage.processor_seconds()
    time.sleep(1)
    kilobytes, idle = measure.resident_kb() - kilobytes, measure.Usage()
    time.sleep(options.seconds)
    return measure.many_report(options, len(pairs), opening, kilobytes, idle)


def offer(options):
    """Sends as fast as it can until the answerer is done."""
    files, end = measure.Exchange(options.exchange), Connection()
    end.create_channel("x")
    files.write("offer", end.description())
    end.take(files.read("answer"), rtc.DescriptionType.ANSWER)
    end.wait()
    sender = Sender(end.channel, options.message_size)
    end.channel.on_message(lambda message: sender.acknowledge(int.from_bytes(message, "big")))
    while not files.has("done"):
        sender.send()


def answer(options):
    """Measures what arrives after the warm-up."""
    files, end = measure.Exchange(options.exchange), Connection()
    traffic, begun = measure.Traffic(options.message_size), threading.Event()

    def take(message):
        traffic.take(message)
        begun.set()
        if traffic.bytes % CREDIT < len(message):
            end.channel.send(traffic.bytes.to_bytes(8, "big"))

    def adopt(channel):
        end.adopt(channel)
        channel.on_message(take)

    end.native.on_data_channel(adopt)
    end.take(files.read("offer"), rtc.DescriptionType.OFFER)
    files.write("answer", end.description())
    begun.wait()
    time.sleep(options.warm_up)
    usage, before = measure.Usage(), traffic.bytes
    time.sleep(options.seconds)
    report = measure.throughput_report(options, usage, traffic.bytes - before)
    traffic.demand_whole()
    files.write("done", "done")
    return report


def peer(options):
    return offer(options) if options.role == "offer" else answer(options)


if __name__ == "__main__":
    measure.main("libdatachannel", {"throughput": throughput, "connect": connect, "ping": ping, "many": many,
                                   "peer": peer})
