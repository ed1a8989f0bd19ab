"""GStreamer's end of an interop test, its webrtcbin; see harness.py for how it is told what to do."""
import array
import asyncio
import re

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstApp", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstApp, GstSdp, GstWebRTC  # noqa: E402, F401

import harness  # noqa: E402
from harness import report  # noqa: E402

Gst.init(None)

ENCODERS = {
    "VP8": "vp8enc deadline=1 cpu-used=8 keyframe-max-dist=60 ! rtpvp8pay picture-id-mode=15-bit",
    "VP9": "vp9enc deadline=1 cpu-used=8 keyframe-max-dist=60 ! rtpvp9pay picture-id-mode=15-bit",
    "H264": "openh264enc gop-size=60 ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1"
            " aggregate-mode=zero-latency",
    "OPUS": "opusenc ! rtpopuspay",
}
DECODERS = {
    "VP8": "rtpvp8depay ! vp8dec",
    "VP9": "rtpvp9depay ! vp9dec",
    "H264": "rtph264depay ! h264parse ! openh264dec",
    "OPUS": "rtpopusdepay ! opusdec",
}
# Without an offer that says otherwise.
PAYLOAD_TYPES = {"VP8": 96, "VP9": 98, "H264": 102, "OPUS": 111}


def caps(codec, payload_type):
    if codec == "OPUS":
        return (f"application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,encoding-params=(string)2,"
                f"payload={payload_type}")
    more = ",packetization-mode=(string)1,profile-level-id=(string)42e01f" if codec == "H264" else ""
    return f"application/x-rtp,media=video,encoding-name={codec},clock-rate=90000,payload={payload_type}{more}"


class Peer(harness.Peer):
    def __init__(self, name):
        super().__init__(name)
        self.loop = asyncio.get_running_loop()
        self.payload_types = dict(PAYLOAD_TYPES)
        self.codec = "VP8"
        self.answers = False
        self.packets = {"audio": 0, "video": 0}
        self.pipeline = Gst.Pipeline.new(name)
        self.connection = Gst.ElementFactory.make("webrtcbin")
        self.connection.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        self.connection.connect("on-ice-candidate", self.candidate_found)
        self.connection.connect("notify::ice-gathering-state", self.gathering_changed)
        self.connection.connect("notify::connection-state", self.state_changed)
        self.connection.connect("on-new-transceiver", self.transceiver_arrived)
        self.connection.connect("pad-added", self.pad_arrived)
        self.pipeline.add(self.connection)
        self.pipeline.set_state(Gst.State.PLAYING)

    # What webrtcbin says comes on threads of its own.

    def soon(self, work, *arguments):
        self.loop.call_soon_threadsafe(work, *arguments)

    def state_changed(self, connection, _):
        state = connection.get_property("connection-state").value_nick
        self.soon(lambda: report(self.name, "state", state=state))

    def candidate_found(self, _, index, candidate):
        found = {"candidate": candidate, "sdpMLineIndex": index}
        self.soon(lambda: report(self.name, "candidate", candidate=found))

    def gathering_changed(self, connection, _):
        if connection.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            self.soon(lambda: report(self.name, "candidate", candidate=None))

    def transceiver_arrived(self, _, transceiver):
        # It holds its lock meanwhile, and cannot be asked for its state.
        if self.answers and transceiver.get_property("kind") == GstWebRTC.WebRTCKind.VIDEO:
            transceiver.set_property("do-nack", True)
            # It answers with one codec, the first that it can have.
            wanted = Gst.Caps.from_string(f"application/x-rtp,media=video,encoding-name={self.codec}")
            transceiver.set_property("codec-preferences", wanted)

    async def ask(self, action, *arguments):
        """Does what ends with a promise; gives the text of the description that it was asked for."""
        promise = Gst.Promise.new()
        self.connection.emit(action, *arguments, promise)
        await asyncio.to_thread(promise.wait)
        reply = promise.get_reply()
        if reply is not None and reply.has_field("error"):
            raise RuntimeError(f"{action}: {reply.get_value('error')}")
        if action.startswith("create-"):
            # What it gives lives no longer than the reply does.
            return reply.get_value(action.removeprefix("create-")).sdp.as_text()

    async def describe(self, place, kind, sdp):
        message = GstSdp.SDPMessage.new_from_text(sdp)[1]
        type = {"offer": GstWebRTC.WebRTCSDPType.OFFER, "answer": GstWebRTC.WebRTCSDPType.ANSWER}[kind]
        await self.ask(f"set-{place}-description", GstWebRTC.WebRTCSessionDescription.new(type, message))

    async def describeLocally(self, complete):
        state = self.connection.get_property("signaling-state")
        kind = "answer" if state == GstWebRTC.WebRTCSignalingState.HAVE_REMOTE_OFFER else "offer"
        sdp = await self.ask(f"create-{kind}", None)
        await self.describe("local", kind, sdp)
        return {"type": kind, "sdp": sdp}

    async def setRemoteDescription(self, description):
        sdp = description["sdp"]
        offered = {codec.upper(): int(number) for number, codec in re.findall(r"a=rtpmap:(\d+) (\w+)/", sdp)[::-1]}
        self.payload_types.update(offered)
        self.answers = description["type"] == "offer"
        await self.describe("remote", description["type"], sdp)

    async def addCandidate(self, candidate):
        if candidate and candidate["candidate"]:
            self.connection.emit("add-ice-candidate", candidate.get("sdpMLineIndex") or 0, candidate["candidate"])

    async def close(self):
        await self.endMedia()
        await asyncio.to_thread(self.pipeline.set_state, Gst.State.NULL)
        report(self.name, "state", state="closed")

    async def sendMedia(self, video=False, audio=False, codec=None):
        if video:
            source = self.add(
                f"video/x-raw,format=I420,width={harness.WIDTH},height={harness.HEIGHT},framerate=30/1",
                "videoconvert ! " + ENCODERS[name_of(codec)], name_of(codec))
            self.start(self.film(source))
        if audio:
            source = self.add(
                "audio/x-raw,format=S16LE,layout=interleaved,rate=48000,channels=1",
                "audioconvert ! audioresample ! " + ENCODERS["OPUS"], "OPUS")
            self.start(self.sing(source))

    def add(self, raw, encoder, codec):
        """A source of that, through an encoder to the connection."""
        payload_type = self.payload_types[codec]
        part = Gst.parse_bin_from_description(
            f"appsrc name=source is-live=true format=time caps={raw} ! queue ! {encoder} "
            f"pt={payload_type} ! capsfilter caps=\"{caps(codec, payload_type)}\"", True)
        self.pipeline.add(part)
        pad = self.connection.request_pad_simple("sink_%u")
        pad.get_property("transceiver").set_property("do-nack", codec != "OPUS")
        part.get_static_pad("src").link(pad)
        part.sync_state_with_parent()
        return part.get_by_name("source")

    def now(self):
        return self.pipeline.get_clock().get_time() - self.pipeline.get_base_time()

    async def film(self, source):
        picture, start = harness.CountingPicture(), self.now()
        async for count in harness.ticks(1 / 30):
            push(source, picture.draw(), start + count * Gst.SECOND // 30)

    async def sing(self, source):
        tone, start = harness.Tone(), self.now()
        async for count in harness.ticks(0.02):
            push(source, tone.next(960).tobytes(), start + count * Gst.SECOND // 50)

    async def addTransceivers(self, kinds):
        for kind in kinds:
            codec = "OPUS" if kind == "audio" else self.codec
            wanted = Gst.Caps.from_string(caps(codec, self.payload_types[codec]))
            transceiver = self.connection.emit(
                "add-transceiver", GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY, wanted)
            transceiver.set_property("do-nack", kind == "video")

    async def watch(self, codec=None):
        self.codec = name_of(codec)

    def pad_arrived(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        structure = pad.get_current_caps().get_structure(0)
        kind, codec = structure.get_value("media"), structure.get_value("encoding-name")
        raw = ("videoconvert ! video/x-raw,format=I420" if kind == "video"
               else "audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1")
        part = Gst.parse_bin_from_description(
            f"queue ! {DECODERS[codec]} ! {raw} ! appsink name=sink emit-signals=true sync=false", True)
        part.get_by_name("sink").connect("new-sample", self.picture_decoded if kind == "video" else self.sound_decoded)
        self.pipeline.add(part)
        part.sync_state_with_parent()
        pad.add_probe(Gst.PadProbeType.BUFFER, self.packet_came, kind)
        pad.link(part.get_static_pad("sink"))

    def packet_came(self, pad, info, kind):
        self.packets[kind] += 1
        return Gst.PadProbeReturn.OK

    def picture_decoded(self, sink):
        sample = sink.emit("pull-sample")
        structure, buffer = sample.get_caps().get_structure(0), sample.get_buffer()
        width, height = structure.get_value("width"), structure.get_value("height")
        luma = buffer.extract_dup(0, buffer.get_size())
        asyncio.run_coroutine_threadsafe(self.saw_picture(luma, (width + 3) // 4 * 4, width, height), self.loop)
        return Gst.FlowReturn.OK

    def sound_decoded(self, sink):
        buffer = sink.emit("pull-sample").get_buffer()
        samples = array.array("h", buffer.extract_dup(0, buffer.get_size()))
        asyncio.run_coroutine_threadsafe(self.heard(samples, 48000), self.loop)
        return Gst.FlowReturn.OK

    async def stats(self):
        # What comes out of the connection and of the decoder; its own statistics count no pictures.
        return [
            {"type": "inbound-rtp", "kind": "audio", "packetsReceived": self.packets["audio"]},
            {"type": "inbound-rtp", "kind": "video", "packetsReceived": self.packets["video"],
             "framesDecoded": self.pictures}]


def push(source, data, time):
    buffer = Gst.Buffer.new_wrapped(data)
    buffer.pts = time
    source.emit("push-buffer", buffer)


def name_of(codec):
    return (codec or "video/VP8").split("/")[1].upper()


harness.run(Peer)
