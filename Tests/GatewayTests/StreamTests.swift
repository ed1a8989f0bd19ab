import Foundation
import JSEP
import NIOCore
import NIOPosix
import StrictJSON
import TestSupport
import Testing
import WebRTC

@testable import Gateway

@Suite("streams in by WHIP and out by WHEP", .timeLimit(.minutes(1)))
struct StreamTests {
    /// One end of a stream: a connection, and the session that the server has made for it.
    private struct End {
        let connection: PeerConnection
        var answer: TestGateway.Answer

        var path: String { answer.headers["location"] ?? "" }
        var tag: String { answer.headers["etag"] ?? "" }
    }

    private static let sdp = ["Content-Type": "application/sdp"]
    private static let fragment = ["Content-Type": "application/trickle-ice-sdpfrag"]

    /// Publishes a sound, a frame of which goes out every 20 ms until the task is cancelled.
    private func publish(_ server: TestGateway, _ name: String) async throws -> (End, RepeatedTask) {
        let connection = try PeerConnection(configuration: TestClient.configuration)
        let track = MediaStreamTrack(.audio)
        try await connection.addTransceiver(sending: track, options: .init(direction: .sendonly))
        let end = try await offer(connection, to: "/whip/" + name, server)
        let feeding = MultiThreadedEventLoopGroup.singleton.next()
            .scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(20)) { _ in
                let time = Duration.nanoseconds(Int64(DispatchTime.now().uptimeNanoseconds))
                _ = try? track.send(MediaFrame(codec: "audio/opus", data: [0xF8, 0xFF, 0xFE], timestamp: time))
            }
        return (end, feeding)
    }

    private func watch(_ server: TestGateway, _ name: String, _ kinds: [MediaKind] = [.audio]) async throws -> End {
        let connection = try PeerConnection(configuration: TestClient.configuration)
        for kind in kinds { try await connection.addTransceiver(kind, options: .init(direction: .recvonly)) }
        return try await offer(connection, to: "/whep/" + name, server)
    }

    private func offer(_ connection: PeerConnection, to path: String, _ server: TestGateway) async throws -> End {
        let offer = try await connection.offer()
        let answer = try await server.send("POST", path, offer.sdp, headers: Self.sdp)
        if answer.status == 201 {
            try await connection.setRemoteDescription(SessionDescription(type: .answer, sdp: answer.text))
        }
        return End(connection: connection, answer: answer)
    }

    /// Hears so many frames.
    private func hear(_ connection: PeerConnection, _ count: Int = 10) async throws {
        let track = try #require(connection.transceivers.first?.receiver.track)
        var heard = 0
        for await _ in track.frames {
            heard += 1
            if heard == count { return }
        }
        throw CancellationError()
    }

    /// Waits until a stream stands so.
    private func status(_ server: TestGateway, _ name: String, is wanted: String) async throws {
        var events = try await EventReader("/api/streamers/events", port: server.port)
        defer { events.close() }
        while true {
            let event = try await events.next("streamer")
            if event["streamer_id"]?.text == name, event["status"]?.text == wanted { return }
        }
    }

    @Test("a sound is published, two hear it, it is listed, and its end is theirs")
    func together() async throws {
        try await TestGateway.run { server in
            let (publisher, feeding) = try await publish(server, "talk")
            #expect(publisher.answer.status == 201, "\(publisher.answer.text)")
            #expect(publisher.answer.headers["content-type"] == "application/sdp")
            #expect(publisher.answer.headers["accept-patch"] == "application/trickle-ice-sdpfrag")
            #expect(publisher.tag.hasPrefix("\"") && publisher.path.count > 40)
            try await status(server, "talk", is: "live")
            let watchers = [try await watch(server, "talk"), try await watch(server, "talk", [.audio, .video])]
            for watcher in watchers {
                #expect(watcher.answer.status == 201, "\(watcher.answer.text)")
                try await hear(watcher.connection)
            }
            let list = try await server.send("GET", "/api/streamers").json
            guard case .array(let streams) = list else { return #expect(Bool(false), "\(list)") }
            #expect(streams.count == 1 && streams[0]["connected_peers"] == .number("2"))
            let document = try await server.send("GET", "/api/streamers/talk").json
            #expect(document["publisher"]?["state"]?.text == "connected")
            let ids =
                publisher.path.split(separator: "/").suffix(1)
                + watchers.flatMap { $0.path.split(separator: "/").suffix(1) }
            let text = String(decoding: document.bytes, as: UTF8.self)
            #expect(!ids.contains { text.contains($0) }, "the URLs of sessions are theirs only")

            guard case .array(let peers)? = document["peers"], let first = peers.first?["peer_id"]?.text else {
                return #expect(Bool(false), "\(document)")
            }
            #expect(try await server.send("DELETE", "/api/streamers/talk/peers/" + first).status == 204)
            _ = await watchers[0].connection.ended()
            #expect(try await server.send("DELETE", watchers[1].path).status == 200)
            #expect(try await server.send("DELETE", watchers[1].path).status == 404)
            let last = try await watch(server, "talk")
            try await hear(last.connection)
            #expect(try await server.send("DELETE", publisher.path).status == 200)
            _ = await last.connection.ended()
            try await status(server, "talk", is: "stopped")
            #expect(try await watch(server, "talk").answer.status == 404)
            feeding.cancel()
            // The name is free again.
            let (again, feedingAgain) = try await publish(server, "talk")
            #expect(again.answer.status == 201)
            feedingAgain.cancel()
            for end in [publisher, again] + watchers { end.connection.close() }
        }
    }

    @Test("a publisher whose connection ends without a word is a failure with its reason, or an end")
    func gone() async throws {
        try await TestGateway.run { server in
            let (publisher, feeding) = try await publish(server, "talk")
            try await status(server, "talk", is: "live")
            let watcher = try await watch(server, "talk")
            try await hear(watcher.connection)
            publisher.connection.close()
            _ = await watcher.connection.ended()
            feeding.cancel()
            watcher.connection.close()
        }
    }

    @Test("what cannot be is refused with its status")
    func refusals() async throws {
        var configuration = GatewayConfiguration()
        configuration.streams = StreamSettings(streams: 2, watchersPerStream: 1)
        try await TestGateway.run(configuration) { server in
            let nobody = try await watch(server, "talk")
            #expect(nobody.answer.status == 404 && nobody.answer.headers["retry-after"] != nil)
            let (publisher, feeding) = try await publish(server, "talk")
            let (second, feedingToo) = try await publish(server, "talk")
            #expect(second.answer.status == 409 && second.answer.code == "id-in-use")
            try await status(server, "talk", is: "live")
            let pictures = try await watch(server, "talk", [.video])
            #expect(pictures.answer.status == 422 && pictures.answer.code == "kind-not-carried")
            let watcher = try await watch(server, "talk")
            #expect(watcher.answer.status == 201)
            let full = try await watch(server, "talk")
            #expect(full.answer.status == 503 && full.answer.headers["retry-after"] != nil)
            for (path, body, headers, status) in [
                ("/whip/talk", "x", ["Content-Type": "text/plain"], 415), ("/whip/talk", "", Self.sdp, 400),
                ("/whip/a%20b", "x", Self.sdp, 400), ("/whip/new", "x", Self.sdp, 422),
                ("/whip/events", "v=0", Self.sdp, 400), ("/whip/%2e%2e", "v=0", Self.sdp, 400),
                ("/whip/new", "v=0\r\na=" + String(repeating: "\u{301}\u{316}", count: 200), Self.sdp, 400),
                ("/whip/new", String(repeating: "x", count: 200_000), Self.sdp, 413),
            ] {
                #expect(
                    try await server.send("POST", path, body, headers: headers).status == status,
                    "\(path) \(body.prefix(9))")
            }
            for path in ["/whip/talk", "/whep/talk", publisher.path] {
                #expect(try await server.send("PUT", path, "x").status == 405)
            }
            let head = try await server.send("HEAD", "/whep/talk")
            #expect(head.status == 200 && head.headers["accept-post"] == "application/sdp")
            let options = try await server.send("OPTIONS", "/whip/talk")
            #expect(options.status == 204 && options.headers["accept-post"] == "application/sdp")
            // A session is of its own stream and role only.
            let swapped = publisher.path.replacingOccurrences(of: "whip", with: "whep")
            #expect(try await server.send("DELETE", swapped).status == 404)
            feeding.cancel()
            feedingToo.cancel()
            for end in [nobody, publisher, second, pictures, watcher, full] { end.connection.close() }
        }
    }

    @Test("who offers nothing that fits is made an offer, and its answer is heard")
    func counterOffer() async throws {
        try await TestGateway.run { server in
            let (publisher, feeding) = try await publish(server, "talk")
            try await status(server, "talk", is: "live")
            // An offer without media: a data channel only.
            let probe = try PeerConnection(configuration: TestClient.configuration)
            _ = try await probe.createDataChannel("x")
            let refused = try await offer(probe, to: "/whep/talk", server)
            #expect(refused.answer.status == 406 && refused.answer.headers["content-type"] == "application/sdp")
            let watcher = try PeerConnection(configuration: TestClient.configuration)
            let answer = try await watcher.answer(to: SessionDescription(type: .offer, sdp: refused.answer.text))
            let taken = try await server.send("PATCH", refused.path, answer.sdp, headers: Self.sdp)
            #expect(taken.status == 204, "\(taken.text)")
            try await hear(watcher)
            #expect(try await server.send("PATCH", refused.path, answer.sdp, headers: Self.sdp).status == 409)
            feeding.cancel()
            for connection in [probe, watcher, publisher.connection] { connection.close() }
        }
    }

    @Test("a watcher gets the stream's codec only, or an offer of it")
    func codecs() async throws {
        try await TestGateway.run { server in
            let (publisher, feeding) = try await publish(server, "talk")
            try await status(server, "talk", is: "live")
            let watcher = try PeerConnection(configuration: TestClient.configuration)
            let transceiver = try await watcher.addTransceiver(.audio, options: .init(direction: .recvonly))
            let others = RTPReceiver.capabilities(.audio).codecs.filter { $0.mimeType.lowercased() != "audio/opus" }
            try #require(!others.isEmpty)
            try transceiver.setCodecPreferences(others)
            let refused = try await offer(watcher, to: "/whep/talk", server)
            #expect(refused.answer.status == 406 && refused.answer.text.contains("opus/48000"))
            #expect(refused.answer.text.contains("a=sendonly") && !refused.answer.text.contains("PCMU"))
            let fitting = try await watch(server, "talk")
            #expect(fitting.answer.text.contains("a=sendonly") && !fitting.answer.text.contains("PCMU"))
            feeding.cancel()
            for connection in [publisher.connection, watcher, fitting.connection] { connection.close() }
        }
    }

    @Test("a user's stream is ended by that user and by operators, and taken over by nobody else")
    func owners() async throws {
        let configuration = GatewayConfiguration(tokens: NamedTokens())
        try await TestGateway.run(configuration) { server in
            let connection = try PeerConnection(configuration: TestClient.configuration)
            try await connection.addTransceiver(sending: MediaStreamTrack(.audio), options: .init(direction: .sendonly))
            let offer = try await connection.offer()
            var headers = Self.sdp
            headers["Authorization"] = "Bearer ann:publish"
            #expect(try await server.send("POST", "/whip/talk", offer.sdp, headers: headers).status == 201)
            let path = "/api/streamers/talk"
            #expect(
                try await server.send("DELETE", path, headers: ["Authorization": "Bearer bob:publish"]).status == 403)
            #expect(try await server.send("DELETE", path, headers: ["Authorization": "Bearer bob:api"]).status == 204)
            connection.close()
        }
    }

    @Test("candidates come in fragments, for the ETag that they are of, and ICE is restarted")
    func fragments() async throws {
        try await TestGateway.run { server in
            let (publisher, feeding) = try await publish(server, "talk")
            try await status(server, "talk", is: "live")
            func patch(_ body: String, _ match: String?) async throws -> TestGateway.Answer {
                var headers = Self.fragment
                headers["If-Match"] = match
                return try await server.send("PATCH", publisher.path, body, headers: headers)
            }
            let local = SDPFragment(of: try #require(publisher.connection.localDescription?.sdp))
            #expect(!local.candidates.isEmpty)
            #expect(try await patch(local.text, nil).status == 428)
            #expect(try await patch(local.text, "\"other\"").status == 412)
            #expect(try await patch(local.text, publisher.tag).status == 204)
            #expect(try await patch(local.text, "*").status == 204, "nothing is restarted by what is so already")
            #expect(try await patch("a=candidate:nonsense\r\n", publisher.tag).status == 400)
            #expect(try await patch("nonsense", publisher.tag).status == 400)
            var strange = local
            strange.ufrag = "otherother"
            #expect(try await patch(strange.text, publisher.tag).status == 412)
            strange = local
            strange.password = String(repeating: "x", count: 24)
            #expect(try await patch(strange.text, publisher.tag).status == 412, "another password is another session")

            await publisher.connection.restartICE()
            let offer = try await publisher.connection.offer()
            let restarted = SDPFragment(of: offer.sdp)
            #expect(restarted.ufrag != local.ufrag)
            let answer = try await patch(restarted.text, "*")
            #expect(answer.status == 200 && answer.headers["etag"] != publisher.tag)
            let theirs = try SDPFragment(parsing: answer.text)
            let former = SDPFragment(of: publisher.answer.text)
            #expect(theirs.ufrag != former.ufrag && !theirs.candidates.isEmpty)
            let sdp = OfferedMedia.restarting(
                publisher.answer.text, ufrag: try #require(theirs.ufrag), password: try #require(theirs.password))
            try await publisher.connection.setRemoteDescription(SessionDescription(type: .answer, sdp: sdp))
            for candidate in theirs.candidates {
                try await publisher.connection.addICECandidate(
                    ICECandidateInit(candidate: candidate.line, sdpMid: candidate.mid))
            }
            let watcher = try await watch(server, "talk")
            try await hear(watcher.connection, 50)
            #expect(try await patch(restarted.text, publisher.tag).status == 412, "the tag of before")
            feeding.cancel()
            publisher.connection.close()
            watcher.connection.close()
        }
    }

    @Test(
        "ffmpeg publishes by WHIP, a watcher gets its pictures, and when it is killed the stream has failed",
        .enabled(if: FFmpegProgram.isThere, "ffmpeg is not installed"))
    func ffmpeg() async throws {
        try await TestGateway.run { server in
            let path = try FFmpegProgram.ffmpeg.path
            func start() throws -> LineProcess {
                try LineProcess(
                    "ffmpeg", path,
                    [
                        "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc=size=320x240:rate=15", "-f", "lavfi", "-i",
                        "sine=frequency=440:sample_rate=48000", "-c:v", "libx264", "-profile:v", "baseline", "-bf", "0",
                        "-g", "30", "-pix_fmt", "yuv420p", "-c:a", "libopus", "-ac", "2", "-f", "whip",
                        "http://127.0.0.1:\(server.port)/whip/camera",
                    ])
            }
            var process = try start()
            try await status(server, "camera", is: "live")
            let watcher = try await watch(server, "camera", [.video, .audio])
            #expect(watcher.answer.status == 201, "\(watcher.answer.text)")
            // For longer than consent holds: ffmpeg answers no checks while it streams.
            try await hear(watcher.connection, 15 * 35)
            #expect(
                try await server.send("GET", "/api/streamers/camera").json["publisher"]?["state"]?.text == "connected")
            process.send(signal: SIGKILL)
            try await status(server, "camera", is: "failed")
            let reason = try await server.send("GET", "/api/streamers/camera").json["reason"]?.text
            #expect(reason?.contains("sent nothing") == true)
            // It comes back, and whoever has watched goes on watching.
            process = try start()
            try await status(server, "camera", is: "live")
            try await hear(watcher.connection, 30)
            process.send(signal: SIGKILL)
            watcher.connection.close()
        }
    }
}

@Suite("fragments of SDP")
struct SDPFragmentTests {
    @Test("one of RFC 9725 is read, with several candidates, and a mid that stands anywhere")
    func reading() throws {
        let fragment = try SDPFragment(
            parsing: """
                a=group:BUNDLE 0 1\r
                m=audio 9 UDP/TLS/RTP/SAVPF 111\r
                a=ice-ufrag:EsAw\r
                a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r
                a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host\r
                a=candidate:3471623853 1 udp 2122194687 198.51.100.2 61765 typ host\r
                a=mid:0\r
                m=video 9 UDP/TLS/RTP/SAVPF 0
                a=mid:1
                a=candidate:1 1 udp 1 192.0.2.3 1 typ host
                a=end-of-candidates
                """)
        #expect(fragment.ufrag == "EsAw" && fragment.password == "P2uYro0UCOQ4zxjKXaWCBui1" && fragment.isEnd)
        #expect(fragment.candidates.map(\.mid) == ["0", "0", "1"] && fragment.candidates.map(\.index) == [0, 0, 1])
        #expect(fragment.candidates[0].line == "candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host")
        #expect(try SDPFragment(parsing: fragment.text).candidates.count == 3)
    }

    @Test(
        "what is none is refused",
        arguments: [
            "x", "a", "=a", "a=ice-ufrag:x\r\n", "a=ice-pwd:x\r\n", "A=mid:0",
            String(repeating: "a=candidate:1 1 udp 1 192.0.2.3 1 typ host\r\n", count: 257),
        ])
    func malformed(text: String) {
        #expect(throws: GatewayFailure.self) { try SDPFragment(parsing: text) }
    }
}

@Suite("whether a publisher is silent")
struct PublisherPulseTests {
    private func looks(_ counts: [UInt64]) -> [Bool] {
        var pulse = PublisherPulse()
        return counts.map { count in
            _ = pulse.look(count)
            return pulse.isSilent
        }
    }

    @Test("one that sent all the time is, a second after its last packet, until the next")
    func sudden() {
        let counts = (0..<20).map { UInt64($0 * 10) } + Array(repeating: 190, count: 6) + [191]
        #expect(looks(counts).firstIndex(of: true) == 23)
        #expect(looks(counts).last == false)
    }

    @Test("one that sends now and then never is")
    func seldom() {
        #expect(!looks((0..<200).map { UInt64($0 / 8) }).contains(true))
        #expect(!looks(Array(repeating: 0, count: 50)).contains(true))
    }
}
