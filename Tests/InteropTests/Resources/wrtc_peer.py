"""libwebrtc's own end of an interop test, through wrtc; see harness.py for how it is told what to do."""
import array

import webrtc

import harness
from harness import report


class Peer(harness.Peer):
    def __init__(self, name):
        super().__init__(name)
        self.connection = webrtc.RTCPeerConnection()
        self.connection.on("connectionstatechange", self.state_changed)
        self.connection.on("icecandidate", self.candidate_found)

    def state_changed(self, _):
        report(self.name, "state", state=str(self.connection.connectionState.value))

    def candidate_found(self, event):
        candidate = event.candidate
        report(self.name, "candidate", candidate=candidate.to_json() if candidate and candidate.candidate else None)

    async def describeLocally(self, complete):
        await self.connection.setLocalDescription()
        if complete:
            async def gathered():
                return self.connection.iceGatheringState == "complete" or None

            await self.until(gathered)
        return self.connection.localDescription.to_json()

    async def setRemoteDescription(self, description):
        await self.connection.setRemoteDescription(webrtc.RTCSessionDescriptionInit(**description))

    async def addCandidate(self, candidate):
        if candidate is None:
            return await self.connection.addIceCandidate(None)
        await self.connection.addIceCandidate(
            webrtc.RTCIceCandidateInit(
                candidate["candidate"], candidate.get("sdpMid"), candidate.get("sdpMLineIndex"),
                candidate.get("usernameFragment")))

    async def close(self):
        await self.endMedia()
        self.connection.close()

    async def sendMedia(self, video=False, audio=False, codec=None):
        if video:
            self.add(webrtc.MediaStreamTrackGenerator("video"), self.film)
        if audio:
            self.add(webrtc.MediaStreamTrackGenerator("audio"), self.sing)
        if codec:
            codecs = webrtc.RTCRtpReceiver.getCapabilities("video").codecs
            for transceiver in self.connection.getTransceivers():
                if transceiver.receiver.track.kind == "video":
                    transceiver.setCodecPreferences([each for each in codecs if each.mimeType in (codec, "video/rtx")])

    def add(self, track, work):
        self.connection.addTrack(track, webrtc.MediaStream([track]))
        self.start(work(track.writable.getWriter()))

    async def film(self, writer):
        picture = harness.CountingPicture()
        async for count in harness.ticks(1 / 30):
            init = webrtc.VideoFrameBufferInit("I420", harness.WIDTH, harness.HEIGHT, count * 1_000_000 // 30)
            await writer.write(webrtc.VideoFrame(picture.draw(), init))

    async def sing(self, writer):
        tone = harness.Tone()
        async for count in harness.ticks(0.02):
            await writer.write(
                webrtc.AudioData(webrtc.AudioDataInit("s16", 48000, 960, 1, count * 20_000, tone.next(960).tobytes())))

    async def addTransceivers(self, kinds):
        for kind in kinds:
            self.connection.addTransceiver(kind)

    async def watch(self, codec=None):
        self.connection.on("track", lambda event: self.start(self.read(event.track)))

    async def read(self, track):
        async for item in webrtc.MediaStreamTrackProcessor(webrtc.MediaStreamTrackProcessorInit(track)).readable:
            with item:
                if track.kind == "video":
                    pixels = bytearray(item.allocation_size())
                    luma = (await item.copy_to(pixels))[0]
                    await self.saw_picture(
                        memoryview(pixels)[luma.offset:], luma.stride, item.coded_width, item.coded_height)
                else:
                    samples = bytearray(2 * item.number_of_frames * item.number_of_channels)
                    item.copy_to(samples, webrtc.AudioDataCopyToOptions(plane_index=0, format="s16"))
                    await self.heard(
                        array.array("h", bytes(samples))[::item.number_of_channels], int(item.sample_rate))

    async def stats(self):
        entries = []
        for entry in (await self.connection.getStats()).values():
            members = {camel(name): value for name, value in vars(entry).items()}
            entries.append({
                name: getattr(value, "value", value) for name, value in members.items()
                if isinstance(getattr(value, "value", value), (int, float, str))})
        return entries


def camel(name):
    first, *others = name.split("_")
    return first + "".join(part.title() for part in others)


harness.run(Peer)
