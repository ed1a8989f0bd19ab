import Foundation
import ICE
import JSEP
import StrictJSON
import Testing
import WebRTC

@testable import Gateway

@Suite("credentials for TURN servers", .timeLimit(.minutes(1)))
struct TURNTests {
    private static func credentials(_ perMinute: Int = 30, lifetime: Duration = .seconds(300)) -> TURNCredentials {
        TURNCredentials(
            settings: TURNSettings(
                secret: Data("north".utf8), uris: ["turn:turn.example.org"], lifetime: lifetime, perMinute: perMinute),
            now: { .zero })
    }

    @Test("the password is the HMAC-SHA1 of the user name, which begins with the time of its end")
    func scheme() {
        let credential = Self.credentials().credential(for: "ann", at: Date(timeIntervalSince1970: 1_700_000_000))
        #expect(credential.username == "1700000300:ann" && credential.lifetime == 300)
        // printf 1700000300:ann | openssl dgst -sha1 -hmac north -binary | base64
        #expect(credential.password == "LNLZp7pBH06UI6r06K6pl9ucWEU=")
    }

    @Test("a lifetime is a day at most")
    func lifetimes() {
        #expect(Self.credentials(lifetime: .seconds(1_000_000)).credential(for: "a").lifetime == 86_400)
    }

    @Test("they need a token, on loopback too, and a user may ask for so many a minute")
    func access() async throws {
        let turn = TURNSettings(secret: Data("s".utf8), uris: ["turn:turn.example.org"], perMinute: 2)
        try await TestGateway.run(.init(tokens: NamedTokens(), turn: turn)) { server in
            #expect(try await server.send("GET", "/api/turn/credentials").status == 401)
            let ann = ["Authorization": "Bearer ann:call"]
            let first = try await server.send("GET", "/api/turn/credentials", headers: ann)
            #expect(first.status == 200 && first.json["username"]?.text?.hasSuffix(":ann") == true)
            #expect(first.json["ttl"] == .number("300"))
            #expect(first.json["uris"] == .array([.string("turn:turn.example.org")]))
            #expect(try await server.send("GET", "/api/turn/credentials", headers: ann).status == 200)
            #expect(try await server.send("GET", "/api/turn/credentials", headers: ann).status == 429)
            let bob = ["Authorization": "Bearer bob:call"]
            #expect(try await server.send("GET", "/api/turn/credentials", headers: bob).status == 200)
        }
    }

    @Test("an offer has them for whoever showed a token, and for nobody else")
    func offers() async throws {
        let turn = TURNSettings(secret: Data("s".utf8), uris: ["turn:turn.example.org"])
        try await TestGateway.run(.init(tokens: NamedTokens(), turn: turn)) { server in
            let open = try await server.post("/v1/webrtc/offer", #"{"peer_id":"A"}"#)
            #expect(open.json["ice_servers"] == .array([]))
            let known = try await server.post(
                "/v1/webrtc/offer", #"{"peer_id":"A"}"#, headers: ["Authorization": "Bearer ann:call"])
            guard case .array(let servers) = known.json["ice_servers"] else {
                Issue.record("no servers")
                return
            }
            #expect(servers.first?["username"]?.text?.hasSuffix(":ann") == true)
        }
    }

    @Test("coturn relays data for a credential of ours, and refuses one whose time is over", .needsTURNServer)
    func relay() async throws {
        let coturn = try await RelayServer()
        defer { coturn.stop() }
        let credentials = TURNCredentials(
            settings: TURNSettings(secret: Data(RelayServer.secret.utf8), uris: [coturn.uri]), now: { .zero })
        var configuration = PeerConnection.Configuration(iceTransportPolicy: .relay)
        configuration.ice.includesLoopback = true
        configuration.iceServers = credentials.servers(for: "ann")
        let (near, far) = (
            try PeerConnection(configuration: configuration), try PeerConnection(configuration: configuration)
        )
        let channel = try await near.createDataChannel("data")
        let answer = try await far.answer(to: try await near.offer())
        try await near.setRemoteDescription(answer)
        try await channel.opened(within: .seconds(20))
        try await channel.send("through the relay")
        for await arrived in far.dataChannels {
            for try await message in arrived.messages {
                #expect(message == .text("through the relay"))
                break
            }
            break
        }
        near.close()
        far.close()

        let old = credentials.credential(for: "ann", at: Date(timeIntervalSinceNow: -400))
        configuration.iceServers = [
            ICEServer(urls: [coturn.uri], username: old.username, credential: old.password)
        ]
        let late = try PeerConnection(configuration: configuration)
        _ = try await late.createDataChannel("data")
        let offer = try await late.offer(gatheringWithin: .seconds(20))
        #expect(!offer.sdp.contains("a=candidate:"))
        for await error in late.iceCandidateErrors {
            #expect(error.url.contains(":\(coturn.port)"))
            break
        }
        late.close()
    }
}
