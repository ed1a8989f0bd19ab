import StrictJSON
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
        var answer = first.messages(1).first
        if case .object(var members)? = answer {
            members["resume"] = nil
            answer = .object(members)
        }
        #expect(
            answer
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
            _ = driver.core.connected(2, now: driver.now)
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

    @Test("the same socket may register again under its id, and not under another; who hears of it is whom it concerns")
    func registerAgain() {
        var driver = CoreDriver.meshOfTwo()
        #expect(driver.send(1, CoreDriver.register(ann, "Anna")).recipients == [1, 2])
        #expect(driver.core.peerList.map(\.displayName) == ["Anna", "Bob"])
        #expect(driver.send(1, CoreDriver.register(ann, "Anna")).recipients == [1], "nothing is new for the others")
        let replies = driver.send(1, CoreDriver.register(eve, "Eve"))
        #expect(replies.errors(1) == ["identity"] && replies.closed.isEmpty && replies.recipients == [1])
    }

    @Test("after five times in a row a socket may register again once a second; who goes on all the same is closed")
    func registerOften() {
        var driver = CoreDriver.meshOfTwo()
        for number in 0..<5 {
            #expect(driver.send(1, CoreDriver.register(ann, "Ann \(number)")).recipients == [1, 2])
        }
        for _ in 0..<4 {
            let replies = driver.send(1, CoreDriver.register(ann, "Annabel"))
            #expect(replies.errors(1) == ["rate-limited"] && replies.recipients == [1] && replies.closed.isEmpty)
        }
        #expect(driver.core.peerList.map(\.displayName) == ["Ann 4", "Bob"])
        driver.now += .seconds(1)
        #expect(driver.send(1, CoreDriver.register(ann, "Annabel")).recipients == [1, 2])
        for _ in 0..<4 { #expect(driver.send(1, CoreDriver.register(ann, "Ann")).closed.isEmpty) }
        #expect(driver.send(1, CoreDriver.register(ann, "Ann")).closed == [1: 1008])
    }

    @Test("a name is measured as JSON writes it, where a control character is six bytes")
    func nameLength() {
        func errors(_ name: String) -> [String] {
            var driver = CoreDriver()
            return driver.send(1, CoreDriver.register(ann, name)).errors(1)
        }
        #expect(errors(String(repeating: "x", count: 256)).isEmpty)
        #expect(errors(String(repeating: "x", count: 257)) == ["invalid-message"])
        #expect(errors(String(repeating: #"\u0001"#, count: 42)).isEmpty)
        #expect(errors(String(repeating: #"\u0001"#, count: 43)) == ["invalid-message"])
        #expect(errors(String(repeating: #"\""#, count: 129)) == ["invalid-message"])
    }

    @Test("a mesh has so many peers; one more is told that it is full and closed with 1013, until one leaves")
    func full() {
        var driver = CoreDriver(limits: .init(peers: 2), connected: [1, 2, 3, 4])
        _ = driver.send(1, CoreDriver.register(ann, "Ann"))
        _ = driver.send(2, CoreDriver.register(bob, "Bob"))
        let replies = driver.send(3, CoreDriver.register(eve, "Eve"))
        #expect(replies.errors(3) == ["full"] && replies.closed == [3: 1013] && replies.recipients == [3])
        _ = driver.core.closed(1)
        #expect(driver.send(4, CoreDriver.register(eve, "Eve")).peers(2) == [bob, eve])
    }

    @Test(
        "a candidate is delivered as a string with its other members beside it, in whatever form it came",
        arguments: [
            (#""candidate":"c","sdpMid":"0","own":[1]"#, #""candidate":"c","sdpMid":"0","own":[1]"#),
            (
                #""candidate":{"candidate":"c","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"u","own":1.50}"#,
                #""candidate":"c","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"u","own":1.50"#
            ),
            (#""candidate":{"candidate":"c","type":"x","to_peer_id":"y"}"#, #""candidate":"c""#),
            (#""candidate":{"candidate":""}"#, #""candidate":"""#), (#""candidate":{}"#, #""candidate":"""#),
            (#""candidate":null"#, #""candidate":"""#), (#""candidate":"""#, #""candidate":"""#),
        ])
    func candidateForms(sent: String, received: String) throws {
        var driver = CoreDriver.meshOfTwo()
        func text(_ fields: String) -> String {
            #"{"type":"ice","from_peer_id":"\#(ann)","to_peer_id":"\#(bob)",\#(fields)}"#
        }
        let replies = driver.send(1, text(sent))
        #expect(replies.recipients == [2])
        #expect(replies.messages(2) == [try JSONReader.read(Array(text(received).utf8))])
    }

    @Test(
        "a candidate of another kind is refused",
        arguments: ["", #","candidate":7"#, #","candidate":["c"]"#, #","candidate":{"candidate":7}"#])
    func candidateRefused(field: String) {
        var driver = CoreDriver.meshOfTwo()
        #expect(driver.send(1, #"{"type":"ice","to_peer_id":"\#(bob)"\#(field)}"#).errors(1) == ["invalid-message"])
    }

    @Test(
        "offer, answer and ice go to their target alone, as they are",
        arguments: [
            #""type":"offer","sdp":"v=0""#, #""type":"answer","sdp":"v=0","extra":[1.50,{"a":null}]"#,
            #""type":"ice","candidate":"c","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"u""#,
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
        #expect(replies.recipients == [1] && replies.errors(1) == ["identity"])
        #expect(driver.send(1, #"{"type":"heartbeat","peer_id":"\#(bob)"}"#).errors(1) == ["identity"])
    }

    @Test("a message to nobody is answered with an error that names the target")
    func offline() {
        var driver = CoreDriver.meshOfTwo()
        let replies = driver.send(1, #"{"type":"ice","to_peer_id":"\#(eve)","candidate":null}"#)
        #expect(replies.recipients == [1] && replies.errors(1) == ["unknown-peer"])
        #expect(replies.messages(1).first?["to"]?.text == eve)
        #expect(driver.send(1, #"{"type":"offer","sdp":"x"}"#).errors(1) == ["invalid-message"])
        #expect(driver.send(1, #"{"type":"offer","to_peer_id":"\#(bob)"}"#).errors(1) == ["invalid-message"])
    }

    @Test("who leaves is announced, and the id is free again")
    func leave() {
        var driver = CoreDriver.meshOfTwo()
        #expect(driver.perform { $0.closed(1) }.peers(2) == [bob])
        #expect(driver.core.closed(1).isEmpty)
        let gone = driver.send(2, #"{"type":"offer","to_peer_id":"\#(ann)","sdp":"x"}"#)
        #expect(gone.errors(2) == ["recipient-offline"])
        #expect(driver.send(3, CoreDriver.register(ann, "Ann")).peers(2) == [bob, ann])
    }

    @Test("the last 256 who left are remembered, each once however often it comes and goes")
    func departed() {
        var driver = CoreDriver.meshOfTwo()
        func visit(_ socket: UInt64, _ id: String) {
            _ = driver.core.connected(socket, now: driver.now)
            _ = driver.send(socket, CoreDriver.register(id, "x"))
            _ = driver.core.closed(socket)
        }
        func errors() -> [String] { driver.send(1, #"{"type":"offer","to_peer_id":"\#(bob)","sdp":"x"}"#).errors(1) }
        _ = driver.core.closed(2)
        for number in 0..<300 as Range<UInt64> { visit(10 + number, eve) }
        #expect(errors() == ["recipient-offline"])
        for number in 400..<700 as Range<UInt64> { visit(number, "00000000-0000-4000-8000-000000000\(number)") }
        #expect(errors() == ["unknown-peer"])
    }

    @Test("a new leader is told to everyone once")
    func leader() {
        var driver = CoreDriver.meshOfTwo()
        #expect(driver.perform { $0.setLeader(bob.lowercased()) }.recipients == [1, 2])
        #expect(driver.core.peerList.map(\.isLeader) == [false, true])
        #expect(driver.core.setLeader(bob).isEmpty)
        #expect(driver.perform { $0.setLeader(nil) }.recipients == [1, 2])
    }

    @Test("messages of the room dialect are unknown to a mesh peer")
    func otherDialect() {
        var driver = CoreDriver.meshOfTwo()
        #expect(driver.send(1, #"{"type":"join","peerId":"a"}"#).errors(1) == ["unknown-type"])
    }
}
