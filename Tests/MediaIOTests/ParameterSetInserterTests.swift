import RTP
import TestSupport
import Testing

@testable import MediaIO

@Suite("Parameter sets that only a description has")
struct ParameterSetInserterTests {
    // As ffmpeg writes it of a file of x264's.
    static let h264 =
        RTPSourceTests.header + "m=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        + "a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0LACvXggA==,aM48gA==; profile-level-id=42C00A\r\n"
    static let h265 =
        RTPSourceTests.header + "m=video 5004 RTP/AVP 96\r\na=rtpmap:96 H265/90000\r\n"
        + "a=fmtp:96 sprop-vps=QAEM; sprop-sps=QgEB; sprop-pps=RAHA\r\n"

    private static func inserter(_ sdp: String) throws -> ParameterSetInserter {
        let section = try #require(RTPSourceSection.sections(of: sdp).first)
        return try #require(ParameterSetInserter(section, maximumSize: 1120))
    }

    private static func packet(_ number: UInt16, time: UInt32, _ payload: [UInt8], ssrc: UInt32 = 7) -> RTPPacket {
        RTPPacket(payloadType: 96, sequenceNumber: number, timestamp: time, ssrc: ssrc, payload: payload)
    }

    @Test("are read")
    func reading() throws {
        let sections = try RTPSourceSection.sections(of: Self.h264) + RTPSourceSection.sections(of: Self.h265)
        let sequence: [UInt8] = [0x67, 0x42, 0xC0, 0x0A, 0xF5, 0xE0, 0x80]
        #expect(sections[0].parameterSets == [96: [sequence, [0x68, 0xCE, 0x3C, 0x80]]])
        #expect(sections[1].parameterSets == [96: [[0x40, 1, 0x0C], [0x42, 1, 1], [0x44, 1, 0xC0]]])
    }

    @Test("what is none is left out, and too many are refused")
    func bounds() throws {
        func sets(_ text: String) throws -> [UInt8: [[UInt8]]] {
            try RTPSourceSection.sections(
                of: RTPSourceTests.header + "m=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
                    + "a=fmtp:96 sprop-parameter-sets=\(text)\r\n")[0].parameterSets
        }
        // An empty one, one that is no base64, a slice, and one of a byte.
        #expect(try sets(",?,ZYgB,Zw==,aM48gA==") == [96: [[0x68, 0xCE, 0x3C, 0x80]]])
        #expect(try sets("Zw==") == [:])
        let many = Array(repeating: "aM48gA==", count: 65).joined(separator: ",")
        #expect(throws: RTPSourceError.self) { try sets(many) }
    }

    @Test("stand in front of a key frame in a packet of their own, and what follows has the next numbers")
    func inserting() throws {
        var inserter = try Self.inserter(Self.h264)
        let stap: [UInt8] = [0x78, 0, 7, 0x67, 0x42, 0xC0, 0x0A, 0xF5, 0xE0, 0x80, 0, 4, 0x68, 0xCE, 0x3C, 0x80]
        let before = inserter.packets(for: Self.packet(65534, time: 0, [0x41, 0x9A]))
        // An IDR picture in two fragments.
        let first = inserter.packets(for: Self.packet(65535, time: 3600, [0x7C, 0x85, 0x88]))
        let second = inserter.packets(for: Self.packet(0, time: 3600, [0x7C, 0x45, 1]))
        let after = inserter.packets(for: Self.packet(1, time: 7200, [0x41, 0x9A]))
        #expect(before.map(\.sequenceNumber) == [65534])
        #expect(first.map(\.sequenceNumber) == [65535, 0] && first.map(\.timestamp) == [3600, 3600])
        #expect(first[0].payload == stap && !first[0].marker && first[0].ssrc == 7 && first[0].payloadType == 96)
        #expect(first[1].payload == [0x7C, 0x85, 0x88])
        #expect(second.map(\.sequenceNumber) == [1] && after.map(\.sequenceNumber) == [2])
        // The next slice of the picture brings none, the next picture does.
        let next = inserter.packets(for: Self.packet(2, time: 10800, [0x65, 0x88]))
        let slice = inserter.packets(for: Self.packet(3, time: 10800, [0x65, 0x40]))
        #expect(next.map(\.sequenceNumber) == [3, 4] && slice.map(\.sequenceNumber) == [5])
    }

    @Test(
        "a picture that has its own gets no others",
        arguments: [
            [[0x67, 0x42, 0xC0], [0x68, 0xCE], [0x65, 0x88]], [[0x78, 0, 2, 0x67, 0x42, 0, 2, 0x65, 0x88]],
            [[0x78, 0, 2, 0x67, 0x42, 0, 2, 0x68, 0xCE], [0x7C, 0x85, 0x88]],
        ] as [[[UInt8]]])
    func own(payloads: [[UInt8]]) throws {
        var inserter = try Self.inserter(Self.h264)
        for (index, payload) in payloads.enumerated() {
            let packet = Self.packet(UInt16(index), time: 0, payload)
            let packets = inserter.packets(for: packet)
            #expect(packets == [packet])
        }
    }

    @Test("a packet that was overtaken keeps its place, and another source begins anew")
    func order() throws {
        var inserter = try Self.inserter(Self.h264)
        let first = inserter.packets(for: Self.packet(10, time: 0, [0x65, 0x88]))
        let key = inserter.packets(for: Self.packet(20, time: 3600, [0x65, 0x88]))
        let late = inserter.packets(for: Self.packet(19, time: 0, [0x41, 0x9A]))
        #expect(first.map(\.sequenceNumber) == [10, 11] && key.map(\.sequenceNumber) == [21, 22])
        #expect(late.map(\.sequenceNumber) == [20], "before those that were put in")
        let other = inserter.packets(for: Self.packet(5, time: 3600, [0x65, 0x88], ssrc: 8))
        let next = inserter.packets(for: Self.packet(6, time: 7200, [0x41, 0x9A], ssrc: 8))
        #expect(other.map(\.sequenceNumber) == [7, 8] && next.map(\.sequenceNumber) == [9])
    }

    @Test("those of H.265 are in an AP, in front of each picture that a decoder can begin with")
    func h265() throws {
        var inserter = try Self.inserter(Self.h265)
        let aggregate: [UInt8] = [0x60, 1, 0, 3, 0x40, 1, 0x0C, 0, 3, 0x42, 1, 1, 0, 3, 0x44, 1, 0xC0]
        let trail = inserter.packets(for: Self.packet(0, time: 0, [0x02, 1, 0x80]))
        let cra = inserter.packets(for: Self.packet(1, time: 1, [0x2A, 1, 0x80]))
        let fragment = inserter.packets(for: Self.packet(2, time: 2, [0x62, 1, 0x93, 0x80]))
        let own = inserter.packets(for: Self.packet(3, time: 3, [0x60, 1, 0, 3, 0x42, 1, 1, 0, 3, 0x26, 1, 0x80]))
        #expect(trail.count == 1 && cra.map(\.payload.first) == [0x60, 0x2A] && cra[0].payload == aggregate)
        #expect(fragment.count == 2 && own.map(\.sequenceNumber) == [5])
    }

    @Test("more than a packet holds come in several")
    func several() {
        let units = (0..<5).map { [0x68, UInt8($0)] + [UInt8](repeating: 1, count: 498) }
        let large = [UInt8](repeating: 0x67, count: 2000)
        let payloads = NALPayload.h264.aggregates(of: units + [large], maximumSize: 1120)
        #expect(payloads.map(\.count) == [1005, 1005, 500] && payloads.last == units.last)
    }

    @Test("random payloads are passed on, from a seed", arguments: 0..<20)
    func random(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for sdp in [Self.h264, Self.h265] {
            var inserter = try Self.inserter(sdp)
            for _ in 0..<500 {
                let payload: [UInt8] = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                    .random(in: 0...255, using: &random)
                }
                let packet = Self.packet(.random(in: 0...65535, using: &random), time: 0, payload)
                let packets = inserter.packets(for: packet)
                #expect(packets.last?.payload == payload)
            }
        }
    }
}
