import Mesh
import Signaling
import TestSupport
import Testing

@Suite("What nodes say over a data channel")
struct ChannelMessageTests {
    private let id = PeerID()

    @Test("every message reads back as it was written")
    func roundTrip() {
        let messages: [ChannelMessage] = [
            .hello(.init(id: id, peerType: .controller, displayName: "Anna", startedAt: 1_700_000_000_000)),
            .hello(.init(id: id, peerType: .display, displayName: "Stage \"left\"", startedAt: nil)),
            .chat("hello\n\u{1F44B} \\ \u{0}"), .direct(""), .ping, .pong, .bye,
        ]
        for message in messages {
            #expect(ChannelMessage(parsing: message.serialized()) == message)
        }
    }

    @Test(
        "a time is one number in whatever way it is written",
        arguments: ["1700000000000", "1700000000000.0", "1.7e12", "17e11"])
    func time(text: String) {
        let hello = ChannelMessage(parsing: #"{"type":"hello","peer_id":"\#(id)","priority_time":\#(text)}"#)
        let same = ChannelMessage.hello(
            .init(id: id, peerType: .display, displayName: "Unknown", startedAt: 1_700_000_000_000))
        #expect(hello == same)
    }

    @Test("of two members with one name the last counts")
    func duplicates() {
        #expect(ChannelMessage(parsing: #"{"type":"bye","text":"a","text":"b","type":"chat"}"#) == .chat("b"))
    }

    @Test("the JSON is as documented")
    func shape() {
        #expect(ChannelMessage.chat("a/b").serialized() == #"{"text":"a/b","type":"chat"}"#)
        #expect(ChannelMessage.bye.serialized() == #"{"type":"bye"}"#)
    }

    @Test(
        "what is malformed or unknown is no message",
        arguments: [
            "", "null", "[]", "{", "{}", #"{"type":1}"#, #"{"type":"chat"}"#, #"{"type":"chat","text":7}"#,
            #"{"type":"hello"}"#, #"{"type":"hello","peer_id":"me"}"#, #"{"type":"dance"}"#,
            #"{"type":"hello","peer_id":"7f0e0f6e-2b6b-4f0a-8d1e-6a1f6a1f6a1f","priority_time":-1}"#,
            #"{"type":"hello","peer_id":"7f0e0f6e-2b6b-4f0a-8d1e-6a1f6a1f6a1f","priority_time":1e99}"#,
            #"{"type":"ping","text":7}"#, #"{"type":"ping","peer_id":{}}"#, #"{"type":"ping","priority_time":1.5}"#,
            #"{"type":"ping","priority_time":"1"}"#, #"{"type":"ping","priority_time":18446744073709551616}"#,
            String(repeating: "[", count: 100_000),
        ])
    func malformed(text: String) {
        #expect(ChannelMessage(parsing: text) == nil)
    }

    @Test("a message with text that is dear to compare is none")
    func dear() {
        let marks = String(repeating: "\\u0301\\u0323", count: 16)
        for text in ["{\"type\":\"e\(marks)\"}", "{\"type\":\"ping\",\"e\(marks)\":1}"] {
            #expect(ChannelMessage(parsing: text) == nil)
        }
        #expect(ChannelMessage(parsing: "{\"type\":\"ping\",\"e\\u0301\":1}") == .ping)
    }

    @Test("the longest text passes, one byte more does not")
    func limit() {
        let longest = String(repeating: "\u{1}", count: ChannelMessage.maximumTextBytes)
        let serialized = ChannelMessage.chat(longest).serialized()
        #expect(serialized.utf8.count <= ChannelMessage.maximumBytes)
        #expect(ChannelMessage(parsing: serialized) == .chat(longest))
        #expect(ChannelMessage(parsing: ChannelMessage.chat(longest + "x").serialized()) == nil)
    }

    @Test("a hello's name is cleaned, its unknown type is a display")
    func helloIsCleaned() {
        let text = #"{"type":"hello","peer_id":"\#(id)","display_name":" \u001b[31mred ","peer_type":"boss"}"#
        #expect(
            ChannelMessage(parsing: text)
                == .hello(.init(id: id, peerType: .display, displayName: "[31mred", startedAt: nil)))
    }

    @Test("mutated messages never trap, and what they yield can be written again", arguments: UInt64(1)...4)
    func mutations(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let hello = ChannelMessage.hello(.init(id: id, peerType: .display, displayName: "n", startedAt: .max))
        let seeds = [hello.serialized(), ChannelMessage.chat("text").serialized()]
        var understood = 0
        for _ in 0..<2500 {
            var bytes = Array(seeds[Int.random(in: 0...1, using: &generator)].utf8)
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                case 1 where bytes.count > 1: bytes.remove(at: index)
                default: bytes.insert(bytes[index], at: index)
                }
            }
            guard let message = ChannelMessage(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            understood += 1
            #expect(ChannelMessage(parsing: message.serialized()) == message)
        }
        #expect(understood > 0)
    }
}
