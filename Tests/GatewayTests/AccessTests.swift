import Signaling
import StrictJSON
import Testing

@testable import Gateway

/// The table of PROTOCOLS, "Who gets in", a cell a case: what a class of routes needs where the server is bound to
/// loopback, where it is not, and where it is not but opened by a list.
@Suite("who gets in", .timeLimit(.minutes(1)))
struct AccessTests {
    typealias Need = AccessTable.Requirement
    private static let cells: [(RouteClass, loopback: Need, elsewhere: Need, opened: Need)] = [
        (.mesh, .open, .open, .open), (.rooms, .open, .token, .open), (.calls, .token, .token, .token),
        (.turn, .token, .token, .token), (.sessions, .open, .scope("call"), .open),
        (.streamers, .open, .scope("watch"), .open), (.whip, .open, .scope("publish"), .open),
        (.whep, .open, .scope("watch"), .open), (.api, .open, .scope("api"), .open), (.health, .open, .open, .open),
        (.metrics, .open, .scope("metrics"), .scope("metrics")), (.pages, .open, .open, .open),
    ]

    @Test("every class of routes has its row") func complete() {
        #expect(Set(Self.cells.map(\.0)) == Set(RouteClass.allCases))
    }

    @Test("bound to loopback", arguments: cells.map { ($0.0, $0.loopback) })
    func loopback(route: RouteClass, need: Need) {
        #expect(AccessTable(isOnLoopback: true).requirement(for: route) == need)
    }

    @Test("bound to another address", arguments: cells.map { ($0.0, $0.elsewhere) })
    func elsewhere(route: RouteClass, need: Need) {
        #expect(AccessTable(isOnLoopback: false).requirement(for: route) == need)
    }

    @Test("bound to another address, and opened", arguments: cells.map { ($0.0, $0.opened) })
    func opened(route: RouteClass, need: Need) {
        #expect(AccessTable(isOnLoopback: false, open: [route]).requirement(for: route) == need)
    }

    @Test("off loopback a request needs a token, a good one, with the scope of its route")
    func tokens() async throws {
        try await TestGateway.run(.init(host: "0.0.0.0", tokens: NamedTokens())) { server in
            let body = #"{"action":"who"}"#
            let missing = try await server.post("/v1/rpc", body)
            #expect(missing.status == 401 && missing.code == "unauthorized")
            #expect(missing.headers["www-authenticate"] == "Bearer")
            let wrong = try await server.post("/v1/rpc", body, headers: ["Authorization": "Bearer nobody"])
            #expect(wrong.status == 401 && wrong.headers["www-authenticate"] == "Bearer error=\"invalid_token\"")
            let other = try await server.post("/v1/rpc", body, headers: ["Authorization": "Bearer ann:watch"])
            #expect(other.status == 403 && other.code == "forbidden")
            let right = try await server.post("/v1/rpc", body, headers: ["Authorization": "Bearer ann:call"])
            #expect(right.status == 200 && right.json["result"] == .array([.string(""), .string("ann")]))
            let query = try await server.post("/v1/rpc?token=ann%3Acall", body)
            #expect(query.status == 200)
            #expect(try await server.send("GET", "/metrics").status == 401)
            #expect(try await server.send("GET", "/health").status == 200)
        }
    }

    @Test("a session is its user's only")
    func owners() async throws {
        try await TestGateway.run(.init(tokens: NamedTokens())) { server in
            let ann = ["Authorization": "Bearer ann:call"]
            let offer = try await server.post("/v1/webrtc/offer", #"{"peer_id":"A"}"#, headers: ann)
            let path = "/v1/webrtc/session/" + (offer.json["session_id"]?.text ?? "")
            #expect(try await server.send("GET", path, headers: ann).status == 200)
            #expect(try await server.send("GET", path, headers: ["Authorization": "Bearer bob:call"]).status == 404)
            #expect(try await server.send("DELETE", path).status == 404)
            #expect(try await server.send("DELETE", path, headers: ann).status == 204)
        }
    }

    @Test("pages of other sites and other names of the server are refused; those let in may read the answers")
    func origins() async throws {
        try await TestGateway.run(.init(allowedOrigins: ["chrome-extension://abc"])) { server in
            let evil = try await server.send("GET", "/v1/webrtc/stats", headers: ["Origin": "https://evil.example"])
            #expect(evil.status == 403 && evil.code == "wrong-origin")
            #expect(evil.headers["access-control-allow-origin"] == nil)
            let rebound = try await server.send("GET", "/v1/webrtc/stats", headers: ["Host": "evil.example"])
            #expect(rebound.status == 421 && rebound.code == "wrong-host")
            let own = try await server.send("GET", "/v1/webrtc/stats", headers: ["Origin": "chrome-extension://abc"])
            #expect(own.status == 200 && own.headers["access-control-allow-origin"] == "chrome-extension://abc")
            #expect(
                own.headers["access-control-expose-headers"] == "Location, Link, ETag, Accept-Patch, Retry-After")
            let preflight = try await server.send(
                "OPTIONS", "/v1/rpc", headers: ["Origin": "http://localhost:5173"])
            #expect(preflight.status == 204 && preflight.headers["access-control-allow-methods"] == "POST")
            #expect(preflight.headers["access-control-allow-headers"]?.contains("authorization") == true)
        }
    }

    @Test("an address that asks too often is told when to come again")
    func rate() async throws {
        try await TestGateway.run(.init(requestBurst: 3, requestsPerSecond: 0.001)) { server in
            for _ in 0..<3 { #expect(try await server.post("/v1/rpc", "bad").status == 400) }
            let fourth = try await server.post("/v1/rpc", "bad")
            #expect(fourth.status == 429 && fourth.code == "rate-limited" && fourth.headers["retry-after"] != nil)
        }
    }

    @Test("a path has its methods and says so of the others; what is nowhere is told so")
    func methods() async throws {
        try await TestGateway.run { server in
            let answer = try await server.send("DELETE", "/v1/webrtc/offer")
            #expect(answer.status == 405 && answer.headers["allow"] == "POST, OPTIONS")
            #expect(try await server.send("GET", "/v1/nothing").code == "not-found")
        }
    }
}

/// Takes tokens that say whose they are and what for, such as `ann:call`.
struct NamedTokens: TokenVerifier {
    func identity(of token: String) async throws(TokenError) -> TokenIdentity {
        let parts = token.split(separator: ":").map(String.init)
        guard parts.count == 2 else { throw TokenError(.malformed, "The token is not like ann:call.") }
        return TokenIdentity(subject: parts[0], scopes: [parts[1]])
    }
}
