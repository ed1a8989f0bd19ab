import Foundation
import JSEP
import MediaIO
import NIOCore
import NIOPosix
import Streaming
import StrictJSON
import Synchronization
import TestSupport
import Testing
import WebRTC

@testable import Gateway

/// Streamers that are asked for over HTTP, their sources, and their watchers' sockets.
@Suite("streamers over HTTP", .timeLimit(.minutes(1)))
struct StreamerTests {
    private static func body(_ id: String, _ settings: String) -> String {
        #"{"streamer_id":"\#(id)","client_unique_id":"desk","host_id":7,"app_id":9,"settings":\#(settings)}"#
    }

    /// Settings with a source that feeds a sound, and notes what is pressed.
    static func configuration(
        _ pressed: AsyncStream<InputEvent>.Continuation? = nil, isSilent: Bool = false,
        _ change: (inout StreamSettings) -> Void = { _ in }
    ) -> GatewayConfiguration {
        var settings = StreamSettings(sourceTime: .seconds(isSilent ? 1 : 10))
        settings.sources["tone"] = { request in
            guard request.source.members["pitch"] != "none" else { throw SourceRefusal("There is no such pitch.") }
            guard request.source.members["pitch"] != "broken" else { throw CocoaError(.featureUnsupported) }
            let track = MediaStreamTrack(.audio)
            let feeding = isSilent ? nil : Self.feed(track)
            return HostedSource(
                StreamSource(tracks: [track]) {
                    for await _ in track.muteChanges {}
                    feeding?.cancel()
                }, input: { pressed?.yield($0) })
        }
        change(&settings)
        var configuration = GatewayConfiguration()
        configuration.streams = settings
        return configuration
    }

    private static func feed(_ track: MediaStreamTrack) -> RepeatedTask {
        MultiThreadedEventLoopGroup.singleton.next()
            .scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
                let time = Duration.nanoseconds(Int64(DispatchTime.now().uptimeNanoseconds))
                _ = try? track.send(MediaFrame(codec: "audio/opus", data: [0xF8, 0xFF, 0xFE], timestamp: time))
            }
    }

    private static func rtp(_ address: String, _ port: Int, _ line: String = "a=x") -> String {
        let family = address.contains(":") ? "IP6" : "IP4"
        let sdp =
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN \(family) \(address)\r\nt=0 0\r\n"
            + "m=video \(port) RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n\(line)\r\n"
        let settings = JSONValue.object(["source": .object(["type": .string("rtp"), "sdp": .string(sdp)])])
        return body("x", String(decoding: settings.bytes, as: UTF8.self))
    }

    private static func freePort() async throws -> Int {
        let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        return channel.localAddress?.port ?? 0
    }

    private func status(_ server: TestGateway, _ name: String, is wanted: String) async throws -> JSONValue {
        var events = try await EventReader("/api/streamers/events", port: server.port)
        defer { events.close() }
        while true {
            let event = try await events.next("streamer")
            if event["streamer_id"]?.text == name, event["status"]?.text == wanted { return event }
        }
    }

    @Test("a streamer is made, watched by sockets, its keys are shared, and a socket that closes lets go of them")
    func shared() async throws {
        let (pressed, sink) = AsyncStream.makeStream(of: InputEvent.self)
        try await TestGateway.run(Self.configuration(sink)) { server in
            let made = try await server.post("/api/streamers", Self.body("s1", #"{"source":"tone","fps":30}"#))
            #expect(made.status == 201 && made.headers["location"] == "/api/streamers/s1", "\(made.text)")
            #expect(made.json["status"]?.text == "live" && made.json["moonlight_connected"] == .bool(true))
            #expect(made.json["connected_peers"] == .number("0") && made.json["fps"] == .number("30"))
            let (first, second) = (
                try await StreamWatcher.connect(server, "s1"), try await StreamWatcher.connect(server, "s1")
            )
            #expect(first.peerID != second.peerID)
            var channels: [DataChannel] = []
            for watcher in [first, second] {
                let connection = try await watcher.connection()
                try await StreamWatcher.see(connection, .audio)
                for await channel in connection.dataChannels {
                    #expect(channel.label == "input")
                    channels.append(channel)
                    break
                }
            }
            let document = try await server.send("GET", "/api/streamers/s1").json
            guard case .array(let peers)? = document["peers"] else { throw CancellationError() }
            #expect(Set(peers.compactMap { $0["peer_id"]?.text }) == [first.peerID, second.peerID])
            for peer in peers {
                guard case .array(let streams)? = peer["streams"] else { throw CancellationError() }
                #expect(streams.contains { $0["codec"]?.text == "audio/opus" && $0["bitrate"]?.double ?? 0 > 0 })
            }

            var events = pressed.makeAsyncIterator()
            let down = try InputEvent.key(.init(code: "KeyA", down: true))
            try await channels[0].send(InputMessage(down).serialized())
            #expect(await events.next() == down)
            try await channels[1].send(InputMessage(down).serialized())
            let mouse = try InputEvent.mouse(.init(x: 1, y: 2))
            try await channels[1].send(InputMessage(mouse).serialized())
            #expect(await events.next() == mouse, "the key was down already")
            await first.socket.close()
            await second.socket.close()
            #expect(await events.next() == (try .key(.init(code: "KeyA", down: false))), "the last one is gone")
            #expect(try await server.send("DELETE", "/api/streamers/s1").status == 204)
            #expect(try await server.send("GET", "/api/streamers/s1").json["status"]?.text == "stopped")
        }
    }

    @Test("a watcher pauses, and goes on; what it says wrongly is answered, and too much of it ends the socket")
    func messages() async throws {
        try await TestGateway.run(Self.configuration()) { server in
            #expect(try await server.post("/api/streamers", Self.body("s1", #"{"source":"tone"}"#)).status == 201)
            let watcher = try await StreamWatcher.connect(server, "s1")
            let connection = try await watcher.connection()
            try await StreamWatcher.see(connection, .audio)
            for (bad, code) in [
                (#"{"type":"select","width":0}"#, "invalid-message"), (#"{"type":"dance"}"#, "unknown-type"),
                (#"{"type":"answer","sdp":"v=0"}"#, "invalid-message"), ("{", "malformed"),
            ] {
                try await watcher.socket.send(text: Array(bad.utf8))
                for await message in watcher.news where message["type"]?.text == "error" {
                    #expect(message["code"]?.text == code, "\(bad): \(message)")
                    break
                }
            }
            let other = try await StreamWatcher.connect(server, "s1")
            let running = try await other.connection()
            func received() async -> UInt64 {
                await connection.getStats().inboundRTP.reduce(0) { $0 + $1.packetsReceived }
            }
            try await watcher.socket.send(["type": .string("select"), "paused": .bool(true)])
            var count = UInt64.max
            // Another one hears ten frames, and this one none of them.
            while count != (await received()) {
                count = await received()
                try await StreamWatcher.see(running, .audio, 10)
            }
            try await watcher.socket.send(["type": .string("select"), "width": .number("640"), "height": .null])
            try await StreamWatcher.see(connection, .audio)
            for _ in 0..<5 { try await watcher.socket.send(text: Array("[]".utf8)) }
            for await message in watcher.news where message["type"]?.text == "<close 1008>" { break }
            _ = await connection.ended()

            let early = try await TestWebSocket.connect("/api/streamers/s1/peer", port: server.port)
            _ = try await early.next("offer")
            for number in 0..<80 {
                let candidate = "candidate:1 1 udp \(number) 127.0.0.1 9 typ host"
                try await early.send(["type": .string("candidate"), "candidate": .string(candidate)])
            }
            #expect(try await early.next("error")["code"]?.text == "full")
        }
    }

    @Test("who may not have a socket is told so by HTTP")
    func refusedSockets() async throws {
        try await TestGateway.run(Self.configuration { $0.watchersPerStream = 1 }) { server in
            func refusal(_ path: String, _ headers: String = "") async throws -> String {
                do {
                    _ = try await TestWebSocket.connect(path, port: server.port, headers: headers)
                    return "101"
                } catch let error as TestWebSocket.Refused {
                    return String(error.answer.prefix(12).suffix(3))
                }
            }
            #expect(try await refusal("/api/streamers/nobody/peer") == "404")
            #expect(try await refusal("/api/streamers/a%20b/peer") == "400")
            #expect(try await server.post("/api/streamers", Self.body("s1", #"{"source":"tone"}"#)).status == 201)
            #expect(try await refusal("/api/streamers/s1/peer", "Origin: https://evil.example\r\n") == "403")
            #expect(try await refusal("/api/streamers/s1/peer", "Sec-WebSocket-Key: again\r\n") == "400")
            #expect(try await server.send("GET", "/api/streamers/s1/peer").status == 426)
            #expect(try await server.send("GET", "/api/streamers/nobody/peer").status == 404)
            let first = try await StreamWatcher.connect(server, "s1")
            _ = try await first.connection()
            let second = try await TestWebSocket.connect("/api/streamers/s1/peer", port: server.port)
            #expect(try await second.next("error")["code"]?.text == "full")
            #expect(try await second.next()["type"]?.text == "<close 1013>")
            // A path that is not ours is signaling's.
            #expect(try await refusal("/api/streamers/s1/peers") == "404")
        }
    }

    @Test("what cannot be is refused with its status, and leaves nothing behind")
    func refusals() async throws {
        try await TestGateway.run(Self.configuration(isSilent: true)) { server in
            let cases: [(body: String, status: Int)] = [
                ("", 400), ("[]", 400), ("{}", 400), (#"{"streamer_id":""}"#, 400), (#"{"streamer_id":"a b"}"#, 400),
                (#"{"streamer_id":"x"}"#, 422), (Self.body("x", #"{}"#), 422), (Self.body("x", "5"), 400),
                (Self.body("x", #"{"source":""}"#), 400), (Self.body("x", #"{"source":4}"#), 400),
                (Self.body("x", #"{"source":{"name":"x"}}"#), 400), (Self.body("x", #"{"source":"moon"}"#), 422),
                (Self.body("x", #"{"source":"tone","width":"5"}"#), 400),
                (Self.body("x", #"{"source":"tone","width":15}"#), 422),
                (Self.body("x", #"{"source":"tone","width":1e99}"#), 422),
                (Self.body("x", #"{"source":"tone","fps":0.5}"#), 422),
                (Self.body("x", #"{"source":"tone","codec":"mp3"}"#), 422),
                (Self.body("x", #"{"source":"tone","codec":[]}"#), 400),
                (Self.body("x", #"{"source":{"type":"tone","pitch":"none"}}"#), 422),
                (Self.body("x", #"{"source":{"type":"tone","pitch":"broken"}}"#), 502),
                (Self.body("x", #"{"source":{"type":"tone","pitch":{}}}"#), 400),
                (Self.body("x", #"{"source":{"type":"file","name":"../../etc/passwd"}}"#), 422),
                (Self.body("x", #"{"source":{"type":"rtp"}}"#), 422),
                (Self.body("x", #"{"source":{"type":"rtp","sdp":"v=0"}}"#), 422),
                (Self.rtp("0.0.0.0", 5004), 422), (Self.rtp("127.0.0.1", 53), 422), (Self.rtp("0xe0000001", 5004), 422),
                (Self.rtp("localhost", 5004), 422), (Self.rtp("::ffff:224.1.1.1", 5004), 422),
                (Self.rtp("127.0.0.1", 5004, "a=rtcp:53"), 422),
                (Self.body("x", #"{"source":{"type":"program","name":"rm"}}"#), 422),
                (#"{"streamer_id":"x","host_id":-1,"settings":{"source":"tone"}}"#, 400),
                (#"{"streamer_id":"x","app_id":4294967296,"settings":{"source":"tone"}}"#, 400),
                (Self.body("x", #"{"source":"tone"}"#), 504), (Self.body("x", #"{"source":"whip"}"#), 504),
            ]
            for (body, status) in cases {
                let answer = try await server.post("/api/streamers", body)
                #expect(answer.status == status && answer.code != nil, "\(body): \(answer.status) \(answer.text)")
            }
            #expect(try await server.send("GET", "/api/streamers").text == "[]")
        }
    }

    @Test("a streamer that waits for a publisher begins with the first who publishes it")
    func awaited() async throws {
        try await TestGateway.run(Self.configuration { $0.sourceTime = .seconds(40) }) { server in
            async let made = server.post("/api/streamers", Self.body("cam", #"{"source":"browser"}"#))
            _ = try await status(server, "cam", is: "starting")
            #expect(try await server.post("/api/streamers", Self.body("cam", #"{"source":"tone"}"#)).status == 409)
            let connection = try PeerConnection(configuration: TestClient.configuration)
            let track = MediaStreamTrack(.audio)
            try await connection.addTransceiver(sending: track, options: .init(direction: .sendonly))
            let feeding = Self.feed(track)
            let offer = try await connection.offer()
            let answer = try await server.send(
                "POST", "/whip/cam", offer.sdp, headers: ["Content-Type": "application/sdp"])
            #expect(answer.status == 201, "\(answer.text)")
            try await connection.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.text))
            let outcome = try await made
            #expect(outcome.status == 201 && outcome.json["host_id"] == .number("7"), "\(outcome.text)")
            let watcher = try await StreamWatcher.connect(server, "cam")
            try await StreamWatcher.see(try await watcher.connection(), .audio)
            feeding.cancel()
            connection.close()
        }
    }

    @Test(
        "a test picture has the size that was asked for, and its killed program comes back to the same watcher",
        .needsFFmpeg)
    func testPicture() async throws {
        let ffmpeg = try FFmpegProgram.ffmpeg.path
        try await TestGateway.run(Self.configuration { $0.ffmpeg = ffmpeg }) { server in
            let made = try await server.post(
                "/api/streamers",
                Self.body("bars", #"{"source":"test","width":320,"height":180,"fps":15,"bitrate":300000}"#))
            #expect(made.status == 201, "\(made.text)")
            let watcher = try await StreamWatcher.connect(server, "bars")
            let connection = try await watcher.connection()
            try await StreamWatcher.see(connection)
            let live = try await server.send("GET", "/api/streamers/bars").json
            #expect(live["width"] == .number("320") && live["height"] == .number("180"), "\(live)")
            try ChildPrograms.kill(containing: "testsrc2=s=320x180:r=15")
            let failed = try await watcher.status("failed")
            #expect(failed["reason"]?.text?.contains("signal 9") == true, "\(failed)")
            _ = try await watcher.status("live")
            try await StreamWatcher.see(connection)
            #expect(try await server.send("DELETE", "/api/streamers/bars").status == 204)
            #expect(ChildPrograms.running(containing: "testsrc2=s=320x180:r=15").isEmpty)
        }
    }

    @Test("a film is played once, or again and again; a stream is recorded, and its recording is played", .needsFFmpeg)
    func recorded() async throws {
        let folder = try TestFolder()
        try await FFmpegProgram.ffmpeg.run([
            "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25", "-t", "1", "-c:v",
            "libvpx", "-g", "25", "-y", folder.path("film.webm"),
        ])
        let url = URL(fileURLWithPath: folder.path("."))
        try await TestGateway.run(
            Self.configuration {
                $0.files = url
                $0.recordings = url.appendingPathComponent("made")
            }
        ) { server in
            let film = #"{"source":{"type":"file","name":"film.webm","loop":true}}"#
            #expect(try await server.post("/api/streamers", Self.body("film", film)).status == 201)
            let watcher = try await StreamWatcher.connect(server, "film")
            try await StreamWatcher.see(try await watcher.connection(), .video, 30)

            #expect(try await server.send("GET", "/api/recordings").text == "[]")
            let begun = try await server.post("/api/streamers/film/recording", "")
            let name = try #require(begun.json["name"]?.text, "\(begun.text)")
            #expect(begun.status == 201 && name.hasPrefix("film-") && name.hasSuffix(".webm"))
            #expect(try await server.post("/api/streamers/film/recording", "").status == 409)
            let other = try await StreamWatcher.connect(server, "film")
            try await StreamWatcher.see(try await other.connection(), .video, 30)
            #expect(try await server.send("DELETE", "/api/recordings/\(name)").status == 409)
            let ended = try await server.send("DELETE", "/api/streamers/film/recording")
            #expect(ended.json["frames"]?.double ?? 0 >= 20 && ended.json["problem"] == nil, "\(ended.text)")
            #expect(try await server.send("DELETE", "/api/streamers/film/recording").status == 404)
            let list = try await server.send("GET", "/api/recordings").json
            #expect("\(list)".contains(name), "\(list)")

            func replay(_ loops: Bool) -> String {
                #"{"source":{"type":"recording","name":"\#(name)","loop":\#(loops)}}"#
            }
            #expect(try await server.post("/api/streamers", Self.body("again", replay(true))).status == 201)
            let second = try await StreamWatcher.connect(server, "again")
            try await StreamWatcher.see(try await second.connection())
            #expect(try await server.post("/api/streamers", Self.body("once", replay(false))).status == 201)
            _ = try await status(server, "once", is: "stopped")
            #expect(try await server.send("DELETE", "/api/recordings/\(name)").status == 204)
            #expect(try await server.send("DELETE", "/api/recordings/..%2Ffilm.webm").status == 404)
        }
    }

    @Test(
        "RTP of ffmpeg and of GStreamer by a session description is a stream, which is silent when they end",
        .needsFFmpeg, .needsPrograms("gst-launch-1.0"), arguments: ["ffmpeg", "gst-launch-1.0"])
    func packets(_ program: String) async throws {
        let port = try await Self.freePort()
        let process: LineProcess
        if program == "ffmpeg" {
            process = try LineProcess(
                "ffmpeg", try FFmpegProgram.ffmpeg.path,
                [
                    "-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-f", "lavfi", "-i",
                    "testsrc2=s=160x120:r=25", "-an", "-c:v", "libvpx", "-deadline", "realtime", "-g", "50", "-f",
                    "rtp",
                    "rtp://127.0.0.1:\(port)?pkt_size=1100",
                ], isQuiet: true)
        } else {
            // As Docs/Gateway.md has it.
            let pipeline =
                "videotestsrc is-live=true ! vp8enc deadline=1 keyframe-max-dist=50 ! rtpvp8pay pt=96 mtu=1100 ! "
                + "udpsink host=127.0.0.1 port=\(port)"
            process = try LineProcess(
                "gst-launch-1.0", "/usr/bin/gst-launch-1.0", ["-q"] + pipeline.split(separator: " ").map(String.init),
                isQuiet: true)
        }
        let sdp =
            "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            + "m=video \(port) RTP/AVP 96\r\na=rtpmap:96 VP8/90000\r\n"
        try await TestGateway.run(Self.configuration()) { server in
            let settings = JSONValue.object([
                "source": .object(["type": .string("rtp"), "sdp": .string(sdp)])
            ])
            let made = try await server.post(
                "/api/streamers", Self.body("udp", String(decoding: settings.bytes, as: UTF8.self)))
            #expect(made.status == 201, "\(made.text)")
            let watcher = try await StreamWatcher.connect(server, "udp")
            try await StreamWatcher.see(try await watcher.connection())
            process.send(signal: SIGKILL)
            _ = try await watcher.status("failed")
        }
    }

    @Test(
        "a streamer of another program is watched, killed, and comes back with a new connection for each peer",
        .needsFFmpeg)
    func program() async throws {
        let folder = try TestFolder()
        try await FFmpegProgram.ffmpeg.run([
            "-hide_banner", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=25", "-t", "1", "-c:v",
            "libvpx", "-g", "25", "-y", folder.path("own.webm"),
        ])
        let command = [LineProcess.product("streamer"), "--loopback", folder.path("own.webm")]
        let bad = [LineProcess.product("streamer"), folder.path("none.webm")]
        try await TestGateway.run(
            Self.configuration {
                $0.programs = [
                    "own": .streamer(command), "bad": .streamer(bad), "none": .streamer(["/no/such/program"]),
                    "lines": .streamer(["sh", "-c", "while :; do echo nonsense; done"]),
                    "line": .streamer(["sh", "-c", "tr '\\0' x </dev/zero"]), "noise": .media(["cat", "/dev/zero"]),
                    "false": .media(["sh", "-c", "echo no camera >&2; exit 7"]),
                ]
                $0.restarts = .init(attempts: 5, first: .milliseconds(50))
            }
        ) { server in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (name, reason) in [
                    ("bad", "none.webm"), ("none", "/no/such/program"), ("lines", "mean nothing"),
                    ("line", "mean nothing"), ("noise", "cannot be read"), ("false", "no camera"),
                ] {
                    group.addTask {
                        let failed = try await server.post(
                            "/api/streamers", Self.body("x-" + name, #"{"source":"program:\#(name)"}"#))
                        #expect(failed.status == 502 && failed.text.contains(reason), "\(failed.text)")
                    }
                }
                // Those that never stop writing keep nobody else from being answered.
                for _ in 0..<20 { #expect(try await server.send("GET", "/health").status == 200) }
                try await group.waitForAll()
            }
            let made = try await server.post("/api/streamers", Self.body("own", #"{"source":"program:own"}"#))
            #expect(made.status == 201, "\(made.text)")
            let watcher = try await StreamWatcher.connect(server, "own")
            try await StreamWatcher.see(try await watcher.connection())
            let document = try await server.send("GET", "/api/streamers/own").json
            #expect(document["connected_peers"] == .number("1") && "\(document)".contains(watcher.peerID))
            let other = try await StreamWatcher.connect(server, "own")
            try await StreamWatcher.see(try await other.connection())
            #expect(try await server.send("DELETE", "/api/streamers/own/peers/\(other.peerID)").status == 204)
            for await message in other.news where message["type"]?.text == "<close 1000>" { break }
            try ChildPrograms.kill(containing: folder.path("own.webm"))
            let failed = try await watcher.status("failed")
            #expect(failed["reason"]?.text?.contains("signal 9") == true, "\(failed)")
            try await StreamWatcher.see(try await watcher.connection())
            _ = try await watcher.status("live")
            #expect(try await server.send("DELETE", "/api/streamers/own").status == 204)
            #expect(ChildPrograms.running(containing: folder.path("own.webm")).isEmpty)
        }
    }
}
