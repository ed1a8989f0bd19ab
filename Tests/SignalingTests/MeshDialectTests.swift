import Testing

@testable import Signaling

@Suite("mesh dialect of the server")
struct MeshDialectTests {
    private let ann = CoreDriver.ann
    private let bob = CoreDriver.bob
    private let eve = CoreDriver.eve

    @Test("a registration is announced to everyone registered, the newcomer included")
    func register() {
        var driver = CoreDriver()
        let first = driver.send(1, CoreDriver.register(ann, "Ann", type: "controller"))
        #expect(first.recipients == [1])
        #expect(
            first.messages(1).first
                == .object([
                    "type": .string("peer_list"),
                    "peers": .array([
                        .object([
                            "id": .string(ann), "peer_type": .string("controller"), "display_name": .string("Ann"),
                            "is_connected": .bool(true), "is_leader": .bool(false),
                        ])
                    ]),
                ]))
        let second = driver.send(2, CoreDriver.register(bob, "Bob"))
        #expect(second.recipients == [1, 2] && second.peers(1) == [ann, bob] && second.peers(2) == [ann, bob])
    }

    @Test("missing name, type and class have their defaults; wrong ones are refused")
    func registrationFields() {
        var driver = CoreDriver()
        _ = driver.send(1, #"{"type":"register","peer_id":"\#(ann)"}"#)
        #expect(
            driver.core.peerList.map(\.displayName) == ["Unknown"] && driver.core.peerList.map(\.peerType) == [.display]
        )
        for fields in [#""peer_type":"tv""#, #""display_class":"roof""#, #""display_name":7"#, #""display_name":"""#] {
            let replies = driver.send(2, #"{"type":"register","peer_id":"\#(bob)",\#(fields)}"#)
            #expect(replies.errors(2) == ["invalid-message"])
            _ = driver.core.closed(2)
            driver.core.connected(2, now: driver.now)
        }
    }

    @Test(
        "a second socket with an id in use is refused and closed with 4409; the first keeps its place",
        arguments: [true, false])
    func idInUse(isLower: Bool) {
        var driver = CoreDriver.meshOfTwo()
        let replies = driver.send(3, CoreDriver.register(isLower ? ann.lowercased() : ann, "Mallory"))
        #expect(replies.errors(3) == ["id-in-use"] && replies.closed == [3: 4409] && replies.recipients == [3])
        #expect(driver.core.peerList.map(\.displayName) == ["Ann", "Bob"])
        #expect(driver.send(2, #"{"type":"offer","to_peer_id":"\#(ann)","sdp":"x"}"#).recipients == [1])
    }

    @Test("the same socket may register again under its id, and not under another")
    func registerAgain() {
        var driver = CoreDriver.meshOfTwo()
        _ = driver.send(1, CoreDriver.register(ann, "Anna"))
        #expect(driver.core.peerList.map(\.displayName) == ["Anna", "Bob"])
        let replies = driver.send(1, CoreDriver.register(eve, "Eve"))
        #expect(replies.errors(1) == ["already-registered"] && replies.closed.isEmpty && replies.recipients == [1])
    }

    @Test(
        "offer, answer and ice go to their target alone, as they are",
        arguments: [
            #""type":"offer","sdp":"v=0""#, #""type":"answer","sdp":"v=0","extra":[1.50,{"a":null}]"#,
            #""type":"ice","candidate":{"candidate":"c","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"u"}"#,
            #""type":"ice","candidate":null"#,
        ])
    func relay(fields: String) throws {
        var driver = CoreDriver.meshOfTwo()
        _ = driver.send(3, CoreDriver.register(eve, "Eve"))
        let text = #"{\#(fields),"from_peer_id":"\#(ann)","to_peer_id":"\#(bob)"}"#
        let replies = driver.send(1, text)
        #expect(replies.recipients == [2])
        #expect(replies.messages(2) == [try JSONReader.read(Array(text.utf8))])
    }

    @Test("the server writes the sender, in the spelling it registered")
    func sender() {
        var driver = CoreDriver.meshOfTwo()
        for from in ["", #","from_peer_id":null"#, #","from_peer_id":"\#(ann.lowercased())""#] {
            let text = #"{"type":"offer","to_peer_id":"\#(bob.lowercased())","sdp":"x"\#(from)}"#
            #expect(driver.send(1, text).messages(2).map { $0["from_peer_id"]?.text } == [ann])
        }
    }

    @Test(
        "a false sender is refused and the message is not delivered",
        arguments: [
            #""from_peer_id":"\#(CoreDriver.bob)""#, #""from_peer_id":7"#,
            #""from_peer_id":"\#(CoreDriver.ann)","from_peer_id":"\#(CoreDriver.bob)""#,
        ])
    func falseSender(field: String) {
        var driver = CoreDriver.meshOfTwo()
        let replies = driver.send(1, #"{"type":"offer","to_peer_id":"\#(bob)","sdp":"x",\#(field)}"#)
        #expect(replies.recipients == [1] && replies.errors(1) == ["identity-mismatch"])
        #expect(driver.send(1, #"{"type":"heartbeat","peer_id":"\#(bob)"}"#).errors(1) == ["identity-mismatch"])
    }

    @Test("a message to nobody is answered with an error that names the target")
    func offline() {
        var driver = CoreDriver.meshOfTwo()
        let replies = driver.send(1, #"{"type":"ice","to_peer_id":"\#(eve)","candidate":null}"#)
        #expect(replies.recipients == [1] && replies.errors(1) == ["recipient-offline"])
        #expect(replies.messages(1).first?["to"]?.text == eve)
        #expect(driver.send(1, #"{"type":"offer","sdp":"x"}"#).errors(1) == ["invalid-message"])
        #expect(driver.send(1, #"{"type":"offer","to_peer_id":"\#(bob)"}"#).errors(1) == ["invalid-message"])
    }

    @Test("who leaves is announced, and the id is free again")
    func leave() {
        var driver = CoreDriver.meshOfTwo()
        #expect(CoreDriver.Replies(driver.core.closed(1)).peers(2) == [bob])
        #expect(driver.core.closed(1).isEmpty)
        #expect(driver.send(3, CoreDriver.register(ann, "Ann")).peers(2) == [bob, ann])
    }

    @Test("a new leader is told to everyone once")
    func leader() {
        var driver = CoreDriver.meshOfTwo()
        #expect(CoreDriver.Replies(driver.core.setLeader(bob.lowercased())).recipients == [1, 2])
        #expect(driver.core.peerList.map(\.isLeader) == [false, true])
        #expect(driver.core.setLeader(bob).isEmpty)
        #expect(CoreDriver.Replies(driver.core.setLeader(nil)).recipients == [1, 2])
    }

    @Test("messages of the room dialect are unknown to a mesh peer")
    func otherDialect() {
        var driver = CoreDriver.meshOfTwo()
        #expect(driver.send(1, #"{"type":"join","peerId":"a"}"#).errors(1) == ["unknown-type"])
    }
}
