#!/usr/bin/env python3
"""aiortc, both ends in this process and on its one event loop.

    PYTHONPATH=.build/python Examples/rtcbench/peers/aiortc_peer.py throughput --message-size 1024
"""
import asyncio

from aiortc import RTCConfiguration, RTCPeerConnection

import measure

HIGH_WATER, LOW_WATER = 8 << 20, 4 << 20  # bytes that a sender has buffered when it waits, and when it goes on


class Pair:
    """Two connections in this process, and a channel between them."""

    def __init__(self):
        configuration = RTCConfiguration(iceServers=[])
        self.offerer, self.answerer = RTCPeerConnection(configuration), RTCPeerConnection(configuration)
        self.near = self.offerer.createDataChannel("0")
        self.arrival = asyncio.get_running_loop().create_future()
        self.answerer.on("datachannel", self.arrival.set_result)
        self.far = None

    @staticmethod
    async def connect():
        pair = Pair()
        opened = asyncio.Event()
        pair.near.on("open", opened.set)
        # A local description is complete once it is set: aiortc gathers before and does not trickle.
        await pair.offerer.setLocalDescription(await pair.offerer.createOffer())
        await pair.answerer.setRemoteDescription(pair.offerer.localDescription)
        await pair.answerer.setLocalDescription(await pair.answerer.createAnswer())
        await pair.offerer.setRemoteDescription(pair.answerer.localDescription)
        async with asyncio.timeout(20):
            await opened.wait()
            pair.far = await pair.arrival
        return pair

    async def close(self):
        await asyncio.gather(self.offerer.close(), self.answerer.close())


async def flood(channel, size):
    low = asyncio.Event()
    channel.bufferedAmountLowThreshold = LOW_WATER
    channel.on("bufferedamountlow", low.set)
    for message in measure.in_turn(size):
        if channel.bufferedAmount > HIGH_WATER:
            low.clear()
            await low.wait()
        channel.send(message)


async def throughput(options):
    pair, traffic = await Pair.connect(), measure.Traffic(options.message_size)
    pair.far.on("message", traffic.take)
    sending = asyncio.create_task(flood(pair.near, options.message_size))
    await asyncio.sleep(options.warm_up)
    usage, before = measure.Usage(), traffic.bytes
    await asyncio.sleep(options.seconds)
    report = measure.throughput_report(options, usage, traffic.bytes - before)
    sending.cancel()
    traffic.demand_whole()
    return report


async def connect(options):
    await (await Pair.connect()).close()
    milliseconds, whole = [], measure.Usage()
    for _ in range(options.count):
        usage = measure.Usage()
        pair = await Pair.connect()
        milliseconds.append(usage.seconds() * 1000)
        await pair.close()
    return measure.connect_report(milliseconds, whole.processor_seconds())


async def ping(options):
    pair, answers = await Pair.connect(), asyncio.Queue()
    pair.far.on("message", pair.far.send)
    pair.near.on("message", answers.put_nowait)
    microseconds, warm_up, number = [], measure.Usage(), 0
    while len(microseconds) < options.count:
        message = number.to_bytes(64, "big")
        usage = measure.Usage()
        pair.near.send(message)
        if await answers.get() != message:
            raise RuntimeError("an answer is not what was sent")
        if warm_up.seconds() > 1:
            microseconds.append(usage.seconds() * 1e6)
        number += 1
    return measure.ping_report(microseconds)


async def many(options):
    await (await Pair.connect()).close()
    kilobytes, usage, turns = measure.resident_kb(), measure.Usage(), asyncio.Semaphore(options.parallel)

    async def one():
        async with turns:
            return await Pair.connect()

    pairs = await asyncio.gather(*(one() for _ in range(options.pairs)))
    opening = usage.seconds(), usage.processor_seconds()
    await asyncio.sleep(1)
    kilobytes, idle = measure.resident_kb() - kilobytes, measure.Usage()
    await asyncio.sleep(options.seconds)
    return measure.many_report(options, len(pairs), opening, kilobytes, idle)


def in_loop(mode):
    return lambda options: asyncio.run(mode(options))


if __name__ == "__main__":
    modes = {"throughput": throughput, "connect": connect, "ping": ping, "many": many}
    measure.main("aiortc", {name: in_loop(mode) for name, mode in modes.items()})
