import StrictJSON
import Testing

@testable import Signaling

@Suite("tokens at the server")
struct TokenTests {
    private static func driver() -> CoreDriver {
        var driver = CoreDriver(connected: [])
        driver.core = SignalingServerCore(takesTokens: true)
        for socket in [1, 2] as [UInt64] {
            _ = driver.core.connected(socket, mayJoinRooms: false, now: driver.now)
        }
        return driver
    }

    private static let auth = #"{"type":"auth","token":"t"}"#

    @Test("auth asks whose token it is; what comes meanwhile waits, in order")
    func auth() {
        var driver = Self.driver()
        let asked = driver.send(1, Self.auth)
        #expect(asked.verified.map(\.socket) == [1] && asked.verified.map(\.token) == ["t"] && asked.sent.isEmpty)
        #expect(driver.send(1, #"{"type":"join","peerId":"A"}"#).sent.isEmpty)
        #expect(driver.send(1, #"{"type":"message","recipientId":"zoe"}"#).sent.isEmpty)
        let now = driver.now
        let known = driver.perform { $0.verified(1, TokenIdentity(subject: "ann"), now: now) }
        #expect(known.messages(1).compactMap { $0["type"]?.text } == ["peer-list", "error"])
        #expect(known.errors(1) == ["recipient-offline"], "a socket with a token speaks calls and rooms")
        #expect(driver.core.isRegistered(1))
        #expect(driver.send(1, Self.auth).errors(1) == ["identity"])
        #expect(driver.perform { $0.verified(1, nil, reason: "late", now: now) }.sent.isEmpty)
    }

    @Test("a token that is nobody's is told, and counts as a bad message")
    func refused() {
        var driver = Self.driver()
        let now = driver.now
        for round in 1...5 {
            _ = driver.send(1, Self.auth)
            let refused = driver.perform { $0.verified(1, nil, reason: "expired", now: now) }
            #expect(refused.errors(1) == ["unauthorized"])
            #expect(refused.closed[1] == (round == 5 ? 1008 : nil))
        }
    }

    @Test("so many messages wait for a token, and no more")
    func bounded() {
        var driver = Self.driver()
        _ = driver.send(1, Self.auth)
        for _ in 0..<SignalingServerCore.mostHeld { #expect(driver.send(1, "{}").sent.isEmpty) }
        #expect(driver.send(1, "{}").errors(1) == ["rate-limited"])
    }

    @Test("without a token there are no calls, and it is shown in the first seconds")
    func without() {
        var driver = Self.driver()
        #expect(driver.send(1, #"{"type":"message","recipientId":"bob"}"#).errors(1) == ["not-registered"])
        #expect(driver.send(1, #"{"type":"join","peerId":"A"}"#).errors(1) == ["unauthorized"])
        #expect(driver.send(1, #"{"type":"auth"}"#).errors(1) == ["invalid-message"])
        driver.now += .seconds(6)
        #expect(driver.send(1, Self.auth).errors(1) == ["unauthorized"])
        var other = CoreDriver()
        #expect(other.send(1, Self.auth).errors(1) == ["unauthorized"], "nobody knows tokens there")
    }
}
