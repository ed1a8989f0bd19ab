import SharedState
import TestSupport
import Testing

@Suite("Messages of the shared state")
struct StateMessageTests {
    static func key(_ text: String) throws -> StateKey { try #require(StateKey(text)) }

    static func stamp(_ text: String) throws -> HybridTimestamp { try #require(HybridTimestamp(text)) }

    static func entry(_ key: String, _ json: String?, _ time: String, seen: String? = nil) throws -> StateEntry {
        try StateEntry(
            key: Self.key(key), value: json.map { Array($0.utf8) }, timestamp: stamp(time),
            seen: seen.map { try stamp($0) })
    }

    @Test("each is read as it was written")
    func roundTrips() throws {
        let entries = [
            try Self.entry(
                "a", "{\"b\":[1,2.50,null],\"aNameOfMoreThanSixteenBytes\":\"\\u00e9\\n\"}", "1800000000000.3.n"),
            try Self.entry("\u{0}\"\\", "null", "2.0.n", seen: "1.0.m"), try Self.entry("gone", nil, "2.1.n"),
        ]
        let range = StateRange(from: try Self.key("a"), to: try Self.key("\u{10FFFF}"))
        let messages: [StateMessage] = [
            .entries(entries, acknowledge: 7), .entries([], acknowledge: nil),
            .answer(entries, next: try Self.key("z")),
            .answer([], next: nil), .acknowledgement(.max, isStored: false), .acknowledgement(0, isStored: true),
            .ranges([RangeDigest(range: range, count: 3, hash: .max)], horizon: try Self.stamp("5.0.a")),
            .ranges([RangeDigest(range: StateRange(), count: 0, hash: 0)], horizon: nil),
            .held([EntryDigest(key: try Self.key("k"), timestamp: try Self.stamp("1.0.a"), hash: 1)], all: range),
            .same(horizon: nil), .same(horizon: try Self.stamp("5.0.a")), .held([], all: StateRange()),
            .held([], all: nil), .wantedKeys([try Self.key("k")]),
            .wantedRange(range), .wantedRange(StateRange()),
        ]
        for message in messages { #expect(StateMessage(parsing: message.serialized()) == message) }
    }

    @Test(
        "what is malformed, or more than is allowed, is not read",
        arguments: [
            "", "{}", "[]", "{\"type\":\"entries\"}", "{\"type\":\"entries\",\"entries\":{}}", "{\"type\":\"later\"}",
            "{\"type\":\"entries\",\"entries\":[{\"key\":\"a\",\"time\":\"1.0.a\"}]}",
            "{\"type\":\"entries\",\"entries\":[{\"key\":\"a\",\"time\":\"1.0.a\",\"value\":1,\"deleted\":true}]}",
            "{\"type\":\"entries\",\"entries\":[{\"key\":\"\",\"time\":\"1.0.a\",\"value\":1}]}",
            "{\"type\":\"entries\",\"entries\":[{\"key\":\"a\",\"time\":\"1.0\",\"value\":1}]}",
            "{\"type\":\"entries\",\"entries\":[{\"key\":\"a\",\"time\":\"1.0.a\",\"value\":1,\"seen\":1}]}",
            "{\"type\":\"entries\",\"entries\":[],\"acknowledge\":-1}", "{\"type\":\"acknowledgement\",\"number\":1}",
            "{\"type\":\"ranges\",\"ranges\":[{\"count\":-1,\"hash\":\"0\"}]}",
            "{\"type\":\"ranges\",\"ranges\":[{\"count\":1,\"hash\":\"g\"}]}",
            "{\"type\":\"ranges\",\"ranges\":[{\"count\":1,\"hash\":\"1\",\"from\":1}]}",
            "{\"type\":\"ranges\",\"ranges\":[],\"horizon\":\"soon\"}", "{\"type\":\"wanted\",\"keys\":[1]}",
            "{\"type\":\"wanted\",\"from\":\"\"}", "{\"type\":\"held\",\"held\":[{\"key\":\"a\",\"time\":\"1.0.a\"}]}",
        ])
    func malformed(text: String) {
        #expect(StateMessage(parsing: text) == nil)
    }

    @Test("numbers of elements, bytes and depth are bounded")
    func bounds() throws {
        let range = RangeDigest(range: StateRange(), count: 0, hash: 0)
        #expect(
            StateMessage(parsing: StateMessage.ranges(Array(repeating: range, count: 16), horizon: nil).serialized())
                != nil)
        #expect(
            StateMessage(parsing: StateMessage.ranges(Array(repeating: range, count: 17), horizon: nil).serialized())
                == nil)
        let keys = try (0..<33).map { try Self.key("\($0)") }
        #expect(StateMessage(parsing: StateMessage.wantedKeys(keys).serialized()) == nil)
        #expect(StateMessage(parsing: StateMessage.wantedKeys(Array(keys.dropLast())).serialized()) != nil)
        let long = "{\"type\":\"wanted\"," + String(repeating: " ", count: StateMessage.maximumBytes) + "\"keys\":[]}"
        #expect(StateMessage(parsing: long) == nil)
        #expect(
            StateKey(String(repeating: "x", count: 256)) != nil && StateKey(String(repeating: "x", count: 257)) == nil)
        // The worst that 16 ranges, and 32 digests, can be.
        let worst = try Self.key(String(repeating: "\u{1}", count: 256))
        let time = try Self.stamp("281474976710655.4294967295." + String(repeating: "~", count: 64))
        let ranges = StateMessage.ranges(
            Array(
                repeating: RangeDigest(range: StateRange(from: worst, to: worst), count: .max, hash: .max), count: 16),
            horizon: time)
        let held = StateMessage.held(
            Array(repeating: EntryDigest(key: worst, timestamp: time, hash: .max), count: 32),
            all: StateRange(from: worst, to: worst))
        let entry = try StateEntry(
            key: worst, value: Array(("\"" + String(repeating: "x", count: 32_766) + "\"").utf8), timestamp: time,
            seen: time)
        for message in [ranges, held, .entries([entry], acknowledge: .max), .answer([entry], next: worst)] {
            #expect(StateMessage(parsing: message.serialized()) == message)
        }
    }

    @Test("a value is JSON that others can read, in one writing")
    func values() throws {
        #expect(try Self.entry("a", " {\"b\":1, \"a\":2} ", "1.0.a").value == Array("{\"a\":2,\"b\":1}".utf8))
        for (json, code) in [
            ("{", StateError.Code.invalidValue),
            (String(repeating: "[", count: 33) + String(repeating: "]", count: 33), .invalidValue),
            ("\"" + String(repeating: "x", count: 32 * 1024) + "\"", .valueTooLarge),
            (String(repeating: " ", count: 300_000), .valueTooLarge),
            ("\"a" + String(repeating: "\u{301}", count: 200) + "\"", .invalidValue),
        ] {
            #expect { try Self.entry("a", json, "1.0.a") } throws: { ($0 as? StateError)?.code == code }
        }
        let deep = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
        let message = StateMessage.entries([try Self.entry("a", deep, "1.0.a")], acknowledge: nil)
        #expect(StateMessage(parsing: message.serialized()) == message)
    }

    @Test("keys are one if their bytes are")
    func keys() throws {
        let (composed, decomposed) = (try Self.key("\u{E9}"), try Self.key("e\u{301}"))
        #expect(composed != decomposed && decomposed < composed)
        #expect(Set([composed, decomposed]).count == 2)
    }

    @Test(
        "bytes and members changed at random are read or not, and what is read is written the same", arguments: 1...20)
    func mutated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let message = StateMessage.entries(
            [try Self.entry("a", "{\"b\":[1,2]}", "1.0.a", seen: "0.0.a"), try Self.entry("b", nil, "1.0.a")],
            acknowledge: 3)
        for _ in 0..<500 {
            var bytes = Array(message.serialized().utf8)
            for _ in 0...Int.random(in: 0...2, using: &random) {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0...2, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0x20...0x7E, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert(bytes.randomElement(using: &random) ?? 0x2C, at: place)
                }
            }
            guard let read = StateMessage(parsing: String(decoding: bytes, as: UTF8.self)) else { continue }
            #expect(StateMessage(parsing: read.serialized()) == read)
        }
    }
}
