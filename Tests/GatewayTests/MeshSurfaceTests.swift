import Foundation
import Mesh
import Signaling
import StrictJSON
import Testing

@testable import Gateway

@Suite("the mesh over HTTP", .timeLimit(.minutes(1)))
struct MeshSurfaceTests {
    private let start = #"{"peerType":"controller","displayName":"Desk"}"#

    /// A gateway whose node meets others at a signaling server, and that server's URL.
    private func run(_ body: (TestGateway, String, SignalingServer) async throws -> Void) async throws {
        let signaling = SignalingServer(configuration: .init(host: "127.0.0.1", port: 0))
        let url = "ws://127.0.0.1:\(try await signaling.start())/ws"
        let mesh = MeshConfiguration(displayName: "", signalingURL: url)
        try await TestGateway.run(.init(mesh: mesh)) { server in try await body(server, url, signaling) }
        await signaling.stop()
    }

    @Test("a node is started, meets another, hears and is heard, and a page that comes late knows it all")
    func together() async throws {
        try await run { server, url, signaling in
            var early = try await EventReader("/api/mesh/events", port: server.port)
            #expect(try await server.send("GET", "/api/mesh/get_connected_peers").json == .array([]))
            let answer = try await server.post("/api/mesh/start_peer", start)
            let id = try #require(answer.json.text)
            #expect(try await early.next("webrtc:started") == .string(id))
            #expect(try await server.post("/api/mesh/start_peer", start).json == .string(id))
            let twice = try await server.post(
                "/api/mesh/start_peer", #"{"peerType":"display","displayName":"Desk"}"#)
            #expect(twice.status == 409 && twice.code == "already-started")

            // Where the signaling server is given, it says who leads.
            signaling.setLeader(id)
            #expect(try await early.next("webrtc:leader_changed") == .string(id))

            let other = MeshNode(MeshConfiguration(displayName: "Wall", signalingURL: url))
            let events = other.events
            try await other.start()
            for await event in events {
                if case .peerListChanged(let peers) = event, peers.contains(where: \.isConnected) { break }
            }
            var names: [String?] = []
            while names.count < 2 {
                names = try await early.next("webrtc:peer_list_changed").items.filter {
                    $0["isConnected"] == .bool(true)
                }
                .map { $0["displayName"]?.text }
            }
            #expect(names == ["Desk", "Wall"])
            let status = try await server.send("GET", "/api/mesh/get_leader_status").json
            #expect(status["leaderId"] == .string(id) && status["amILeader"] == .bool(true))
            #expect(status["peerCount"] == .number("2"))

            let target = #"{"targetPeerId":"\#(other.id)","message":"lights \"on\""}"#
            let sent = try await server.post("/api/mesh/send_control_message", target)
            #expect(sent.json["sent"] == .number("1"))
            for await event in events {
                guard case .message(let message) = event else { continue }
                #expect(message.text == "lights \"on\"" && message.isDirect)
                break
            }
            try await other.send("they are")
            let heard = try await early.next("webrtc:message")
            #expect(heard["from"] == .string(other.id.description) && heard["text"] == .string("they are"))

            var late = try await EventReader("/api/mesh/events", port: server.port)
            #expect(try await late.next("webrtc:started") == .string(id))
            #expect(try await late.next("webrtc:peer_list_changed").items.count == 2)
            #expect(try await late.next("webrtc:leader_changed") == .string(id))
            early.close()
            late.close()
            await other.stop()
        }
    }

    @Test(
        "what cannot be is refused with the reason",
        arguments: [
            ("start_peer", #"{"peerType":"boss","displayName":"x"}"#, 400, "malformed"),
            ("start_peer", #"{"peerType":"display"}"#, 400, "malformed"),
            ("start_peer", #"{"peerType":"display","displayName":""}"#, 400, "malformed"),
            ("start_peer", #"[]"#, 400, "malformed"),
            ("send_control_message", #"{"targetPeerId":null,"message":"x"}"#, 409, "not-started"),
            ("send_control_message", #"{"targetPeerId":7,"message":"x"}"#, 400, "malformed"),
            ("send_control_message", #"{"targetPeerId":null}"#, 400, "malformed"),
        ])
    func malformed(path: String, body: String, status: Int, code: String) async throws {
        try await run { server, _, _ in
            let answer = try await server.post("/api/mesh/" + path, body)
            #expect(answer.status == status && answer.code == code)
        }
    }

    @Test("a node that has started refuses who is not there and what is too long")
    func unknown() async throws {
        try await run { server, _, _ in
            _ = try await server.post("/api/mesh/start_peer", start)
            let nobody = try await server.post(
                "/api/mesh/send_control_message", #"{"targetPeerId":"\#(PeerID())","message":"x"}"#)
            #expect(nobody.status == 404 && nobody.code == "not-connected")
            let long = String(repeating: "x", count: 33_000)
            let tooLong = try await server.post(
                "/api/mesh/send_control_message", #"{"targetPeerId":null,"message":"\#(long)"}"#)
            #expect(tooLong.status == 413 && tooLong.code == "text-too-long")
        }
    }
}

extension JSONValue {
    fileprivate var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
}
