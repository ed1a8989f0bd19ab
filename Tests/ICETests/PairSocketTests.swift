import Foundation
import Testing

@testable import ICE
@testable import NetworkLoop

@Suite("The second socket on a pair's port", .timeLimit(.minutes(1)))
struct PairSocketTests {
    /// What a TURN server sends, and what is ICE's own, is libnice's.
    @Test("gets what is neither ICE's nor a TURN server's, by the first byte, and the answers to our own checks")
    func steering() async throws {
        let end = try await Reader()
        for first in UInt8.min ... .max {
            let datagram = [first, 1] + [UInt8](repeating: first, count: 18)
            let isOurs = first > 3 && !(64...79).contains(first)
            #expect(try await end.exchange(datagram) == (isOurs ? .own : .sibling), "first byte \(first)")
        }
        for (type, magic, tag, expected) in [
            (0x0101, 0x2112_A442, 0, Reader.Place.own), (0x0111, 0x2112_A442, 0, .own),
            (0x0001, 0x2112_A442, 0, .sibling), (0x0101, 0x2112_A442, 1, .sibling),
            (0x0101, 0x2112_A443, 0, .sibling),
        ] as [(UInt16, UInt32, UInt32, Reader.Place)] {
            let fields = Self.bytes(type) + [0, 0] + Self.bytes(magic) + Self.bytes(end.tag &+ tag)
            #expect(try await end.exchange(fields + [UInt8](repeating: 0, count: 8)) == expected)
        }
        for short in [[0x80], [1, 1, 0]] as [[UInt8]] {
            #expect(try await end.exchange(short) == (short[0] == 0x80 ? .own : .sibling))
        }
        await end.close()
    }

    @Test("listens to the peer, and to others only if they are known")
    func sources() async throws {
        let end = try await Reader()
        let stranger = try FakeSTUNServer.silentPort()
        var path = UDPPath(descriptor: stranger.descriptor, peer: end.address)
        _ = path.send(([0x80, 7] as [UInt8]).span)
        #expect(try await end.exchange([0x80, 1]) == .own)
        #expect(await end.received == [[0x80, 1]])
        await end.know(stranger.port)
        _ = path.send(([0x80, 8] as [UInt8]).span)
        #expect(try await end.exchange([0x80, 2]) == .own)
        #expect(await end.received == [[0x80, 1], [0x80, 8], [0x80, 2]])
        // The answer to a check is from where the check went, and from nowhere else.
        let answer = Self.bytes(UInt16(0x0101)) + [0, 0] + Self.bytes(UInt32(0x2112_A442)) + Self.bytes(end.tag)
        _ = path.send((answer + [UInt8](repeating: 0, count: 8)).span)
        #expect(try await end.exchange([0x80, 3]) == .own)
        #expect(await end.answers == 0)
        await end.close()
        close(stranger.descriptor)
    }

    @Test("hands over what has come when the pair is left, and the rest goes to libnice's")
    func finishing() async throws {
        let end = try await Reader()
        let batch = (0..<200).map { [0x80, UInt8($0)] }
        await end.finish(after: batch)
        #expect(await end.received == batch)
        #expect(try await end.exchange([0x80, 200]) == .sibling)
        await end.close()
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        unsafe withUnsafeBytes(of: number.bigEndian) { unsafe Array($0) }
    }
}

@Suite("The addresses that a peer may send from")
struct KnownSourcesTests {
    @Test("are looked for again when another turns up, and no more than each 100 ms")
    func pacing() throws {
        let known = try #require(TransportAddress("192.0.2.1", port: 1))
        let later = try #require(TransportAddress("192.0.2.2", port: 1))
        let stranger = try #require(TransportAddress("192.0.2.3", port: 1))
        var sources = KnownSources()
        var looks = 0
        func contains(_ source: TransportAddress, at milliseconds: Int, of addresses: [TransportAddress]) -> Bool {
            sources.contains(source, now: .milliseconds(milliseconds)) {
                looks += 1
                return addresses
            }
        }
        #expect(contains(known, at: 0, of: [known]))
        #expect(contains(known, at: 1, of: []) && looks == 1, "what is known is not looked for")
        for time in 1..<100 { #expect(!contains(stranger, at: time, of: [known, later])) }
        #expect(looks == 1)
        #expect(!contains(later, at: 99, of: [known, later]))
        #expect(contains(later, at: 100, of: [known, later]) && looks == 2)
        #expect(!contains(stranger, at: 200, of: [known]) && looks == 3)
        #expect(!contains(later, at: 201, of: [known]), "who has gone is forgotten")
    }
}

/// A pair's port without libnice: its socket, the second one, and the peer's.
///
/// `@unchecked Sendable`: all but the descriptors is used on the loop only.
private final class Reader: PairSocketReader, @unchecked Sendable {
    enum Place { case own, sibling }

    let address: TransportAddress
    private(set) var tag: UInt32 = 0
    private let loop = NetworkLoop()
    private let sibling: Int32
    private let peer: Int32
    private let peerPort: UInt16
    private var socket: PairSocket?
    private var datagrams: [[UInt8]] = []
    private var answerCount = 0
    private var known: Set<UInt16> = []
    private let waiters = LoopWaiters<Reader>()

    init() async throws {
        let (sibling, port) = try FakeSTUNServer.silentPort()
        self.sibling = sibling
        (peer, peerPort) = try FakeSTUNServer.silentPort()
        address = try #require(TransportAddress("127.0.0.1", port: port))
        let place = try #require(TransportAddress("127.0.0.1", port: peerPort))
        tag = try await on(loop) { [self] in
            socket = PairSocket(loop: loop, sibling: sibling, peer: place, bufferBytes: 1 << 20, reader: self)
            return try #require(socket).tag
        }
    }

    var received: [[UInt8]] { get async { (try? await on(loop) { self.datagrams }) ?? [] } }
    var answers: Int { get async { (try? await on(loop) { self.answerCount }) ?? -1 } }

    func know(_ port: UInt16) async { try? await on(loop) { _ = self.known.insert(port) } }

    /// Sends a datagram of the peer's, and says which of the sockets has got it.
    func exchange(_ datagram: [UInt8]) async throws -> Place {
        let before = try await on(loop) { self.datagrams.count + self.answerCount }
        var path = UDPPath(descriptor: peer, peer: address)
        let isSent = path.send(datagram.span)
        #expect(isSent)
        // On loopback it is in a socket's queue by now.
        let isAtSibling = try await on(loop) { [self] in
            var buffer = [UInt8](repeating: 0, count: 2048)
            // SAFETY: the call is told the size of the buffer.
            return unsafe recv(sibling, &buffer, buffer.count, Int32(MSG_DONTWAIT)) > 0
        }
        if isAtSibling { return .sibling }
        await waiters.wait(
            for: self, on: loop, sourceLocation: #_sourceLocation, story: { "\($0.datagrams.count) received" },
            until: { $0.datagrams.count + $0.answerCount > before })
        return .own
    }

    /// Has the socket end with these in its queue.
    func finish(after datagrams: [[UInt8]]) async {
        try? await on(loop) { [self] in
            var path = UDPPath(descriptor: peer, peer: address)
            for datagram in datagrams { _ = path.send(datagram.span) }
            socket?.finish()
        }
    }

    func close() async {
        try? await on(loop) { [self] in
            socket?.close()
            Foundation.close(sibling)
            Foundation.close(peer)
        }
        loop.shutdownFromTest()
    }

    func pairSocket(_ socket: PairSocket, knows source: TransportAddress) -> Bool { known.contains(source.port) }

    func pairSocket(_ socket: PairSocket, didReceiveAnswer datagram: Span<UInt8>) {
        answerCount += 1
        waiters.notify(self)
    }

    func pairSocket(_ socket: PairSocket, didReceive datagrams: Span<UInt8>, segmentSize: Int) {
        for offset in stride(from: 0, to: datagrams.count, by: segmentSize) {
            self.datagrams.append((offset..<min(datagrams.count, offset + segmentSize)).map { datagrams[$0] })
        }
        waiters.notify(self)
    }
}
