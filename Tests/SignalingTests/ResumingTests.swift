import StrictJSON
import Testing

@testable import Signaling

@Suite("a place outlives its connection for some time")
struct ResumingTests {
    private static let (ann, bob) = (CoreDriver.ann, CoreDriver.bob)

    private static func resume(_ replies: CoreDriver.Replies, _ socket: UInt64) -> String {
        replies.messages(socket).compactMap { $0["resume"]?.text }.last ?? "none"
    }

    private static func register(_ id: String, _ resume: String) -> String {
        #"{"type":"register","peer_id":"\#(id)","peer_type":"display","display_name":"x","resume":"\#(resume)"}"#
    }

    private static func offer(to id: String, _ sdp: String = "s") -> String {
        #"{"type":"offer","to_peer_id":"\#(id)","sdp":"\#(sdp)"}"#
    }

    /// Ann on socket 1, Bob on socket 2; and what it takes to resume Ann.
    private static func mesh() -> (CoreDriver, String) {
        var driver = CoreDriver()
        let resume = resume(driver.send(1, CoreDriver.register(ann, "Ann")), 1)
        _ = driver.send(2, CoreDriver.register(bob, "Bob"))
        return (driver, resume)
    }

    @Test("the answer to a registration says how to resume, each time another way")
    func answers() {
        var (driver, first) = Self.mesh()
        #expect(first.utf8.count == 32)
        #expect(Self.resume(driver.send(1, CoreDriver.register(Self.ann, "Ann")), 1) == first)
        let joined = driver.send(3, #"{"type":"join","peerId":"A"}"#)
        #expect(joined.messages(3).first?["peers"] == .array([]) && Self.resume(joined, 3) != first)
        #expect(joined.messages(3).first?["resumed"] == nil)
    }

    @Test("whoever resumes gets what was addressed to it meanwhile, once, and the others see it go and come")
    func mailbox() {
        var (driver, resume) = Self.mesh()
        let now = driver.now
        let gone = driver.perform { $0.lost(1, now: now) }
        #expect(gone.peers(2) == [Self.bob], "it is announced as gone at once")
        #expect(driver.send(2, Self.offer(to: Self.ann, "kept")).sent.isEmpty)
        #expect(driver.send(2, Self.offer(to: Self.ann, "too")).sent.isEmpty)
        _ = driver.tick(after: .seconds(14))
        _ = driver.core.connected(9, now: driver.now)
        let back = driver.send(9, Self.register(Self.ann, resume))
        #expect(back.rebound == [9: 1])
        #expect(back.messages(1).compactMap { $0["sdp"]?.text } == ["kept", "too"])
        #expect(back.messages(1).count == 3, "the list is in the answer")
        #expect(back.messages(1).first?["type"]?.text == "peer_list", "the answer comes first")
        #expect(driver.core.peerList.map(\.id) == [Self.ann, Self.bob], "where it was")
        #expect(back.peers(2) == [Self.ann, Self.bob])
        #expect(driver.send(2, Self.offer(to: Self.ann)).recipients == [1])
        // It was good once.
        _ = driver.core.connected(10, now: driver.now)
        #expect(driver.send(10, Self.register(Self.ann, resume)).errors(10) == ["id-in-use"])
        let again = Self.resume(back, 1)
        #expect(again != resume && again.utf8.count == 32)
    }

    @Test("whoever resumes again and again is let in each time; who says it without that is told that it is too often")
    func often() {
        var (driver, resume) = Self.mesh()
        var joining = Self.resume(driver.send(3, #"{"type":"join","peerId":"A"}"#), 3)
        for socket in UInt64(10)..<30 {
            _ = driver.core.connected(socket, now: driver.now)
            let back = driver.send(socket, Self.register(Self.ann, resume))
            #expect(back.rebound == [socket: 1] && back.errors(1).isEmpty)
            resume = Self.resume(back, 1)
            _ = driver.core.connected(socket + 100, now: driver.now)
            let joined = driver.send(socket + 100, #"{"type":"join","peerId":"A","resume":"\#(joining)"}"#)
            #expect(joined.rebound == [socket + 100: 3] && joined.errors(3).isEmpty)
            joining = Self.resume(joined, 3)
        }
        for (socket, text) in [(UInt64(1), CoreDriver.register(Self.ann, "x")), (3, #"{"type":"join","peerId":"A"}"#)] {
            let errors = (0..<6).flatMap { _ in driver.send(socket, text).errors(socket) }
            #expect(errors == ["rate-limited"])
        }
    }

    @Test("after some time it is gone, and the senders of what nobody has fetched are told")
    func expiry() {
        var (driver, resume) = Self.mesh()
        let now = driver.now
        _ = driver.perform { $0.lost(1, now: now) }
        _ = driver.send(2, Self.offer(to: Self.ann))
        for _ in 0..<3 {
            _ = driver.tick(after: .seconds(9))
            driver.core.alive(2, now: driver.now)
        }
        let end = driver.tick(after: .seconds(4))
        #expect(end.errors(2) == ["recipient-offline"] && end.messages(2).first?["to"]?.text == Self.ann)
        #expect(driver.send(2, Self.offer(to: Self.ann)).errors(2) == ["unknown-peer"])
        _ = driver.core.connected(9, now: driver.now)
        let fresh = driver.send(9, Self.register(Self.ann, resume))
        #expect(fresh.rebound.isEmpty && fresh.peers(9) == [Self.bob, Self.ann])
        #expect(driver.core.away.isEmpty && driver.core.keptBytes == 0)
    }

    @Test("time in which the server was stopped is none in which somebody could have come back")
    func slept() {
        var (driver, resume) = Self.mesh()
        let now = driver.now
        _ = driver.perform { $0.lost(1, now: now) }
        driver.core.slept(.seconds(60))
        driver.now += .seconds(60)
        _ = driver.tick(after: .seconds(14))
        driver.core.alive(2, now: driver.now)
        _ = driver.core.connected(9, now: driver.now)
        let back = driver.send(9, Self.register(Self.ann, resume))
        #expect(back.rebound == [9: 1])
        #expect(back.messages(1).first?["resumed"] == .bool(true))
    }

    @Test("whoever takes the id without the word for it has the place; a goodbye leaves none")
    func replaced() {
        var (driver, resume) = Self.mesh()
        let now = driver.now
        _ = driver.perform { $0.lost(1, now: now) }
        _ = driver.send(2, Self.offer(to: Self.ann))
        let other = driver.send(3, CoreDriver.register(Self.ann, "Other"))
        #expect(other.peers(3) == [Self.bob, Self.ann])
        #expect(other.errors(2) == ["recipient-offline"], "what was kept was for somebody else")
        #expect(!driver.core.sockets.keys.contains(1) && driver.core.keptBytes == 0)
        _ = driver.perform { $0.closed(3, now: now) }
        _ = driver.core.connected(9, now: driver.now)
        let fresh = driver.send(9, Self.register(Self.ann, resume))
        #expect(fresh.rebound.isEmpty && fresh.errors(9).isEmpty)
    }

    @Test("a connection that has not been noticed to be broken gives its place to whoever resumes")
    func halfOpen() {
        var (driver, resume) = Self.mesh()
        let back = driver.send(3, Self.register(Self.ann, resume))
        #expect(back.rebound == [3: 1] && back.errors(1).isEmpty)
        #expect(back.recipients.allSatisfy { $0 == 1 || $0 == 2 })
        #expect(driver.send(1, Self.offer(to: Self.bob)).recipients == [2])
    }

    @Test("a resume is for the id that it was given with")
    func otherID() {
        var (driver, resume) = Self.mesh()
        let now = driver.now
        _ = driver.perform { $0.lost(1, now: now) }
        let back = driver.send(3, Self.register(CoreDriver.eve, resume))
        #expect(back.rebound == [3: 1] && back.errors(1) == ["identity"])
        #expect(driver.core.peerList.map(\.id).contains(CoreDriver.eve) == false)
    }

    @Test("in a room: gone and back, with what one said to it; what was said to all is not for it")
    func room() {
        var driver = CoreDriver()
        let resume = Self.resume(driver.send(1, #"{"type":"join","peerId":"A"}"#), 1)
        _ = driver.send(2, #"{"type":"join","peerId":"B"}"#)
        let now = driver.now
        #expect(driver.perform { $0.lost(1, now: now) }.messages(2).first?["type"]?.text == "peer-left")
        #expect(driver.send(2, #"{"type":"offer","to":"A","sdp":"x"}"#).sent.isEmpty)
        #expect(driver.send(2, #"{"type":"candidate","candidate":{}}"#).sent.isEmpty)
        let back = driver.send(3, #"{"type":"join","peerId":"A","resume":"\#(resume)"}"#)
        #expect(back.rebound == [3: 1])
        #expect(back.messages(1).compactMap { $0["type"]?.text } == ["peer-list", "offer"])
        #expect(back.messages(2).first?["type"]?.text == "peer-joined")
        #expect(driver.core.rooms.rooms["default"] == ["A": 1, "B": 2])
    }

    @Test("a device that asks for it keeps its calls, and no other user gets them")
    func call() {
        var driver = CoreDriver(connected: [])
        driver.core = SignalingServerCore(takesTokens: true)
        for (socket, user) in [(1, "ann"), (2, "bob"), (3, "ann"), (4, "eve")] as [(UInt64, String)] {
            _ = driver.core.connected(socket, identity: TokenIdentity(subject: user), now: driver.now)
        }
        let answer = driver.send(1, #"{"type":"auth","resume":""}"#)
        #expect(answer.messages(1).first?["userId"]?.text == "ann")
        let resume = Self.resume(answer, 1)
        #expect(driver.send(2, #"{"type":"call-offer","recipientId":"ann","callId":"c"}"#).recipients == [1, 3])
        #expect(driver.send(1, #"{"type":"call-accept","recipientId":"bob","callId":"c"}"#).recipients == [3, 2])
        let now = driver.now
        #expect(driver.perform { $0.lost(1, now: now) }.sent.isEmpty)
        #expect(driver.send(2, #"{"type":"call-ice-candidate","recipientId":"ann","callId":"c"}"#).sent.isEmpty)
        let thief = driver.send(4, #"{"type":"auth","resume":"\#(resume)"}"#)
        #expect(thief.rebound.isEmpty && thief.messages(4).first?["userId"]?.text == "eve")
        // By a token in a message, as a page does.
        _ = driver.core.connected(9, now: driver.now)
        #expect(driver.send(9, #"{"type":"auth","token":"t","resume":"\#(resume)"}"#).verified.map(\.socket) == [9])
        #expect(driver.send(9, #"{"type":"typing","recipientId":"bob"}"#).sent.isEmpty)
        let back = driver.perform { $0.verified(9, TokenIdentity(subject: "ann"), now: now) }
        #expect(back.rebound == [9: 1])
        #expect(back.messages(1).compactMap { $0["type"]?.text } == ["authenticated", "call-ice-candidate"])
        #expect(back.messages(2).compactMap { $0["type"]?.text } == ["typing"], "what was held is said now")
    }

    @Test("what is kept is bounded, for each and in all")
    func bounds() {
        var limits = SignalingLimits()
        limits.outbox = 3
        var driver = CoreDriver(limits: limits)
        _ = driver.send(1, CoreDriver.register(Self.ann, "Ann"))
        _ = driver.send(2, CoreDriver.register(Self.bob, "Bob"))
        let now = driver.now
        _ = driver.perform { $0.lost(1, now: now) }
        for _ in 0..<3 { #expect(driver.send(2, Self.offer(to: Self.ann)).sent.isEmpty) }
        #expect(driver.send(2, Self.offer(to: Self.ann)).errors(2) == ["recipient-offline"])
        for number in 0..<UInt64(Mailbox.mostAway + 5) {
            let socket = 100 + number
            _ = driver.core.connected(socket, now: now)
            _ = driver.send(socket, #"{"type":"join","peerId":"\#(number)"}"#)
            _ = driver.core.lost(socket, now: now)
        }
        #expect(driver.core.away.count == Mailbox.mostAway && driver.core.sockets.count == Mailbox.mostAway + 2)
        #expect(driver.core.resumes.count == Mailbox.mostAway + 1)
        #expect(driver.core.keptBytes == 0, "the first to go was the one for whom something was kept")
    }
}
