"""aiortc's end of an interop test: operations come as JSON lines on stdin, replies and events go to stdout.

peer.js understands the same operations and reports the same events. The program ends when stdin does.
"""
import asyncio
import base64
import json
import sys

from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

peers = {}


def write(message):
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def report(peer, event, **details):
    write({"peer": peer, "event": event, **details})


class Peer:
    def __init__(self, name):
        self.name = name
        self.channels = {}
        self.connection = RTCPeerConnection()
        self.connection.on("connectionstatechange", self.state_changed)
        self.connection.on("datachannel", self.channel_arrived)

    async def state_changed(self):
        report(self.name, "state", state=self.connection.connectionState)

    def channel_arrived(self, channel):
        report(
            self.name, "channel", label=channel.label, ordered=channel.ordered, maxRetransmits=channel.maxRetransmits,
            maxPacketLifeTime=channel.maxPacketLifeTime, protocol=channel.protocol, negotiated=channel.negotiated,
            id=channel.id)
        self.adopt(channel)

    def adopt(self, channel):
        label = channel.label
        self.channels[label] = channel

        def received(message):
            if isinstance(message, str):
                report(self.name, "message", label=label, text=message)
            else:
                report(self.name, "message", label=label, base64=base64.b64encode(message).decode())

        channel.on("open", lambda: report(self.name, "open", label=label))
        channel.on("close", lambda: report(self.name, "closed", label=label))
        channel.on("message", received)
        if channel.readyState == "open":
            report(self.name, "open", label=label)

    async def createDataChannel(self, label, options):
        names = {
            "ordered": "ordered", "maxRetransmits": "maxRetransmits", "maxPacketLifeTime": "maxPacketLifeTime",
            "protocol": "protocol", "negotiated": "negotiated", "id": "id"}
        self.adopt(self.connection.createDataChannel(label, **{names[key]: value for key, value in options.items()}))

    async def describeLocally(self, complete):
        # aiortc has no trickle: its candidates are gathered before this returns.
        connection = self.connection
        offering = connection.signalingState == "stable"
        await connection.setLocalDescription(await (connection.createOffer() if offering else connection.createAnswer()))
        report(self.name, "candidate", candidate=None)
        return {"type": connection.localDescription.type, "sdp": connection.localDescription.sdp}

    async def setRemoteDescription(self, description):
        await self.connection.setRemoteDescription(RTCSessionDescription(**description))

    async def addCandidate(self, candidate):
        if candidate is None or not candidate["candidate"]:
            await self.connection.addIceCandidate(None)
            return
        parsed = candidate_from_sdp(candidate["candidate"].split(":", 1)[1])
        parsed.sdpMid = candidate.get("sdpMid")
        parsed.sdpMLineIndex = candidate.get("sdpMLineIndex")
        await self.connection.addIceCandidate(parsed)

    async def send(self, label, text=None, base64=None):
        self.channels[label].send(text if base64 is None else decode(base64))

    async def sendSequence(self, label, count, size):
        channel = self.channels[label]
        room = asyncio.Event()
        channel.bufferedAmountLowThreshold = 1 << 18
        channel.on("bufferedamountlow", room.set)
        for number in range(count):
            if channel.bufferedAmount > 1 << 20:
                room.clear()
                await room.wait()
            channel.send(f"{number}:".ljust(size, "."))

    async def closeChannel(self, label):
        self.channels[label].close()

    async def close(self):
        await self.connection.close()


def decode(text):
    return base64.b64decode(text)


async def perform(request):
    name, operation = request["peer"], request["operation"]
    try:
        if operation == "create":
            peers[name] = Peer(name)
            value = None
        else:
            value = await getattr(peers[name], operation)(**request["parameters"])
        write({"reply": request["id"], "value": value})
    except Exception as error:
        write({"reply": request["id"], "error": f"{type(error).__name__}: {error}"})


async def main():
    reader = asyncio.StreamReader(limit=1 << 24)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    running = set()
    while line := await reader.readline():
        task = asyncio.ensure_future(perform(json.loads(line)))
        running.add(task)
        task.add_done_callback(running.discard)
    for peer in peers.values():
        await peer.connection.close()


asyncio.run(main())
