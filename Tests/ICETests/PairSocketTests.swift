import CNice  // Glibc's types are this module's or Foundation's, whichever the compiler loads first.
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

    @Test("tells with which ECN bits datagrams have come, once it is asked to, and those of a batch as well")
    func marks() async throws {
        let end = try await Reader()
        await end.send([[0x80, 1]], segmentSize: 2, ecn: 3)
        await end.readECN(true)
        for ecn in [0, 1, 2, 3] as [UInt8] { await end.send([[0x80, ecn]], segmentSize: 2, ecn: ecn) }
        await end.send((0..<10).map { [0x80, $0] }, segmentSize: 2, ecn: 3)
        await end.send((0..<10).map { [0x80, $0] }, segmentSize: 2, ecn: 2, cuts: false)
        await end.readECN(false)
        await end.send([[0x80, 2]], segmentSize: 2, ecn: 3)
        #expect(
            await end.marks
                == [0, 0, 1, 2, 3] + [UInt8](repeating: 3, count: 10) + [UInt8](repeating: 2, count: 10) + [0])
        await end.close()
    }

    @Test("the same over IPv6", .enabled(if: TransportAddress.hasIPv6, "this machine has no IPv6"))
    func marksOverIPv6() async throws {
        let end = try await Reader(isIPv6: true)
        await end.readECN(true)
        await end.send((0..<10).map { [0x80, $0] }, segmentSize: 2, ecn: 2)
        await end.send([[0x80, 2]], segmentSize: 2, ecn: 3)
        await end.send([[0x80, 2]], segmentSize: 2, ecn: 0)
        #expect(await end.marks == [UInt8](repeating: 2, count: 10) + [3, 0])
        await end.close()
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        unsafe withUnsafeBytes(of: number.bigEndian) { unsafe Array($0) }
    }
}

extension TransportAddress {
    /// Whether a socket can be bound to ::1; with CI=true it has to be possible.
    fileprivate static var hasIPv6: Bool {
        if ProcessInfo.processInfo.environment["CI"] == "true" { return true }
        let descriptor = Foundation.socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
        defer { Foundation.close(descriptor) }
        // SAFETY: the address is a copy of its own, of the size that its family has.
        return unsafe TransportAddress("::1", port: 0)?.withSocketAddress { unsafe bind(descriptor, $0, $1) } == 0
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
    /// With which ECN bits each of them came.
    private var ecns: [UInt8] = []
    private var answerCount = 0
    private var known: Set<UInt16> = []
    private let waiters = LoopWaiters<Reader>()

    init(isIPv6: Bool = false) async throws {
        let host = isIPv6 ? "::1" : "127.0.0.1"
        let (sibling, port) = try Self.silentPort(isIPv6: isIPv6)
        self.sibling = sibling
        (peer, peerPort) = try Self.silentPort(isIPv6: isIPv6)
        address = try #require(TransportAddress(host, port: port))
        let place = try #require(TransportAddress(host, port: peerPort))
        tag = try await on(loop) { [self] in
            socket = PairSocket(loop: loop, sibling: sibling, peer: place, bufferBytes: 1 << 20, reader: self)
            return try #require(socket).tag
        }
    }

    private static func silentPort(isIPv6: Bool) throws -> (descriptor: Int32, port: UInt16) {
        guard isIPv6 else { return try FakeSTUNServer.silentPort() }
        let descriptor = Foundation.socket(AF_INET6, Int32(SOCK_DGRAM.rawValue), 0)
        let any = try #require(TransportAddress("::1", port: 0))
        // SAFETY: the address is a copy of its own, of the size that its family has.
        let isBound = unsafe any.withSocketAddress { unsafe bind(descriptor, $0, $1) } == 0
        try #require(isBound)
        let bound = try #require(TransportAddress(boundTo: descriptor))
        return (descriptor, bound.port)
    }

    /// Sends the peer's datagrams with these ECN bits in one call, and waits until they are read.
    func send(_ datagrams: [[UInt8]], segmentSize: Int, ecn: UInt8, cuts: Bool = true) async {
        let before = (try? await on(loop) { self.datagrams.count }) ?? 0
        #expect(send(batch: Array(datagrams.joined()), segmentSize, ecn, cuts) == datagrams.count)
        await waiters.wait(
            for: self, on: loop, sourceLocation: #_sourceLocation, story: { "\($0.datagrams.count) received" },
            until: { $0.datagrams.count >= before + datagrams.count })
    }

    private func send(batch: [UInt8], _ segmentSize: Int, _ ecn: UInt8, _ cuts: Bool) -> Int {
        var path = UDPPath(descriptor: peer, peer: address)
        (path.ecn, path.cuts) = (ecn, cuts)
        return path.send(batch: batch.span, segmentSize: segmentSize)
    }

    func readECN(_ reads: Bool) async { try? await on(loop) { self.socket?.readECN(reads) } }

    var marks: [UInt8] { get async { (try? await on(loop) { self.ecns }) ?? [] } }

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

    func pairSocket(_ socket: PairSocket, didReceive datagrams: Span<UInt8>, segmentSize: Int, ecn: UInt8) {
        for offset in stride(from: 0, to: datagrams.count, by: segmentSize) {
            self.datagrams.append((offset..<min(datagrams.count, offset + segmentSize)).map { datagrams[$0] })
            ecns.append(ecn)
        }
        waiters.notify(self)
    }
}
