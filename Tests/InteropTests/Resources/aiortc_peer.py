"""aiortc's end of an interop test; see harness.py for how it is told what to do."""
import array
import asyncio
import base64
import fractions

from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame, AudioResampler, VideoFrame

import harness
from harness import report


class Camera(MediaStreamTrack):
    """A picture that counts itself, 30 a second."""

    kind = "video"

    def __init__(self):
        super().__init__()
        self.picture = harness.CountingPicture()
        self.ticks = harness.ticks(1 / 30)

    async def recv(self):
        count = await anext(self.ticks)
        if self.readyState != "live":
            raise MediaStreamError
        frame = VideoFrame(harness.WIDTH, harness.HEIGHT, "yuv420p")
        planes, place = self.picture.draw(), 0
        for plane in frame.planes:
            rows = [planes[place + row * plane.width:][:plane.width] for row in range(plane.height)]
            plane.update(b"".join(row.ljust(plane.line_size, b"\0") for row in rows))
            place += plane.width * plane.height
        frame.pts, frame.time_base = count * 3000, fractions.Fraction(1, 90000)
        return frame


class Microphone(MediaStreamTrack):
    """A tone, 20 ms after 20 ms."""

    kind = "audio"

    def __init__(self):
        super().__init__()
        self.tone = harness.Tone()
        self.ticks = harness.ticks(0.02)

    async def recv(self):
        count = await anext(self.ticks)
        if self.readyState != "live":
            raise MediaStreamError
        frame = AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(self.tone.next(960).tobytes())
        frame.pts, frame.sample_rate, frame.time_base = count * 960, 48000, fractions.Fraction(1, 48000)
        return frame


class Peer(harness.Peer):
    def __init__(self, name):
        super().__init__(name)
        self.channels = {}
        self.sent = []
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
        await self.endMedia()
        await self.connection.close()

    async def sendMedia(self, video=False, audio=False, codec=None):
        self.sent = [Camera()] * video + [Microphone()] * audio
        for track in self.sent:
            self.connection.addTrack(track)
        if codec:
            codecs = RTCRtpReceiver.getCapabilities("video").codecs
            for transceiver in self.connection.getTransceivers():
                if transceiver.kind == "video":
                    transceiver.setCodecPreferences([each for each in codecs if each.mimeType in (codec, "video/rtx")])

    async def endMedia(self):
        for track in self.sent:
            track.stop()
        await super().endMedia()

    async def addTransceivers(self, kinds):
        for kind in kinds:
            self.connection.addTransceiver(kind, direction="recvonly")

    async def watch(self, codec=None):
        self.connection.on("track", lambda track: self.start(self.read(track)))

    async def read(self, track):
        mono = AudioResampler(format="s16", layout="mono", rate=48000)
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if track.kind == "video":
                luma = frame.reformat(format="yuv420p").planes[0]
                await self.saw_picture(memoryview(luma), luma.line_size, frame.width, frame.height)
                continue
            for part in mono.resample(frame):
                await self.heard(array.array("h", bytes(part.planes[0])[:2 * part.samples]), 48000)

    async def stats(self):
        entries = [dict(vars(entry)) for entry in (await self.connection.getStats()).values()]
        for entry in entries:
            entry.pop("timestamp"), entry.pop("remoteTimestamp", None)
            if entry["type"] == "inbound-rtp" and entry["kind"] == "video":
                # What its decoder gave; it does not count that itself.
                entry["framesDecoded"] = self.pictures
        return entries


def decode(text):
    return base64.b64decode(text)


harness.run(Peer)
