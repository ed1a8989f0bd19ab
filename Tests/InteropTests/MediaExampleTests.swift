import Foundation
import JSEP
import NIOHTTP1
import TestSupport
import Testing
import WebRTC
import WebRTCTestSupport

@Suite(
    "the examples with media, with Chromium", .serialized,
    .enabled(if: InteropPrograms.hasChromium, "needs chromium and chromium-driver: make test installs them"),
    .browser(.plain), .timeLimit(.minutes(3)))
struct MediaExampleTests {
    /// Starts an example, and shows its page.
    private func open(_ name: String, _ arguments: [String] = []) async throws -> (LineProcess, Browser) {
        let browser = try #require(BrowserTrait.current)
        let program = try LineProcess(
            name, LineProcess.product(name), arguments + ["--loopback", "--port", "0"], isQuiet: true)
        let port = try #require(try await program.line("listening").text.split(separator: " ").last)
        try await browser.open(try #require(URL(string: "http://127.0.0.1:\(port)/")))
        return (program, browser)
    }

    /// Resolves with the milliseconds from the connection to the picture that many later, once it is shown.
    private static let shown = """
        const [count] = arguments, video = document.querySelector("video");
        return new Promise(resolve => {
            let seen = 0;
            const look = () => { if (++seen >= count) resolve(video.videoWidth); else video.requestVideoFrameCallback(look); };
            video.requestVideoFrameCallback(look);
        });
        """

    /// Resolves once that member of a statistic is above a value.
    private static let above = """
        const [type, kind, member, value] = arguments;
        return new Promise(async resolve => {
            for (;;) {
                const stats = window.connection ? await window.connection.getStats() : new Map();
                for (const stat of stats.values())
                    if (stat.type === type && stat.kind === kind && stat[member] > value) return resolve(stat[member]);
                await new Promise(next => setTimeout(next, 50));
            }
        });
        """

    private func end(_ program: LineProcess) async {
        program.send(signal: SIGTERM)
        _ = await program.end()
    }

    @Test("play-file shows a file, to one who comes in the middle as well")
    func playFile() async throws {
        let folder = try TestFolder()
        let film = folder.path("film.webm")
        try await FFmpeg.run(
            ["-f", "lavfi", "-i", "testsrc2=s=320x240:r=25", "-f", "lavfi", "-i", "sine", "-t", "20"]
                + ["-c:v", "libvpx", "-deadline", "realtime", "-g", "1000", "-c:a", "libopus", film])
        let (program, browser) = try await open("play-file", [film])
        #expect(try await browser.run(Self.shown, [30]).integer == 320)
        _ = try await browser.run(Self.above, ["inbound-rtp", "audio", "packetsReceived", 50])
        // It comes again: the only key frame is some seconds old.
        try await browser.open(try #require(URL(string: "about:blank")))
        let port = try #require(try await program.line("listening").text.split(separator: " ").last)
        try await browser.open(try #require(URL(string: "http://127.0.0.1:\(port)/")))
        #expect(try await browser.run(Self.shown, [10]).integer == 320)
        let keyFrames = try await browser.run(Self.above, ["inbound-rtp", "video", "keyFramesDecoded", 0]).integer
        #expect(keyFrames ?? 0 >= 1)
        await end(program)
    }

    @Test("record records a camera and a microphone")
    func record() async throws {
        let folder = try TestFolder()
        let (program, browser) = try await open("record", [folder.folder])
        _ = try await browser.run(Self.above, ["outbound-rtp", "video", "framesEncoded", 60])
        _ = try await browser.run("window.connection.close()", [])
        let said = try await program.line("recorded").text
        let path = try #require(said.split(separator: " ").last.map(String.init))
        let frames = try #require(Int(said.split(separator: " ")[0]))
        #expect(frames > 100, "\(said)")
        // Decodes without a word.
        try await FFmpeg.run(["-xerror", "-i", path, "-fps_mode", "vfr", "-f", "null", "-"])
        await end(program)
    }

    @Test("record, killed, leaves all but the last two seconds")
    func killed() async throws {
        let folder = try TestFolder()
        let (program, browser) = try await open("record", [folder.folder])
        let sent = try await browser.run(Self.above, ["outbound-rtp", "video", "framesSent", 150]).integer ?? 0
        program.send(signal: SIGKILL)
        _ = await program.end()
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.folder)
        let path = folder.path(try #require(files.first))
        #expect(files.count == 1)
        let rate = try await browser.run(
            "return connection.getSenders().find(s => s.track.kind === 'video').track.getSettings().frameRate", [])
        let pictures = try await FFmpegProgram.times(of: path, stream: "v:0").count
        #expect(pictures >= sent - 2 * (rate.integer ?? 20), "\(pictures) of \(sent), \(rate) a second")
        let sound = try await FFmpegProgram.times(of: path, stream: "a:0").last ?? 0
        let end = try await FFmpegProgram.times(of: path, stream: "v:0").last ?? 0
        #expect(abs(sound - end) < 1, "\(sound), \(end)")
        // Decodes without a word, though nobody has ended it.
        try await FFmpeg.run(["-xerror", "-i", path, "-fps_mode", "vfr", "-f", "null", "-"])
    }

    @Test("broadcast shows the camera of one page to another")
    func broadcast() async throws {
        let (program, browser) = try await open("broadcast")
        let port = try #require(try await program.line("listening").text.split(separator: " ").last)
        let other = try await Browser(.chromium, .plain)
        try await other.open(try #require(URL(string: "http://127.0.0.1:\(port)/camera")))
        // Who came before there was anything to see sees it, as one who comes later.
        #expect(try await browser.run(Self.shown, [30]).integer ?? 0 > 0)
        _ = try await browser.run(Self.above, ["inbound-rtp", "audio", "packetsReceived", 50])
        try await browser.open(try #require(URL(string: "http://127.0.0.1:\(port)/?again")))
        #expect(try await browser.run(Self.shown, [30]).integer ?? 0 > 0)
        await other.stop()
        await end(program)
    }

    @Test("room shows two who come each other, and who leaves is gone")
    func room() async throws {
        // The width of the first other guest's picture, once it is shown; or that there is none any more.
        let shown = """
            const [isThere] = arguments;
            return new Promise(resolve => {
                const look = () => {
                    const video = document.querySelector("video[id^=guest]");
                    if (isThere ? video?.videoWidth > 0 : !video) return resolve(video?.videoWidth ?? 0);
                    setTimeout(look, 50);
                };
                look();
            });
            """
        let (program, browser) = try await open("room")
        let port = try #require(try await program.line("listening").text.split(separator: " ").last)
        let other = try await Browser(.chromium, .plain)
        try await other.open(try #require(URL(string: "http://127.0.0.1:\(port)/")))
        #expect(try await browser.run(shown, [true]).integer ?? 0 > 0)
        #expect(try await other.run(shown, [true]).integer ?? 0 > 0)
        _ = try await browser.run(Self.above, ["inbound-rtp", "audio", "packetsReceived", 50])
        _ = try await other.run("window.connection.close()", [])
        #expect(try await browser.run(shown, [false]).integer == 0)
        await other.stop()
        await end(program)
    }

    @Test("echo shows one's own picture")
    func echo() async throws {
        let (program, browser) = try await open("echo")
        #expect(try await browser.run(Self.shown, [30]).integer ?? 0 > 0)
        _ = try await browser.run(Self.above, ["inbound-rtp", "audio", "packetsReceived", 50])
        await end(program)
    }

    @Test("voice-agent answers when it has been spoken to")
    func voiceAgent() async throws {
        let program = try LineProcess(
            "voice-agent", LineProcess.product("voice-agent"), ["--loopback", "--port", "0"], isQuiet: true)
        let port = try #require(try await program.line("listening").text.split(separator: " ").last.flatMap { Int($0) })
        let connection = try PeerConnection(configuration: ConnectedPair.loopback)
        let (microphone, events) = (MediaStreamTrack(.audio), connection.tracks)
        try await connection.addTrack(microphone, streams: [MediaStream([microphone])])
        let offer = try JSONEncoder().encode(try await connection.offer())
        let answer = try await HTTPExchange.send(.POST, port: port, path: "/offer", body: offer)
        try await connection.setRemoteDescription(try JSONDecoder().decode(SessionDescription.self, from: answer))
        try await connection.connected()
        var frames: EventSequence<MediaFrame>?
        for await event in events {
            frames = event.track.frames
            break
        }
        // 600 ms of speech, and as much silence.
        for number in 0..<60 {
            let data = [UInt8](repeating: UInt8(number), count: number < 30 ? 80 : 3)
            try microphone.send(
                MediaFrame(codec: "audio/opus", data: [0xFC] + data, timestamp: .milliseconds(20 * number)))
        }
        var heard: [UInt8] = []
        for await frame in try #require(frames) where !frame.isLoss {
            heard.append(frame.data[1])
            if heard.count == 30 { break }
        }
        #expect(heard == (0..<30).map { UInt8($0) })
        connection.close()
        await end(program)
    }

    @Test("ffmpeg-to-browser shows what ffmpeg sends")
    func ffmpegToBrowser() async throws {
        let folder = try TestFolder()
        let sdp = folder.path("film.sdp")
        let port = 20_000 + 2 * Int(ProcessInfo.processInfo.processIdentifier % 5000)
        let ffmpeg = Process()
        ffmpeg.executableURL = URL(fileURLWithPath: try FFmpegProgram.ffmpeg.path)
        ffmpeg.arguments =
            ["-v", "error", "-re", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25", "-t", "60"]
            + ["-c:v", "libvpx", "-deadline", "realtime", "-g", "50", "-f", "rtp", "-sdp_file", sdp]
            + ["rtp://127.0.0.1:\(port)?pkt_size=1100"]
        ffmpeg.standardInput = FileHandle.nullDevice
        ffmpeg.standardOutput = FileHandle.nullDevice
        try ffmpeg.run()
        defer { ffmpeg.terminate() }
        // It is written before the first packet is sent.
        try await waitUntil { (try? String(contentsOfFile: sdp, encoding: .utf8))?.contains("rtpmap") == true }
        let (program, browser) = try await open("ffmpeg-to-browser", [sdp])
        #expect(try await browser.run(Self.shown, [30]).integer == 320)
        await end(program)
    }
}
