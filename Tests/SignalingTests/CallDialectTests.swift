import StrictJSON
import Testing

@testable import Signaling

@Suite("the call dialect")
struct CallDialectTests {
    /// Ann on socket 1, Bob on sockets 2 and 3, Eve on socket 4.
    private static func users(_ limits: SignalingLimits = .init()) -> CoreDriver {
        var driver = CoreDriver(limits: limits, connected: [])
        for (socket, user) in [(1, "ann"), (2, "bob"), (3, "bob"), (4, "eve")] as [(UInt64, String)] {
            _ = driver.core.connected(socket, identity: TokenIdentity(subject: user), now: driver.now)
        }
        return driver
    }

    private static func call(_ type: String, to user: String, _ id: String = "c1", _ more: String = "") -> String {
        #"{"type":"call-\#(type)","recipientId":"\#(user)","callId":"\#(id)"\#(more)}"#
    }

    private static func texts(_ replies: CoreDriver.Replies) -> [UInt64: [String]] {
        var result: [UInt64: [String]] = [:]
        for (socket, message) in replies.sent {
            let reason = message["reason"]?.text.map { ":\($0)" } ?? ""
            result[socket, default: []].append((message["type"]?.text ?? "") + reason)
        }
        return result
    }

    @Test("a message is delivered with the sender in the recipient's place, otherwise as it is, to each device")
    func relay() throws {
        var driver = Self.users()
        let replies = driver.send(
            1, #"{"type":"message","recipientId":"bob","encryptedContent":"x","n":[1,{"a":null}]}"#)
        #expect(replies.recipients == [2, 3])
        let expected = try JSONReader.read(
            Array(#"{"type":"message","senderId":"ann","encryptedContent":"x","n":[1,{"a":null}]}"#.utf8))
        #expect(replies.messages(2) == [expected] && replies.messages(3) == [expected])
        for type in ["typing", "read"] {
            #expect(driver.send(4, #"{"type":"\#(type)","recipientId":"ann"}"#).recipients == [1])
        }
    }

    @Test("a call rings on all devices; the first that accepts has it, and the others are told")
    func devices() {
        var driver = Self.users()
        let offer = driver.send(1, Self.call("offer", to: "bob", "c1", #","sdp":"v=0""#))
        #expect(Self.texts(offer) == [2: ["call-offer"], 3: ["call-offer"]])
        #expect(offer.messages(2).first?["senderId"]?.text == "ann" && offer.messages(2).first?["sdp"]?.text == "v=0")
        #expect(offer.messages(2).first?["recipientId"] == nil)
        #expect(driver.send(1, Self.call("ice-candidate", to: "bob")).recipients == [2, 3])
        let accept = driver.send(3, Self.call("accept", to: "ann"))
        #expect(Self.texts(accept) == [2: ["call-hangup:answered-elsewhere"], 1: ["call-accept"]])
        #expect(accept.messages(2).first?["callId"]?.text == "c1")
        #expect(driver.send(3, Self.call("answer", to: "ann")).recipients == [1])
        #expect(driver.send(1, Self.call("ice-candidate", to: "bob")).recipients == [3])
        #expect(
            Self.texts(driver.send(2, Self.call("accept", to: "ann"))) == [2: ["call-hangup:answered-elsewhere"]],
            "it is too late")
        #expect(driver.send(2, Self.call("hangup", to: "ann")).sent.isEmpty, "it is not that device's call")
        #expect(driver.send(1, Self.call("offer", to: "bob")).recipients == [3], "a live call is negotiated anew")
        #expect(driver.send(3, Self.call("offer", to: "ann")).recipients == [1], "by either end")
        #expect(Self.texts(driver.send(1, Self.call("hangup", to: "bob"))) == [3: ["call-hangup"]])
        #expect(driver.send(1, Self.call("offer", to: "bob")).recipients == [2, 3], "the id is free again")
    }

    @Test("a call that one device rejects rings on none, and the caller is told why", arguments: ["reject", "hangup"])
    func rejected(type: String) {
        var driver = Self.users()
        _ = driver.send(1, Self.call("offer", to: "bob"))
        let reject = driver.send(2, Self.call(type, to: "ann", "c1", #","reason":"busy""#))
        #expect(Self.texts(reject) == [3: ["call-hangup:rejected-elsewhere"], 1: ["call-\(type):busy"]])
    }

    @Test("a caller who hangs up, or goes, stops the ringing everywhere")
    func callerGone() {
        var driver = Self.users()
        _ = driver.send(1, Self.call("offer", to: "bob"))
        #expect(Self.texts(driver.send(1, Self.call("hangup", to: "bob"))) == [2: ["call-hangup"], 3: ["call-hangup"]])
        _ = driver.send(1, Self.call("offer", to: "bob", "c2"))
        let now = driver.now
        let gone = driver.perform { $0.closed(1, now: now) }
        #expect(Self.texts(gone) == [2: ["call-hangup:offline"], 3: ["call-hangup:offline"]])
    }

    @Test("nobody there is told to the caller at once, and when the last device that rings is gone")
    func offline() {
        var driver = Self.users()
        let nobody = driver.send(1, Self.call("offer", to: "zoe", "c9"))
        #expect(nobody.errors(1) == ["recipient-offline"])
        #expect(nobody.messages(1).first?["callId"]?.text == "c9" && nobody.messages(1).first?["to"]?.text == "zoe")
        #expect(driver.send(1, #"{"type":"message","recipientId":"zoe"}"#).errors(1) == ["recipient-offline"])
        _ = driver.send(1, Self.call("offer", to: "bob"))
        let now = driver.now
        #expect(driver.perform { $0.closed(2, now: now) }.sent.isEmpty)
        #expect(driver.perform { $0.closed(3, now: now) }.errors(1) == ["recipient-offline"])
        #expect(driver.send(1, #"{"type":"call-offer","callId":"c1"}"#).errors(1) == ["invalid-message"])
        #expect(driver.send(1, #"{"type":"call-offer","recipientId":"eve"}"#).errors(1) == ["invalid-message"])
        #expect(driver.send(1, Self.call("offer", to: "eve", "c1")).recipients == [4], "the id is free again")
    }

    @Test("others' calls are nobody's business")
    func strangers() {
        var driver = Self.users()
        _ = driver.send(1, Self.call("offer", to: "bob"))
        for type in ["hangup", "accept", "reject", "ice-candidate", "offer", "answer"] {
            #expect(driver.send(4, Self.call(type, to: "bob")).errors(4) == ["identity"])
            #expect(driver.send(4, Self.call(type, to: "ann")).errors(4) == ["identity"])
        }
        #expect(
            driver.send(4, #"{"type":"message","recipientId":"bob","senderId":"ann"}"#).errors(4) == ["identity"])
        #expect(driver.send(2, Self.call("accept", to: "ann")).recipients == [3, 1])
    }

    @Test("a call goes on when a device comes back on another socket")
    func back() {
        var driver = Self.users()
        _ = driver.send(1, Self.call("offer", to: "bob"))
        _ = driver.send(2, Self.call("accept", to: "ann"))
        let now = driver.now
        #expect(driver.perform { $0.closed(2, now: now) }.sent.isEmpty, "the peers may well be connected")
        _ = driver.core.connected(5, identity: TokenIdentity(subject: "bob"), now: driver.now)
        #expect(driver.send(1, Self.call("ice-candidate", to: "bob")).recipients == [3, 5])
        #expect(driver.send(5, Self.call("offer", to: "ann")).recipients == [1])
        #expect(driver.send(1, Self.call("ice-candidate", to: "bob")).recipients == [5])
        #expect(driver.perform { $0.closed(1, now: now) }.sent.isEmpty)
        #expect(driver.send(5, Self.call("ice-candidate", to: "ann")).errors(5) == ["recipient-offline"])
    }

    @Test("calls and devices of a user are bounded, and what rings for ever is forgotten")
    func bounds() {
        var limits = SignalingLimits()
        limits.devices = 2
        var driver = Self.users(limits)
        let now = driver.now
        let third = driver.perform {
            $0.connected(9, identity: TokenIdentity(subject: "bob"), now: now)
        }
        #expect(third.errors(9) == ["full"] && third.closed[9] == 1013)
        for number in 0..<CallDialect.maximumCalls {
            #expect(driver.send(1, Self.call("offer", to: "bob", "c\(number)")).recipients == [2, 3])
        }
        #expect(driver.send(1, Self.call("offer", to: "bob", "more")).errors(1) == ["full"])
        #expect(driver.send(4, Self.call("offer", to: "bob", "more")).errors(4) == ["full"])
        _ = driver.send(1, Self.call("hangup", to: "bob", "c0"))
        #expect(driver.send(4, Self.call("offer", to: "bob", "more")).recipients == [2, 3])
        for socket in [1, 2, 3, 4] as [UInt64] { driver.core.alive(socket, now: driver.now + .seconds(601)) }
        _ = driver.tick(after: .seconds(601))
        #expect(driver.send(1, Self.call("offer", to: "bob", "again")).recipients == [2, 3])
    }

    @Test("who calls another device of his own is called by himself")
    func ownDevice() {
        var driver = Self.users()
        #expect(driver.send(2, Self.call("offer", to: "bob")).recipients == [3])
        #expect(driver.send(3, Self.call("accept", to: "bob")).recipients == [2])
        #expect(driver.send(2, Self.call("ice-candidate", to: "bob")).recipients == [3])
        #expect(driver.send(3, Self.call("hangup", to: "bob")).recipients == [2])
        #expect(driver.send(1, Self.call("offer", to: "ann", "c2")).errors(1) == ["recipient-offline"])
    }

    @Test("random histories: every message goes to devices of the one it names, and nothing is left of those who went")
    func histories() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var driver = CoreDriver(connected: [])
            var open: [UInt64: String] = [:]
            var next: UInt64 = 1
            for _ in 0..<120 {
                driver.now += .milliseconds(100)
                let now = driver.now
                switch UInt8.random(in: 0..<10, using: &generator) {
                case 0, 1:
                    let user = ["ann", "bob", "eve"].randomElement(using: &generator) ?? "ann"
                    _ = driver.core.connected(next, identity: TokenIdentity(subject: user), now: now)
                    open[next] = user
                    next += 1
                case 2:
                    guard let socket = open.keys.sorted().randomElement(using: &generator) else { continue }
                    open[socket] = nil
                    let replies = driver.perform { $0.closed(socket, now: now) }
                    #expect(replies.recipients.allSatisfy { open[$0] != nil })
                default:
                    guard let socket = open.keys.sorted().randomElement(using: &generator) else { continue }
                    let user = ["ann", "bob", "eve"].randomElement(using: &generator) ?? "bob"
                    let type =
                        ["offer", "answer", "ice-candidate", "accept", "reject", "hangup"]
                        .randomElement(using: &generator) ?? "offer"
                    let id = "c\(UInt8.random(in: 0..<4, using: &generator))"
                    for (recipient, message) in driver.send(socket, Self.call(type, to: user, id)).sent {
                        let isOwn = message["type"]?.text == "error" || message["reason"] != nil
                        #expect(open[recipient] == user || isOwn && open[recipient] == open[socket])
                        #expect(recipient != socket || isOwn)
                    }
                }
            }
            let now = driver.now
            for socket in open.keys { _ = driver.core.closed(socket, now: now) }
            let calls = driver.core.dialects.lazy.compactMap { $0 as? CallDialect }.first
            #expect(calls?.isEmpty == true)
        }
    }
}
