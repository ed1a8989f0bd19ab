"""What the peers in Python share: operations come as JSON lines on stdin, replies and events go to stdout.

peer.js and media.js understand the same operations and report the same events. A program ends when stdin does.
"""
import array
import asyncio
import json
import math
import sys
import time

BITS, CELL, WIDTH, HEIGHT = 16, 20, 320, 240
TONE = 440
PATIENCE = 20  # seconds

peers = {}


def write(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def report(peer, event, **details):
    write({"peer": peer, "event": event, **details})


class CountingPicture:
    """The next picture as planes Y, U and V: square i of the top row is white where bit i of its number is set."""

    def __init__(self):
        self.number = 0

    def draw(self):
        self.number += 1
        row = b"".join((b"\xeb" if self.number >> bit & 1 else b"\x10") * CELL for bit in range(BITS))
        body = bytes([20 + self.number * 3 % 200]) * (WIDTH * (HEIGHT - 2 * CELL))
        return row * (2 * CELL) + body + b"\x80" * (WIDTH * HEIGHT // 2)


def number_in(luma, stride, width, height):
    """The number in a picture, by its plane Y."""
    row = height * CELL // HEIGHT * stride
    places = (row + (2 * bit + 1) * width // (2 * BITS) for bit in range(BITS))
    return sum(1 << bit for bit, place in enumerate(places) if luma[place] > 125)


class Tone:
    """The next samples of a sine, 16 bits each, one channel."""

    def __init__(self, rate=48000):
        self.rate = rate
        self.sample = 0

    def next(self, count):
        first, self.sample = self.sample, self.sample + count
        angle = 2 * math.pi * TONE / self.rate
        return array.array("h", (int(8000 * math.sin(angle * sample)) for sample in range(first, first + count)))


async def ticks(seconds):
    """Comes every so many seconds, and does not drift."""
    start, count = time.monotonic(), 0
    while True:
        yield count
        count += 1
        await asyncio.sleep(max(0, start + count * seconds - time.monotonic()))


class Peer:
    """One connection, and what was decoded of the other end's media. Each program's own peer derives from it."""

    def __init__(self, name):
        self.name = name
        self.number = -1
        self.pictures = 0
        self.sound = array.array("h")
        self.rate = 48000
        self.changed = asyncio.Condition()
        self.tasks = set()

    def start(self, work):
        task = asyncio.ensure_future(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def saw_picture(self, luma, stride, width, height):
        async with self.changed:
            self.number = number_in(luma, stride, width, height)
            self.pictures += 1
            self.changed.notify_all()

    async def heard(self, samples, rate):
        """Keeps the last quarter of a second of one channel."""
        async with self.changed:
            self.rate = rate
            self.sound = (self.sound + samples)[-(rate // 4):]
            self.changed.notify_all()

    async def until(self, value):
        """The first value that is true of those that a coroutine gives, asked after each change; None after a while."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if (found := await value()) is not None:
                return found
            async with self.changed:
                try:
                    # Statistics change without a word of it.
                    await asyncio.wait_for(self.changed.wait(), 0.05)
                except asyncio.TimeoutError:
                    pass
        return None

    async def pictureAfter(self, number):
        async def shown():
            return self.number if self.number > number else None

        return await self.until(shown)

    async def toneAbove(self, hertz):
        """The pitch of what is heard, once it is loud and above that."""

        async def pitch():
            sound = self.sound
            if len(sound) < self.rate // 4 or max(sound) < 1000:
                return None
            rises = sum(1 for one, next in zip(sound, sound[1:]) if one < 0 <= next)
            found = rises * self.rate // len(sound)
            return found if found > hertz else None

        return await self.until(pitch)

    async def statAbove(self, type, kind, member, value):
        last = None

        async def above():
            nonlocal last
            for entry in await self.stats():
                if entry["type"] != type or entry.get("kind") != kind:
                    continue
                last = entry
                if entry.get(member, 0) > value:
                    return entry
            return None

        if found := await self.until(above):
            return found
        raise RuntimeError(f"no {type} of {kind} with {member} above {value}; the last: {last}")

    async def endMedia(self):
        for task in list(self.tasks):
            task.cancel()


async def perform(kind, request):
    name, operation = request["peer"], request["operation"]
    try:
        if operation == "create":
            peers[name] = kind(name)
            value = None
        else:
            value = await getattr(peers[name], operation)(**request["parameters"])
        write({"reply": request["id"], "value": value})
    except Exception as error:
        write({"reply": request["id"], "error": f"{type(error).__name__}: {error}"})


async def serve(kind):
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        task = asyncio.ensure_future(perform(kind, json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    for peer in peers.values():
        await peer.close()


def run(kind):
    """Serves peers of that class until stdin ends."""
    asyncio.run(serve(kind))
