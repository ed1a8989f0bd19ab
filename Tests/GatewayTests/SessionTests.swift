import ICE
import JSEP
import Logging
import StrictJSON
import Testing
import WebRTC

@testable import Gateway

@Suite("sessions", .timeLimit(.minutes(1)))
struct SessionTests {
    @Test("a client answers the offer, asks over the channel, and sees its session connected")
    func whole() async throws {
        try await TestGateway.run { server in
            let client = try await TestClient.connect(to: server, peerID: "A")
            try await client.send(#"{"action":"echo","id":7,"text":"hi"}"#)
            #expect(try await client.next() == .object(["id": .number("7"), "result": .string("hi")]))
            let session = try await server.send("GET", "/v1/webrtc/session/" + client.session)
            #expect(session.json["state"] == .string("connected") && session.json["peer_id"] == .string("A"))
            #expect(session.json["stats"]?["messages_received"] == .number("1"))
            #expect(session.json["stats"]?["selected_pair"]?["local"]?["type"] != nil)
            #expect(session.json["diagnosis"]?["step"] == .string("connected"))
            guard case .array(let candidates) = session.json["candidates"] else {
                Issue.record("no candidates")
                return
            }
            #expect(candidates.first?["candidate"]?.text?.hasPrefix("candidate:") == true)
            let stats = try await server.send("GET", "/v1/webrtc/stats").json
            #expect(stats["active"] == .number("1") && stats["connected"] == .number("1"))
            #expect(try await server.send("DELETE", "/v1/webrtc/session/" + client.session).status == 204)
            #expect(try await server.send("GET", "/v1/webrtc/session/" + client.session).status == 404)
            _ = await client.connection.ended()
        }
    }

    @Test("what is wrong is told by its status and in words")
    func refusals() async throws {
        try await TestGateway.run { server in
            let none = #"{"session_id":"9B0F9E9C-0000-4000-8000-000000000000","sdp":"x"}"#
            #expect(try await server.post("/v1/webrtc/answer", none).code == "unknown-session")
            #expect(try await server.post("/v1/webrtc/offer", "{").code == "malformed")
            #expect(try await server.post("/v1/webrtc/offer", "[]").status == 400)
            #expect(try await server.post("/v1/webrtc/offer", #"{"peer_id":5}"#).status == 400)
            let long = #"{"peer_id":"\#(String(repeating: "a", count: 200_000))"}"#
            #expect(try await server.post("/v1/webrtc/offer", long).status == 413)
            let offer = try await server.post("/v1/webrtc/offer", #"{"peer_id":"A","sdp":"ignored"}"#)
            #expect(offer.json["type"] == .string("offer"))
            let id = offer.json["session_id"]?.text ?? ""
            let bad = try await server.post("/v1/webrtc/answer", #"{"session_id":"\#(id)","sdp":"nonsense"}"#)
            #expect(bad.status == 422 && bad.code == "invalid-sdp")
            #expect(bad.json["error"]?["message"]?.text?.isEmpty == false)
            let early = #"{"session_id":"\#(id)","candidate":"candidate:1 1 udp 1 192.0.2.1 5 typ host"}"#
            #expect(
                try await server.post("/v1/webrtc/ice", early).status == 200, "it is kept until the answer is there")
            let state = try await server.send("GET", "/v1/webrtc/session/" + id).json
            #expect(state["state"] == .string("new") && state["diagnosis"]?["step"] == .string("remote-description"))
        }
    }

    @Test("a second answer is in the wrong state, a candidate may be the bare string, and nonsense is refused")
    func states() async throws {
        try await TestGateway.run { server in
            let client = try await TestClient.connect(to: server, peerID: "A")
            let answer = JSONValue.object([
                "session_id": .string(client.session), "sdp": .string(client.connection.localDescription?.sdp ?? ""),
            ])
            let text = String(decoding: answer.bytes, as: UTF8.self)
            #expect(try await server.post("/v1/webrtc/answer", text).code == "wrong-state")
            for (candidate, status) in [
                ("candidate:1 1 udp 2130706431 192.0.2.7 50000 typ host", 200), ("nonsense", 422), ("", 200),
            ] {
                let body = #"{"session_id":"\#(client.session)","candidate":"\#(candidate)"}"#
                #expect(try await server.post("/v1/webrtc/ice", body).status == status, "\(candidate)")
            }
        }
    }

    @Test("a client has five sessions and no more; when one ends there is place again")
    func limits() async throws {
        try await TestGateway.run { server in
            var last = ""
            for _ in 0..<5 {
                let offer = try await server.post("/v1/webrtc/offer", #"{"peer_id":"A"}"#)
                #expect(offer.status == 200)
                last = offer.json["session_id"]?.text ?? ""
            }
            let sixth = try await server.post("/v1/webrtc/offer", #"{"peer_id":"A"}"#)
            #expect(sixth.status == 429 && sixth.code == "too-many-sessions")
            #expect(try await server.post("/v1/webrtc/offer", #"{"peer_id":"B"}"#).status == 200)
            #expect(try await server.send("DELETE", "/v1/webrtc/session/" + last).status == 204)
            #expect(try await server.post("/v1/webrtc/offer", #"{"peer_id":"A"}"#).status == 200)
        }
    }

    @Test("an address without a token, and the server, have bounds of their own")
    func bounds() async throws {
        try await TestGateway.run(.init(sessions: .init(sessionsPerAddress: 2))) { server in
            for (peer, status) in [("A", 200), ("B", 200), ("C", 429)] {
                let offer = try await server.post("/v1/webrtc/offer", #"{"peer_id":"\#(peer)"}"#)
                #expect(offer.status == status)
            }
        }
        try await TestGateway.run(.init(sessions: .init(sessions: 1))) { server in
            #expect(try await server.post("/v1/webrtc/offer", #"{"peer_id":"A"}"#).status == 200)
            let second = try await server.post("/v1/webrtc/offer", #"{"peer_id":"B"}"#)
            #expect(second.status == 503 && second.code == "full" && second.headers["retry-after"] != nil)
        }
    }

    @Test("sessions that never connect, and those that are silent, are removed when their time is over")
    func stale() async throws {
        let clock = ManualTime()
        let service = Self.service(clock)
        let caller = Caller(identity: nil, address: "127.0.0.1")
        let (session, _) = try await service.offer(peerID: "A", caller: caller)
        clock.advance(by: .seconds(59))
        await service.sweep()
        #expect(await service.sessions.count == 1)
        clock.advance(by: .seconds(1))
        await service.sweep()
        #expect(await service.sessions.isEmpty)
        let counts = await service.counts
        #expect(counts.cleanedUp == 1 && counts.total == 1)
        #expect(session.connection.connectionState == .closed)

        let (second, offer) = try await service.offer(peerID: "A", caller: caller)
        let peer = try PeerConnection(configuration: TestClient.configuration)
        let answer = try await peer.answer(to: offer)
        try await second.connection.setRemoteDescription(answer)
        _ = second.didAnswer()
        try await second.connection.connected()
        clock.advance(by: .seconds(299))
        await service.sweep()
        #expect(await service.sessions.count == 1)
        clock.advance(by: .seconds(1))
        await service.sweep()
        #expect(await service.sessions.isEmpty)
        _ = await peer.ended()
        peer.close()
    }

    @Test("a server that drains makes no more sessions, and ends those that there are")
    func draining() async throws {
        let service = Self.service(ManualTime())
        let caller = Caller(identity: nil, address: "")
        let (session, _) = try await service.offer(peerID: "A", caller: caller)
        await service.drain(within: .seconds(1))
        #expect(session.state == .closed)
        await #expect(throws: GatewayFailure.self) { _ = try await service.offer(peerID: "A", caller: caller) }
    }

    private static func service(_ clock: ManualTime) -> SessionService {
        let metrics = GatewayMetrics(factory: PrometheusMetrics())
        var settings = SessionSettings()
        settings.connection = TestClient.configuration
        let dispatcher = RPCDispatcher(
            handler: TestGateway.echo, limit: 1 << 20, logger: .init(label: "test"), metrics: metrics,
            info: SystemInfo())
        return SessionService(
            settings: settings, dispatcher: dispatcher, metrics: metrics, logger: .init(label: "test"),
            now: { clock.now })
    }
}
