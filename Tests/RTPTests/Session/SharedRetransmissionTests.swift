import TestSupport
import Testing

@testable import RTP

/// What many peers get of one picture is kept once; each asks for what it has got itself.
@Suite("Packets of what is shared, sent again")
struct SharedRetransmissionTests {
    /// A peer: what it has got of a stream, and what it is sent when it asks.
    private final class Peer {
        let end: SessionEnd
        let stream: SentStream
        let format: RTPFormatParameters
        private(set) var packets: [[UInt8]] = []
        private(set) var latest: [[UInt8]] = []

        init(_ ssrc: UInt32, hasRepairs: Bool, descriptorID: UInt8?) throws {
            end = SessionEnd("\(ssrc)") { ssrc }
            var section = SessionPair.section(sends: true)
            section.encodings = [.init(ssrc: ssrc, repairSSRC: ssrc + 1)]
            section.sentFormats[0].repairPayloadType = hasRepairs ? 97 : nil
            section.sentExtensions.note(VideoOrientation.uri, id: 13)
            if let descriptorID { section.sentExtensions.note(DependencyDescriptor.uri, id: descriptorID) }
            end.session.update([section], now: .zero)
            stream = try #require(end.session.sentStreams[ssrc])
            format = section.sentFormats[0]
            end.send = { [unowned self] packet, isControl in
                guard !isControl else { return }
                packets.append(packet)
                latest.append(packet)
            }
        }

        /// What is sent when it misses some.
        func ask(for numbers: [UInt16], now: Duration) -> [[UInt8]] {
            var writer = RTCPWriter()
            writer.appendNack(from: 9, of: stream.ssrc, NackItem.items(for: numbers))
            latest = []
            end.session.receive(rtcp: writer.bytes.span, now: now)
            return latest
        }
    }

    @Test("are to each what it got: its numbers, descriptors and header extensions around the bytes of all")
    func exact() throws {
        var random = SeededGenerator(seed: 3)
        let peers = try [
            Peer(1000, hasRepairs: true, descriptorID: 15), Peer(2000, hasRepairs: true, descriptorID: nil),
            Peer(3000, hasRepairs: false, descriptorID: 5),
        ]
        var sent: [[[UInt8]]] = [[], [], []]
        for number in 0..<300 {
            let bytes = (0..<Int.random(in: 30...1100, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            for (index, peer) in peers.enumerated() {
                var prefix = PayloadPrefix()
                for place in 0..<index * 3 { prefix.append(UInt8(truncatingIfNeeded: number + place)) }
                let payload = SharedPayload(prefix: prefix, of: bytes, 12..<bytes.count)
                peer.end.session.send(
                    payload: payload, peer.format, on: peer.stream,
                    sequenceNumber: UInt16(truncatingIfNeeded: 65_400 + number), timestamp: UInt32(3000 * number),
                    marker: number % 3 == 2, rotation: number % 2 * 90,
                    descriptor: [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 3 + number % 40),
                    now: .milliseconds(number))
                sent[index].append(try #require(peer.packets.last))
                let own = (0..<prefix.count).map { prefix[$0] }
                #expect(try RTPPacket(parsing: #require(peer.packets.last)).payload == own + bytes[12...])
            }
        }
        for (index, peer) in peers.enumerated() {
            for number in [0, 135, 136, 298, 299] {
                let original = try RTPPacket(parsing: sent[index][number])
                let answers = peer.ask(
                    for: [UInt16(truncatingIfNeeded: 65_400 + number)], now: .milliseconds(400))
                try #require(answers.count == 1)
                guard index < 2 else {
                    #expect(answers[0] == sent[index][number], "in its own stream it is the same to the byte")
                    continue
                }
                let answer = answers[0]
                let again = try RTPPacket(parsing: answer)
                #expect(again.payloadType == 97 && again.ssrc == peer.stream.ssrc + 1)
                let unwrapped = Retransmission.unwrap(answer.span, payloadType: 96, ssrc: peer.stream.ssrc)
                let packet = try RTPPacket(parsing: #require(unwrapped))
                #expect(packet.payload == original.payload && packet.timestamp == original.timestamp)
                #expect(packet.sequenceNumber == original.sequenceNumber && packet.marker == original.marker)
                for id in [13, 15] as [UInt8] {
                    #expect(
                        packet.extensions.first { $0.id == id } == original.extensions.first { $0.id == id }, "\(id)")
                }
            }
        }
        let descriptors = try sent.map { packets in
            try RTPPacket(parsing: packets[41]).extensions.filter { $0.id == 15 || $0.id == 5 }.map(\.value)
        }
        let descriptor = [UInt8](repeating: 41, count: 4)
        #expect(descriptors == [[descriptor], [], [descriptor]])
    }

    @Test("are gone three seconds after, also if nothing was sent since, and who asks is sent nothing")
    func end() throws {
        let peer = try Peer(1000, hasRepairs: true, descriptorID: nil)
        peer.end.session.send(
            payload: SharedPayload([1, 2, 3]), peer.format, on: peer.stream, sequenceNumber: 7, timestamp: 0,
            marker: true, now: .zero)
        #expect(peer.ask(for: [7], now: .milliseconds(2900)).count == 1)
        let deadline = try #require(peer.end.session.nextDeadline)
        #expect(deadline <= .seconds(3))
        #expect(peer.ask(for: [7], now: .seconds(3)).isEmpty)
        // Its timers let it go; then nothing of it is due any more.
        for step in 0..<20 { peer.end.session.handleTimeout(now: .milliseconds(3000 + step)) }
        #expect(peer.stream.sent.count == 0 && peer.stream.sent.byteCount == 0)
    }
}
