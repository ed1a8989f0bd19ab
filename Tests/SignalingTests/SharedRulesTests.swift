import StrictJSON
import TestSupport
import Testing

@testable import Signaling

@Suite("rules of all dialects")
struct SharedRulesTests {
    private let ann = CoreDriver.ann
    private let bob = CoreDriver.bob

    @Test(
        "five bad messages in a row end the socket with 1008, each with an error",
        arguments: [
            ("{", "malformed"), ("[]", "malformed"), ("{}", "invalid-message"),
            (#"{"type":7}"#, "invalid-message"),
            (#"{"type":"nonsense"}"#, "unknown-type"), (#"{"type":"peer_list","peers":[]}"#, "unknown-type"),
            (#"{"type":"offer","to_peer_id":"x","sdp":""}"#, "not-registered"),
            (#"{"type":"heartbeat"}"#, "not-registered"),
            (#"{"type":"register","peer_id":"no-uuid"}"#, "invalid-message"),
            (#"{"type":"register"}"#, "invalid-message"),
            (String(repeating: " ", count: 65537), "too-large"),
        ])
    func badMessages(text: String, code: String) {
        var driver = CoreDriver()
        for _ in 0..<4 {
            let replies = driver.send(1, text)
            #expect(replies.errors(1) == [code] && replies.closed.isEmpty && replies.sent.count == 1)
        }
        let last = driver.send(1, text)
        #expect(last.errors(1) == [code] && last.closed == [1: 1008])
        #expect(driver.send(1, text).sent.isEmpty, "a closed socket is not heard")
    }

    @Test("a good message begins the row anew")
    func rowBroken() {
        var driver = CoreDriver.meshOfTwo()
        for _ in 0..<3 {
            for _ in 0..<4 { #expect(driver.send(1, "{").closed.isEmpty) }
            #expect(driver.send(1, #"{"type":"heartbeat","peer_id":"\#(ann)"}"#).sent.isEmpty)
        }
    }

    @Test("a bad registered socket is announced as gone")
    func badPeerIsGone() {
        var driver = CoreDriver.meshOfTwo()
        for _ in 0..<4 { _ = driver.send(1, "{") }
        #expect(driver.send(1, "{").peers(2) == [bob])
    }

    @Test("messages that were dropped for their size, and binary ones, count as bad")
    func droppedMessages() {
        var driver = CoreDriver()
        for _ in 0..<4 { _ = driver.core.receivedTooLarge(from: 1, now: driver.now) }
        let replies = driver.perform { $0.receivedBinary(from: 1, now: .zero) }
        #expect(replies.errors(1) == ["invalid-message"] && replies.closed == [1: 1008])
    }

    @Test("64 KiB are allowed")
    func limit() {
        var driver = CoreDriver.meshOfTwo()
        let frame = #"{"type":"offer","to_peer_id":"\#(bob)","sdp":""}"#
        let sdp = String(repeating: "x", count: 65536 - frame.utf8.count)
        #expect(driver.send(1, frame.replacing("\"\"", with: "\"\(sdp)\"")).recipients == [2])
        #expect(driver.send(1, frame.replacing("\"\"", with: "\"\(sdp)x\"")).errors(1) == ["too-large"])
    }

    @Test("a peer silent for three intervals is dropped and announced; a pong, like any message, is a sign of life")
    func silence() {
        var driver = CoreDriver.meshOfTwo()
        _ = driver.send(3, CoreDriver.register(CoreDriver.eve, "Eve"))
        _ = driver.tick(after: .seconds(10))
        driver.core.alive(2, now: driver.now)
        let early = driver.tick(after: .milliseconds(4999))
        #expect(early.closed.isEmpty)
        let replies = driver.tick(after: .milliseconds(1))
        #expect(replies.closed == [1: 1001, 3: 1001])
        #expect(replies.peers(2) == [bob])
        #expect(replies.recipients == [2], "once, and not those who go as well")
        #expect(driver.tick(after: .seconds(10)).closed == [2: 1001])
    }

    @Test("everyone is pinged once in each interval")
    func pings() {
        var driver = CoreDriver.meshOfTwo()
        #expect(driver.tick(after: .milliseconds(4999)).pinged.isEmpty)
        #expect(driver.tick(after: .milliseconds(1)).pinged == [1, 2, 3])
        #expect(driver.tick(after: .milliseconds(1)).pinged.isEmpty)
        #expect(driver.tick(after: .milliseconds(4999)).pinged == [1, 2], "the third has not registered in time")
    }

    @Test("who has not registered in time is told so and closed with 1008, though it gives signs of life")
    func registrationTime() {
        var driver = CoreDriver.meshOfTwo()
        driver.now += .seconds(9)
        for socket in [1, 2, 3] as [UInt64] { driver.core.alive(socket, now: driver.now) }
        #expect(driver.tick(after: .milliseconds(999)).closed.isEmpty)
        _ = driver.send(3, #"{"type":"offer"}"#)
        let replies = driver.tick(after: .milliseconds(1))
        #expect(replies.errors(3) == ["not-registered"] && replies.closed == [3: 1008] && replies.recipients == [3])
        #expect(driver.send(3, CoreDriver.register(CoreDriver.eve, "Eve")).sent.isEmpty, "it is not heard any more")
    }

    @Test(
        "damaged messages never trap and never reach another peer under a false name",
        arguments: 0..<20 as Range<UInt64>)
    func damaged(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let texts = [
            #"{"type":"offer","from_peer_id":"\#(ann)","to_peer_id":"\#(bob)","sdp":"v=0"}"#,
            #"{"type":"ice","from_peer_id":"\#(ann)","to_peer_id":"\#(bob)","candidate":{"candidate":"c","sdpMid":"0"}}"#,
            CoreDriver.register(ann, "Ann"), #"{"type":"join","peerId":"a","room":"r"}"#,
            #"{"type":"candidate","from":"a","to":"b","candidate":null,"room":"r"}"#,
        ]
        for round in 0..<200 {
            var driver = round % 2 == 0 ? CoreDriver.meshOfTwo() : CoreDriver()
            for _ in 0..<4 {
                var bytes = Array((texts.randomElement(using: &generator) ?? "").utf8)
                for _ in 0..<Int.random(in: 0...3, using: &generator) {
                    let index = Int.random(in: 0..<bytes.count, using: &generator)
                    bytes[index] = UInt8.random(in: 0x20...0x7E, using: &generator)
                }
                let socket = UInt64.random(in: 1...3, using: &generator)
                let replies = driver.send(socket, String(decoding: bytes, as: UTF8.self))
                for (recipient, message) in replies.sent where recipient == 2 && socket == 1 {
                    #expect(message["from_peer_id"] == nil || message["from_peer_id"]?.text == ann)
                }
            }
        }
    }

    @Test("a server that was stopped for a while drops nobody for it")
    func slept() {
        var driver = CoreDriver.meshOfTwo()
        _ = driver.tick(after: .seconds(14))
        driver.core.slept(.seconds(60))
        let after = driver.tick(after: .seconds(60))
        #expect(after.closed.isEmpty && after.pinged == [1, 2])
        #expect(Set(driver.tick(after: .seconds(1)).closed.keys) == [1, 2], "what they were silent before counts")
    }
}
