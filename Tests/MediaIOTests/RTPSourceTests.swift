import Foundation
import JSEP
import MediaFiles
import NIOCore
import NIOPosix
import RTP
import TestSupport
import Testing
import WebRTC

@testable import MediaIO

@Suite("RTP from elsewhere")
struct RTPSourceTests {
    static let header = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=No Name\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"

    @Test("a description as ffmpeg writes it is read")
    func reading() throws {
        let sections = try RTPSourceSection.sections(
            of: "SDP:\n" + Self.header + "m=video 5004 RTP/AVP 96\r\nb=AS:200\r\na=rtpmap:96 VP8/90000\r\n"
                + "m=audio 5006 RTP/AVP 0 97\r\na=rtpmap:97 opus/48000/2\r\na=rtcp-mux\r\n"
                + "a=source-filter: incl IN IP4 * 192.0.2.7\r\n")
        #expect(sections.map(\.port) == [5004, 5006] && sections.map(\.controlPort) == [5005, nil])
        #expect(sections.map(\.address) == ["127.0.0.1", "127.0.0.1"])
        #expect(sections[0].codecs == [96: "video/VP8"] && sections[0].source == nil)
        #expect(sections[1].codecs == [0: "audio/PCMU", 97: "audio/opus"] && sections[1].source == "192.0.2.7")
    }

    @Test(
        "one that cannot be used says what to change",
        arguments: [
            ("", "add one"), ("m=video 0 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n", "name the port"),
            ("m=video 5004 RTP/AVP 96\r\na=rtpmap:96 MP4V-ES/90000\r\n", "encode video with"),
            ("m=video 5004 RTP/AVP 96\r\n", "a=rtpmap"),
            ("m=video 5004 RTP/AVP 96\r\na=rtpmap:96 VP8/48000\r\n", "VP8/90000"),
            ("m=audio 5004 RTP/AVP 97\r\na=rtpmap:97 PCMU/44100/2\r\n", "-ar 8000 -ac 1"),
            ("m=audio 5004 RTP/AVP 97\r\na=rtpmap:97 PCMA/8000/2\r\n", "-ar 8000 -ac 1"),
            ("m=audio 5004 RTP/AVP 9\r\na=rtpmap:9 G722/16000\r\n", "-ar 16000 -ac 1"),
            ("m=audio 5004 RTP/AVP 97\r\na=rtpmap:97 opus/48000\r\n", "opus/48000/2"),
            ("m=video 5004 RTP/SAVP 96\r\na=rtpmap:96 VP8/90000\r\n", "plain RTP"),
            ("m=video 5004 TCP 96\r\na=rtpmap:96 VP8/90000\r\n", "RTP over UDP"),
            ("m=video 5004 RTP/AVP 96\r\nc=IN IP4 239.1.2.3/64\r\na=rtpmap:96 VP8/90000\r\n", "of this machine"),
            (
                "m=video 5004 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\nm=video 5004 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n",
                "port of its own"
            ),
        ])
    func refused(media: String, remedy: String) throws {
        let error = #expect(throws: RTPSourceError.self) { try RTPSource(sdp: Self.header + media) }
        #expect(error?.description.contains(remedy) == true, "\(String(describing: error))")
        #expect(throws: RTPSourceError.self) { try RTPSource(sdp: "hello") }
        #expect(throws: RTPSourceError.self) { try RTPSource(sdpFile: "/nowhere/a.sdp") }
    }

    @Test("clocks and channels as peers know them are read, whether one channel is said or not")
    func clocks() throws {
        let sections = try RTPSourceSection.sections(
            of: Self.header + "m=audio 5004 RTP/AVP 96 97 9 8\r\na=rtpmap:96 PCMU/8000/1\r\n"
                + "a=rtpmap:97 OPUS/48000/2\r\na=rtpmap:9 G722/8000\r\n")
        #expect(sections[0].codecs == [96: "audio/PCMU", 97: "audio/opus", 9: "audio/G722", 8: "audio/PCMA"])
    }

    @Test("without an address in the description this machine alone may send")
    func address() throws {
        let media = "m=video 5004 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
        let header = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
        #expect(try RTPSourceSection.sections(of: header + media)[0].address == "127.0.0.1")
        #expect(try RTPSourceSection.sections(of: header + media + "c=IN IP4 0.0.0.0\r\n")[0].address == "0.0.0.0")
    }

    @Test("what no peer gets is not kept: elements of header extensions, and contributing sources")
    func stripped() throws {
        var packet = RTPPacket(payloadType: 96, sequenceNumber: 1, timestamp: 2, ssrc: 3, payload: [1, 2, 3])
        let plain = packet
        packet.csrcs = [4, 5]
        packet.extensions = (1...14).map { RTPExtensionElement(id: $0, value: [1]) }
        let datagram = try packet.encoded()
        #expect(RTPInput.packet(datagram.span) == plain)
    }

    @Test("texts that are spoiled anywhere are refused or read, from a seed", arguments: 0..<50)
    func spoiled(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var text = Array(
            (Self.header + "m=video 5004 RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\na=source-filter: incl IN IP4 * ::1\r\n")
                .utf8)
        for _ in 0..<Int.random(in: 1...8, using: &random) {
            text[Int.random(in: 0..<text.count, using: &random)] = UInt8.random(in: 0...127, using: &random)
        }
        let sections = try? RTPSourceSection.sections(of: String(decoding: text, as: UTF8.self))
        #expect(sections?.allSatisfy { $0.port > 0 && !$0.codecs.isEmpty } ?? true)
    }

    @Test("a port listens to its first sender, until that has been silent for 5 s")
    func pin() {
        var pin = SenderPin()
        let first = pin.admits("192.0.2.1", port: 1, now: .zero)
        let other = pin.admits("192.0.2.2", port: 1, now: .seconds(4))
        let again = pin.admits("192.0.2.1", port: 1, now: .seconds(4))
        let early = pin.admits("192.0.2.1", port: 2, now: .seconds(8))
        let late = pin.admits("192.0.2.1", port: 2, now: .seconds(9))
        #expect(first && !other && again && !early && late)
        #expect(pin.changes == 2, "each is said once")
        var named = SenderPin(named: "192.0.2.9")
        let stranger = named.admits("192.0.2.1", port: 1, now: .zero)
        let itself = named.admits("192.0.2.9", port: 1, now: .zero)
        #expect(!stranger && itself)
    }

    /// A port that nobody has, with the one above it.
    static func freePort() async throws -> UInt16 {
        let group = MultiThreadedEventLoopGroup.singleton
        while true {
            let channel = try await DatagramBootstrap(group: group).bind(host: "127.0.0.1", port: 0).get()
            let port = channel.localAddress?.port ?? 0
            try await channel.close()
            if port % 2 == 0, port > 0, port < 65534 { return UInt16(port) }
        }
    }

    @Test("a port that is taken is named")
    func takenPort() async throws {
        let port = try await Self.freePort()
        let sdp = Self.header + "m=video \(port) RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
        let (first, second) = (try RTPSource(sdp: sdp), try RTPSource(sdp: sdp))
        try await first.start()
        let error = await #expect(throws: RTPSourceError.self) { try await second.start() }
        #expect(error?.description.contains("\(port)") == true)
        await first.stop()
        try await second.start()
        await second.stop()
    }
}

extension RealTime {
    @Suite("RTP that ffmpeg sends", .needsFFmpeg, .timeLimit(.minutes(1)))
    struct FFmpegSourceTests {
        @Test("what ffmpeg sends arrives at a peer, whole and in order")
        func ffmpeg() async throws {
            let port = try await RTPSourceTests.freePort()
            let sdp =
                RTPSourceTests.header + "m=video \(port) RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
                + "m=audio \(port + 2) RTP/AVP 97\r\na=rtpmap:97 opus/48000/2\r\n"
            let source = try RTPSource(sdp: sdp)
            try await source.start()
            let media = try await MediaPair(sending: source.tracks)
            let (pictures, sound) = (media.received[.video]?.frames, media.received[.audio]?.frames)
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try FFmpegProgram.ffmpeg.path)
            process.arguments =
                [
                    "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25", "-re", "-f", "lavfi", "-i",
                    "sine",
                ]
                + ["-t", "30", "-map", "0:v", "-c:v", "libvpx", "-deadline", "realtime", "-g", "25", "-f", "rtp"]
                + ["-payload_type", "96", "rtp://127.0.0.1:\(port)?pkt_size=1100"]
                + ["-t", "30", "-map", "1:a", "-c:a", "libopus", "-ac", "2", "-f", "rtp", "-payload_type", "97"]
                + ["rtp://127.0.0.1:\(port + 2)?pkt_size=1100"]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            defer { process.terminate() }
            for (frames, distance) in try [(#require(pictures), 40), (#require(sound), 20)] {
                var got: [MediaFrame] = []
                for await frame in frames {
                    got.append(frame)
                    if got.count == 50 { break }
                }
                #expect(got.first?.isKeyFrame == true)
                let steps = zip(got.dropFirst(), got).map { ($0.timestamp - $1.timestamp) / .milliseconds(1) }
                #expect(steps.filter { abs($0 - Double(distance)) < 1 }.count > 40, "\(steps)")
            }
            let counters = source.counters
            #expect(
                counters.packets > 100 && counters.malformed == 0 && counters.foreign == 0 && counters.oversized == 0)
            await source.stop()
            await media.close()
        }

        @Test("H.264 that ffmpeg copies from MP4 has its parameter sets in front of each key frame")
        func copied() async throws {
            let folder = try TestFolder()
            let file = try await FFmpeg.make(
                "a.mp4", "-c:v libx264 -bf 0 -g 25 -profile:v baseline -pix_fmt yuv420p", in: folder)
            let port = try await RTPSourceTests.freePort()
            let output = ["-c", "copy", "-f", "rtp", "-payload_type", "96"]
            let address = "rtp://127.0.0.1:\(port)?pkt_size=1100"
            // The description is there before anybody listens.
            try await FFmpegProgram.ffmpeg.run(
                ["-v", "error", "-i", file] + output + ["-sdp_file", folder.path("a.sdp"), address])
            let source = try RTPSource(sdpFile: folder.path("a.sdp"))
            try await source.start()
            let media = try await MediaPair(sending: source.tracks)
            let frames = try #require(media.received[.video]).frames
            let process = Process()
            process.executableURL = URL(fileURLWithPath: try FFmpegProgram.ffmpeg.path)
            process.arguments = ["-v", "error", "-re", "-stream_loop", "9", "-i", file] + output + [address]
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            defer { process.terminate() }
            let got = await frames.first(60)
            let keyFrames = got.filter(\.isKeyFrame)
            #expect(keyFrames.count >= 2 && got.allSatisfy { $0.lostPackets == 0 })
            for frame in keyFrames {
                let size = PictureSize(keyFrame: frame.data, codec: .h264)
                #expect(size == PictureSize(width: 176, height: 144), "\(frame.data.prefix(20))")
            }
            await source.stop()
            await media.close()
        }
    }
}
