import SDP
import Testing
import TestSupport

@Suite("Mutated session descriptions")
struct MalformedInputTests {
    @Test("ten thousand mutated descriptions are refused or read back as they are written", arguments: [1, 2, 3, 4, 5])
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var read = 0
        for _ in 0..<2_000 {
            let text = Self.mutated(&random)
            guard let document = try? SDPDocument(parsing: text) else { continue }
            read += 1
            let again = try SDPDocument(parsing: document.serialized())
            #expect(again == document, "seed \(seed): \(text.debugDescription)")
            Self.touch(document)
            for media in document.media {
                Self.touch(media)
                _ = document.iceCredentials(of: media)
                _ = document.direction(of: media)
            }
        }
        #expect(read > 100)
    }

    private static let fragments = [
        "=", ":", "/", " ", "\r", "\n", "\r\n", "\0", "a=", "m=", "m=audio 0 x\r\n", "18446744073709551616", "-1", ";",
        "~",
        "\u{301}", "\u{1F468}\u{200D}\u{1F469}", "a=ssrc:4294967296 x", "a=rtpmap:", "a=simulcast:send ;\r\n",
        "candidate:",
        "a=extmap:0/ x\r\n", "v=0\r\n",
    ]

    private static func mutated(_ random: inout SeededGenerator) -> String {
        var bytes = Array((Offers.all.randomElement(using: &random)?.text ?? "").utf8)
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let place = Int.random(in: 0..<bytes.count, using: &random)
            let length = min(Int.random(in: 1...30, using: &random), bytes.count - place)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            case 1 where bytes.count > 64: bytes.removeSubrange(place..<(place + length))
            case 2: bytes.insert(contentsOf: bytes[place..<(place + length)], at: place)
            case 3: bytes.insert(contentsOf: (fragments.randomElement(using: &random) ?? "").utf8, at: place)
            case 4 where place > 64: bytes.removeSubrange(place...)
            default: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Reads everything that can be asked for.
    private static func touch(_ container: some AttributeContainer) {
        var copy = container
        _ = (copy.mid, copy.groups, copy.iceUfrag, copy.icePwd, copy.iceOptions, copy.isICELite, copy.setup, copy.tlsID)
        _ = (copy.fingerprints, copy.sctpPort, copy.maxMessageSize, copy.sctpMaps, copy.isBundleOnly, copy.direction)
        _ = (copy.msids, copy.msidSemantics, copy.rtcp, copy.rtpMaps, copy.rtcpFeedbacks, copy.extensionMaps, copy.rids)
        _ = (copy.simulcast, copy.ssrcs, copy.ssrcGroups, copy.cryptos, copy.connection, copy.bandwidths)
        for parameters in copy.formatParameters { _ = parameters["apt"] }
        for map in copy.rtpMaps { _ = map.channels }
        copy.candidates = copy.candidates
        for candidate in copy.candidates { copy.appendCandidate(candidate) }
        copy.direction = .inactive
        copy.connection = .unspecified
    }

    @Test("only marks that follow each other are too many: thirty of them are not, and letters with one each never")
    func marks() {
        #expect(!String(repeating: "e\u{301}", count: 1000).hasLongRunOfMarks)
        #expect(!("e" + String(repeating: "\u{301}", count: 30)).hasLongRunOfMarks)
        #expect(("e" + String(repeating: "\u{301}", count: 31)).hasLongRunOfMarks)
    }
}
