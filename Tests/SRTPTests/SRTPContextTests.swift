import TestSupport
import Testing
import TransportTypes

@testable import SRTP

@Suite("SRTP")
struct SRTPContextTests {
    @Test("packets of any length are the same at the other end, RTP and RTCP", arguments: SRTPProfile.allCases)
    func roundTrip(profile: SRTPProfile) throws {
        let (sender, receiver) = try Self.pair(profile)
        for (number, length) in (Array(0...100) + [1187, 1188, 1200, 9000, 60_000]).enumerated() {
            let packet = Self.packet(UInt16(number), length: length)
            var sent: [UInt8] = [1, 2, 3]
            try sender.protect(rtp: packet.span, appendingTo: &sent)
            #expect(sent.count - 3 > packet.count && sent.count - 3 <= packet.count + SRTPContext.maximumOverhead)
            #expect(Array(sent[..<3]) == [1, 2, 3] && Array(sent[3..<15]) == Array(packet[..<12]))
            #expect(length < 8 || sent[15..<3 + packet.count] != packet[12...])
            #expect(try receiver.opened(Array(sent[3...])) == packet)
        }
        for words in 1...50 {
            let compound = [0x80, 200, 0, UInt8(words), 0, 0, 0, 9] + [UInt8](repeating: 7, count: 4 * words)
            var sent: [UInt8] = []
            try sender.protect(rtcp: compound.span, appendingTo: &sent)
            #expect(sent.count <= compound.count + SRTPContext.maximumOverhead)
            #expect(try receiver.openedRTCP(sent) == compound)
        }
    }

    @Test("AES-GCM is done by OpenSSL, which the library has compared with its own")
    func provider() {
        #expect(SRTPContext.isByOpenSSL)
    }

    @Test("what was changed anywhere, or cut off anywhere, is not authentic", arguments: SRTPProfile.allCases)
    func forgeries(profile: SRTPProfile) throws {
        let (sender, receiver) = try Self.pair(profile)
        let packet = Self.packet(1, length: 50)
        let sent = try sender.rtp(packet)
        for index in sent.indices {
            var forged = sent
            forged[index] ^= 0x10
            #expect(throws: SRTPError.self) { try receiver.opened(forged) }
        }
        for count in 0..<sent.count {
            #expect(throws: SRTPError.self) { try receiver.opened(Array(sent.prefix(count))) }
        }
        #expect(receiver.counters.notAuthentic > 60)
        #expect(try receiver.opened(sent) == packet, "the true one is still taken")
        let (other, _) = try Self.pair(profile, seed: 2)
        #expect(throws: SRTPError.notAuthentic) { try receiver.opened(other.rtp(Self.packet(2, length: 50))) }
    }

    @Test(
        "what has come before does not come again, and what is too old does not come",
        arguments: SRTPProfile.allCases)
    func replays(profile: SRTPProfile) throws {
        let (sender, receiver) = try Self.pair(profile)
        let sent = try (0..<1200).map { try sender.rtp(Self.packet(UInt16($0), length: 20)) }
        for packet in sent[100...] { #expect(try receiver.opened(packet) != nil) }
        for packet in sent { #expect(throws: SRTPError.replayed) { try receiver.opened(packet) } }
        #expect(receiver.counters.replayed == 1200)
        let report: [UInt8] = [0x80, 201, 0, 1, 0, 0, 0, 9]
        let compound = try sender.rtcp(report)
        #expect(try receiver.openedRTCP(compound) == report)
        #expect(throws: SRTPError.replayed) { try receiver.openedRTCP(compound) }
        // Sent again, the same packet is the same bytes.
        #expect(try sender.rtp(Self.packet(1199, length: 20)) == sent[1199])
    }

    @Test("sequence numbers begin anew time and again, over loss, reordering and pauses")
    func rollover() throws {
        let (sender, receiver) = try Self.pair(.aeadAES128GCM)
        var random = SeededGenerator(seed: 5)
        var waiting: [[UInt8]] = []
        var index = 30_000
        var taken = 0
        while index < 6 * 65_536 {
            index += Int.random(in: 0..<100, using: &random) == 0 ? Int.random(in: 1...8_000, using: &random) : 1
            waiting.append(try sender.rtp(Self.packet(UInt16(truncatingIfNeeded: index), length: 10)))
            guard waiting.count > 20 else { continue }
            let packet = waiting.remove(at: Int.random(in: 0..<waiting.count, using: &random))
            do {
                _ = try receiver.opened(packet)
                taken += 1
            } catch {
                // One that was overtaken by more than the window is too old, and nothing else.
                #expect(error == .replayed)
            }
        }
        #expect(taken > 1000)
    }

    @Test("sources are bounded, and one that has been silent makes room")
    func sources() throws {
        let (sender, receiver) = try Self.pair(.aeadAES128GCM, maximumSources: 10)
        for source in 0..<10 as Range<UInt32> {
            _ = try receiver.opened(sender.rtp(Self.packet(1, length: 10, source: source)), now: .seconds(Int(source)))
        }
        // Forgeries make no room for themselves, however long others were silent.
        let forgery = [0x80] + [UInt8](repeating: 1, count: 60)
        for time in [29, 100] {
            #expect(throws: SRTPError.self) { try receiver.opened(forgery, now: .seconds(time)) }
        }
        let again = try sender.rtp(Self.packet(1, length: 10, source: 0))
        #expect(throws: SRTPError.replayed) { try receiver.opened(again, now: .zero) }
        let other = try Self.pair(.aeadAES128GCM).0
        let eleventh = try other.rtp(Self.packet(1, length: 10, source: 99))
        #expect(throws: SRTPError.tooManySources(10)) { try receiver.opened(eleventh, now: .seconds(29)) }
        #expect(try receiver.opened(eleventh, now: .seconds(30)) != nil, "the first was silent for 30 s")
        let second = try sender.rtp(Self.packet(2, length: 10, source: 1))
        #expect(try receiver.opened(second, now: .seconds(30)) != nil, "the others are still known")
        // Forgeries make no room for themselves, and take none.
        #expect(throws: SRTPError.self) {
            try receiver.opened([0x80] + [UInt8](repeating: 1, count: 60), now: .seconds(31))
        }
        var sent: [UInt8] = []
        #expect(throws: SRTPError.tooManySources(10)) {
            try sender.protect(rtp: Self.packet(1, length: 1, source: 50).span, appendingTo: &sent)
        }
        #expect(sent.isEmpty)
    }

    @Test("keys of another length are refused, with what they should be")
    func keys() throws {
        for profile in SRTPProfile.allCases {
            let (keyLength, saltLength) = (profile.keyLength, profile.saltLength)
            for (key, salt) in [(keyLength - 1, saltLength), (keyLength, saltLength + 1)] {
                let error = #expect(throws: SRTPError.self) {
                    try SRTPContext(
                        .sending, profile: profile, key: [UInt8](repeating: 1, count: key),
                        salt: [UInt8](repeating: 1, count: salt))
                }
                #expect(error?.description.contains("\(profile.keyLength) bytes") == true)
            }
        }
    }

    @Test("any bytes are an error")
    func anything() throws {
        let (_, receiver) = try Self.pair(.aes128CMSHA1With80BitTag)
        var random = SeededGenerator(seed: 6)
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 0...120, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            #expect(throws: SRTPError.self) { try receiver.opened(bytes) }
            #expect(throws: SRTPError.self) { try receiver.openedRTCP(bytes) }
        }
    }

    private static func pair(
        _ profile: SRTPProfile, seed: UInt64 = 1, maximumSources: Int = SRTPContext.maximumSources
    ) throws -> (SRTPContext, SRTPContext) {
        var random = SeededGenerator(seed: seed)
        let key = (0..<profile.keyLength).map { _ in UInt8.random(in: 0...255, using: &random) }
        let salt = (0..<profile.saltLength).map { _ in UInt8.random(in: 0...255, using: &random) }
        func make(_ direction: SRTPContext.Direction) throws(SRTPError) -> SRTPContext {
            try SRTPContext(direction, profile: profile, key: key, salt: salt, maximumSources: maximumSources)
        }
        return (try make(.sending), try make(.receiving))
    }

    private static func packet(_ number: UInt16, length: Int, source: UInt32 = 9) -> [UInt8] {
        let header: [UInt8] = [0x80, 96, UInt8(number >> 8), UInt8(number & 0xFF), 0, 0, 0, 1]
        let ssrc = (0..<4).map { UInt8(truncatingIfNeeded: source >> (24 - 8 * $0)) }
        return header + ssrc + (0..<length).map { UInt8(truncatingIfNeeded: $0) }
    }
}

// A macro cannot be given a Span.
extension SRTPContext {
    fileprivate func rtp(_ packet: [UInt8]) throws(SRTPError) -> [UInt8] {
        var sent: [UInt8] = []
        try protect(rtp: packet.span, appendingTo: &sent)
        return sent
    }

    fileprivate func rtcp(_ compound: [UInt8]) throws(SRTPError) -> [UInt8] {
        var sent: [UInt8] = []
        try protect(rtcp: compound.span, appendingTo: &sent)
        return sent
    }

    @discardableResult
    fileprivate func opened(_ packet: [UInt8], now: Duration = .zero) throws(SRTPError) -> [UInt8]? {
        var plain: [UInt8]?
        try unprotect(rtp: packet.span, now: now) { span in plain = span.indices.map { span[$0] } }
        return plain
    }

    @discardableResult
    fileprivate func openedRTCP(_ compound: [UInt8]) throws(SRTPError) -> [UInt8]? {
        var plain: [UInt8]?
        try unprotect(rtcp: compound.span, now: .zero) { span in plain = span.indices.map { span[$0] } }
        return plain
    }
}
