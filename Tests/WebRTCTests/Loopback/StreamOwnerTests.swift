import AsyncQueues
import JSEP
import NIOCore
import NetworkLoop
import Synchronization
import TestSupport
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import SCTP
@testable import WebRTC

@Suite("What a stream leaves to its next owner, and channels to each other", .timeLimit(.minutes(2)))
struct StreamOwnerTests {
    @Test("nothing of a channel is left when its stream is free, whatever it was in the middle of")
    func nothingLeft() async throws {
        let pair = try ConnectedPair()
        let (a, _) = try await pair.channel()
        await pair.a.leaveTraces(of: a)
        let id = try #require(a.id)
        #expect(await pair.a.traces(of: id) == 6)
        await pair.a.finish(a)
        #expect(await pair.a.traces(of: id) == 0)
        #expect(pair.a.port.unread.bytes == 0, "what had come of messages does not count any more")
        await pair.close()
    }

    @Test("an association takes parts and roles with it, and leaves the bytes that it had taken of messages")
    func nextAssociation() async throws {
        var configuration = ConnectedPair.loopback
        configuration.maxChannels = 16
        let pair = try ConnectedPair(configuration, configuration)
        let (a, _) = try await pair.channel()
        let closing = try await pair.a.createDataChannel("closing")
        try await closing.opened()
        await pair.a.suspend(in: a, whileClosing: closing)
        #expect(a.bufferedAmount == 5 && a.readyState == .open)
        #expect(closing.readyState == .closed)
        #expect(pair.a.port.unread.bytes == 0)
        let left = await pair.a.restart()
        #expect(left.limit == 65535 && left.role == nil && left.error == nil)
        #expect(a.readyState == .closed)
        await pair.close()
    }

    @Test("what is sent before the peer has confirmed a channel does not overtake its opening")
    func ordered() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel()
        let recorder = PartRecorder()
        await pair.b.record(with: recorder)
        let incoming = pair.b.dataChannels
        let channel = try await pair.a.openUnordered(sending: "first")
        for await other in incoming where other.label == "unordered" {
            #expect(try await other.receive() == .text("first"))
            try await waitUntil { channel.core.withLock({ $0.isAcknowledged }) }
            try await channel.send("second")
            #expect(try await other.receive() == .text("second"))
            break
        }
        #expect(recorder.isUnordered.withLock { $0 } == [false, true])
        await pair.close()
    }

    @Test("a message in fragments of an old peer has a bound, beyond which its channel is closed")
    func fragments() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        for _ in 0..<2 { await pair.b.take([UInt8](repeating: 7, count: 100_000), .binaryPartial, on: b) }
        #expect(b.readyState == .open)
        await pair.b.take([UInt8](repeating: 7, count: 100_000), .binaryPartial, on: b)
        await a.closed()
        await b.closed()
        #expect(pair.b.port.unread.bytes == 0)
        await pair.close()
    }

    @Test("what had come of a message that its sender gave up does not count as unread")
    func givenUp() async throws {
        let pair = try ConnectedPair()
        let (_, b) = try await pair.channel()
        await pair.b.take([UInt8](repeating: 7, count: 1000), .binary, on: b, isLast: false)
        #expect(pair.b.port.unread.bytes == 1000)
        await pair.b.giveUp(b)
        #expect(pair.b.port.unread.bytes == 0)
        await pair.close()
    }

    @Test("a stream that begins with what is no opening is reset, and one with a channel is not")
    func noOpening() async throws {
        let pair = try ConnectedPair()
        let (a, _) = try await pair.channel()
        #expect(await pair.a.takeNonsense(on: 901))
        #expect(await pair.a.takeNonsense(on: try #require(a.id)) == false)
        #expect(a.readyState == .open)
        await pair.close()
    }

    @Test("a channel that is refused leaves its stream to others")
    func refused() throws {
        let loop = LoopPoolOfTest.loop
        let session = DataSession(
            port: DataPort(loop: loop, unreadLimit: 1 << 20),
            limits: .init(
                sendBufferLimit: 1 << 20, receiveBufferLimit: 1 << 20, sctp: SCTPConfiguration(), maxChannels: 16),
            restartTimeout: .seconds(1), loop: loop, ticker: nil, logger: nil, onEvent: { _ in },
            mayAccept: { _ in false })
        let association = try SCTPAssociation(wake: {})
        let opening: [UInt8] = [3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 120]
        let part = SCTPMessagePart(
            stream: 7, ppid: DataChannelPPID.dcep.rawValue, isUnordered: false, isFirst: true, isLast: true)
        session.sctpAssociation(association, didReceive: opening.span, part: part)
        #expect(session.ids.inUse.isEmpty && session.channels.isEmpty)
        association.close()
    }

    @Test("what comes for a channel that closes is not delivered")
    func closing() async throws {
        let pair = try ConnectedPair()
        let (_, b) = try await pair.channel()
        await pair.b.closeAndTake(b)
        #expect(try await b.receive() == nil)
        #expect(b.core.withLock { $0.messagesReceived } == 0)
        await pair.close()
    }

    @Test("a channel with more than SCTP takes does not keep another from its turn")
    func turns() async throws {
        var configuration = ConnectedPair.loopback
        configuration.sendBufferLimit = 64 << 20
        let pair = try ConnectedPair(configuration, configuration)
        let (first, _) = try await pair.channel("first")
        let second = try await pair.a.createDataChannel("second")
        try await second.opened()
        let (isFirstWaiting, isSecondSent) = await pair.a.sendAtOnce(first, second)
        #expect(isFirstWaiting && isSecondSent)
        await pair.close()
    }

    @Test("closing a channel that nobody reads opens the window for the others")
    func closingFull() async throws {
        var small = ConnectedPair.loopback
        small.unreadLimit = 256 << 10
        small.receiveBufferLimit = 1 << 20
        let pair = try ConnectedPair(ConnectedPair.loopback, small)
        let (full, unread) = try await pair.channel("full")
        let (open, read) = try await pair.channel("open")
        let sending = Task { while true { try await full.send(.pattern(60_000)) } }
        try await waitUntil { pair.b.port.unread.isFull }
        unread.close()
        try await open.send("through")
        #expect(try await read.receive() == .text("through"))
        await full.closed()
        await #expect(throws: WebRTCError.self) { try await sending.value }
        await pair.close()
    }

    @Test("a channel may not be negotiated on a stream beyond those of the association, and one on the last may")
    func beyond() async throws {
        var configuration = ConnectedPair.loopback
        configuration.maxChannels = 16
        let pair = try ConnectedPair(configuration, configuration)
        _ = try await pair.channel()
        let error = await #expect(throws: WebRTCError.self) {
            try await pair.a.createDataChannel("", options: .init(negotiated: true, id: 16))
        }
        #expect(error?.code == .operation && pair.a.port.channels.count == 1)
        let last = try await pair.a.createDataChannel("", options: .init(negotiated: true, id: 15))
        #expect(last.readyState == .open)
        await pair.close()
    }

    @Test("a channel without channels lets go of its connection")
    func letsGo() async throws {
        var connection: PeerConnection? = try PeerConnection(configuration: ConnectedPair.loopback)
        weak let weakly = connection
        let channel = try await connection?.createDataChannel("only")
        connection = nil
        #expect(weakly != nil, "an open channel keeps it")
        channel?.close()
        await channel?.closed()
        try await waitUntil { weakly == nil }
    }

    @Test("the window is looked at again each time that this is asked for, and once for many")
    func lookedAtAgain() async throws {
        let clock = ManualClock()
        let pool = LoopPool(clock: .manual(clock))
        let loop = pool.acquire()
        let port = DataPort(loop: loop, unreadLimit: 1 << 20)
        let owner = CountingOwner()
        port.attach(to: owner)
        func pass(_ step: Duration) async {
            clock.advance(by: step)
            for _ in 0..<3 { await withCheckedContinuation { continuation in loop.post { continuation.resume() } } }
        }
        for round in 1...3 {
            await withCheckedContinuation { continuation in
                loop.post {
                    for _ in 0..<10 { port.wakeLater() }
                    continuation.resume()
                }
            }
            await pass(.milliseconds(199))
            #expect(owner.flushes.withLock { $0 } == round - 1)
            await pass(.milliseconds(1))
            #expect(owner.flushes.withLock { $0 } == round)
        }
        await Task.detached { pool.shutdown() }.value
    }

    @Test(
        "whoever finds a channel closed is told who has closed it, and what can be done",
        arguments: [
            (ChannelCloser.application, "closed here, with close()", "createDataChannel"),
            (.peer, "the peer has closed channel 'chat'", "createDataChannel"),
            (.connection, "closed here, with its connection", "PeerConnection"),
            (.connectionOfPeer, "the peer has closed the connection", "PeerConnection"),
        ])
    func closed(by closer: ChannelCloser, reason: String, advice: String) async throws {
        let port = DataPort(loop: LoopPoolOfTest.loop, unreadLimit: 1 << 20)
        let channel = DataChannel(label: "chat", options: .init(), port: port, sendLimit: 10, receiveLimit: 10)
        let early = #expect(throws: WebRTCError.self) { try channel.trySend("x") }
        #expect(early?.message.contains("not open yet") == true)
        channel.didOpen(opening: nil, maxMessageSize: 10_000, isAcknowledged: true)
        try channel.trySend("first")
        let waiting = Task { try await channel.send("second") }
        try await waitUntil { !channel.core.withLock({ $0.pendingSends.isEmpty }) }
        switch closer {
        case .application: channel.close()
        case .peer: channel.peerDidClose()
        case .connection, .connectionOfPeer: channel.didClose(by: closer)
        }
        // What comes of it later has not closed it.
        channel.didClose(by: .connection)
        let errors = [
            await #expect(throws: WebRTCError.self) { try await waiting.value },
            #expect(throws: WebRTCError.self) { try channel.trySend("third") },
            await #expect(throws: WebRTCError.self) { try await channel.opened() },
        ]
        for error in errors {
            #expect(error?.code == .invalidState)
            #expect(error?.message.contains(reason) == true && error?.message.contains(advice) == true, "\(error)")
        }
        #expect(errors[0]?.message.contains("was not sent") == true)
    }

    @Test("a message that finds no room is told how much waits, how much may, and how to wait for room")
    func full() throws {
        let port = DataPort(loop: LoopPoolOfTest.loop, unreadLimit: 1 << 20)
        let channel = DataChannel(label: "chat", options: .init(), port: port, sendLimit: 1500, receiveLimit: 10)
        channel.didOpen(opening: nil, maxMessageSize: 10_000, isAcknowledged: true)
        try channel.trySend(ByteBuffer.pattern(900))
        let error = #expect(throws: WebRTCError.self) { try channel.trySend(ByteBuffer.pattern(501)) }
        #expect(error?.code == .operation)
        let waits = "900 bytes wait in 1 message,"
        for part in ["trySend: ", "'chat'", "501 bytes", waits, "sendBufferLimit is 1500", "send(_:)"] {
            #expect(error?.message.contains(part) == true, "\(error)")
        }
    }

    @Test("a message of exactly the limit is sent when the limit comes down to it")
    func newLimit() async throws {
        let port = DataPort(loop: LoopPoolOfTest.loop, unreadLimit: 1 << 20)
        let channel = DataChannel(
            label: "", options: .init(), port: port, sendLimit: 1500, receiveLimit: 1 << 20)
        channel.didOpen(opening: nil, maxMessageSize: 10_000, isAcknowledged: true)
        try channel.trySend(ByteBuffer.pattern(900))
        let fits = Task { try await channel.send(ByteBuffer.pattern(2000)) }
        try await waitUntil { channel.core.withLock({ $0.pendingSends.count >= 1 }) }
        let isTooLong = Task { try await channel.send(ByteBuffer.pattern(2001)) }
        try await waitUntil { channel.core.withLock({ $0.pendingSends.count >= 2 }) }
        let overtaking = #expect(throws: WebRTCError.self) { try channel.trySend("x") }
        #expect(overtaking?.code == .operation, "there is room for it, and others wait longer")
        channel.setMaxMessageSize(2000)
        await #expect(throws: WebRTCError.self) { try await isTooLong.value }
        #expect(channel.core.withLock { $0.pendingSends.count } == 1)
        channel.didClose()
        let error = await #expect(throws: WebRTCError.self) { try await fits.value }
        #expect(error?.code == .invalidState)
    }
}

private final class CountingOwner: DataPortOwner {
    let flushes = Mutex(0)
    let diagnosis = ConnectionFacts().diagnosis
    func flushOnLoop() { flushes.withLock { $0 += 1 } }
}

/// Notes how texts came, between an association and its session.
private final class PartRecorder: SCTPAssociationDelegate, Sendable {
    let isUnordered = Mutex<[Bool]>([])
    private let next = Mutex(Weak())

    private struct Weak: @unchecked Sendable {
        weak var session: DataSession?
    }

    func install(on session: DataSession) {
        next.withLock { $0 = Weak(session: session) }
        session.association?.delegate = self
    }

    private var session: DataSession? { next.withLock { $0 }.session }

    func sctpAssociation(_ association: SCTPAssociation, didProduce packet: Span<UInt8>) {
        session?.sctpAssociation(association, didProduce: packet)
    }

    func sctpAssociation(_ association: SCTPAssociation, didProduceProbe packet: Span<UInt8>) {
        session?.sctpAssociation(association, didProduceProbe: packet)
    }

    func sctpAssociation(_ association: SCTPAssociation, didReceive bytes: Span<UInt8>, part: SCTPMessagePart) {
        if part.ppid == DataChannelPPID.string.rawValue { isUnordered.withLock { $0.append(part.isUnordered) } }
        session?.sctpAssociation(association, didReceive: bytes, part: part)
    }

    func sctpAssociation(_ association: SCTPAssociation, didAbandonMessageOf stream: UInt16) {}

    func sctpAssociation(_ association: SCTPAssociation, didChange state: SCTPState, error: SCTPError?) {
        session?.sctpAssociation(association, didChange: state, error: error)
    }

    func sctpAssociation(_ association: SCTPAssociation, didResetIncoming streams: [UInt16]) {
        session?.sctpAssociation(association, didResetIncoming: streams)
    }

    func sctpAssociation(_ association: SCTPAssociation, didResetOutgoing streams: [UInt16]) {
        session?.sctpAssociation(association, didResetOutgoing: streams)
    }

    func sctpAssociationIsWritable(_ association: SCTPAssociation) {
        session?.sctpAssociationIsWritable(association)
    }
}

/// A loop for channels without a connection.
private enum LoopPoolOfTest {
    static let loop = LoopPool().acquire()
}

extension PeerConnection {
    fileprivate func finish(_ channel: DataChannel) { data?.finish(channel) }

    /// As if the stream of a channel were in the middle of everything.
    fileprivate func leaveTraces(of channel: DataChannel) {
        guard let data, let id = channel.id else { return }
        data.outgoingReset.insert(id)
        data.outgoingConfirmed.insert(id)
        data.incomingReset.insert(id)
        data.partialOffsets[id] = 5
        let bytes: [UInt8] = [1, 2, 3]
        data.fragments.append(bytes.span, to: id)
        data.assemblies.append(bytes.span, to: DataSession.Assembly(stream: id, isUnordered: true))
    }

    /// How much of that there is.
    fileprivate func traces(of id: UInt16) -> Int {
        guard let data else { return 0 }
        let assembly = DataSession.Assembly(stream: id, isUnordered: true)
        return [
            data.outgoingReset.contains(id), data.outgoingConfirmed.contains(id), data.incomingReset.contains(id),
            data.partialOffsets[id] != nil, data.fragments.count(of: id) != nil,
            data.assemblies.count(of: assembly) != nil,
        ].count { $0 }
    }

    /// As if this had come on the stream of a channel.
    fileprivate func take(_ bytes: [UInt8], _ ppid: DataChannelPPID, on channel: DataChannel, isLast: Bool = true) {
        guard let data, let association = data.association, let id = channel.id else { return }
        let part = SCTPMessagePart(
            stream: id, ppid: ppid.rawValue, isUnordered: false, isFirst: true, isLast: isLast)
        data.sctpAssociation(association, didReceive: bytes.span, part: part)
    }

    /// The association is gone in the middle of a message each way on one channel, and while another closes.
    fileprivate func suspend(in channel: DataChannel, whileClosing closing: DataChannel) {
        guard let data, let id = channel.id, let other = closing.id else { return }
        data.partialOffsets[id] = 5
        data.outgoingReset.insert(other)
        let bytes: [UInt8] = [1, 2, 3]
        data.assemblies.append(bytes.span, to: DataSession.Assembly(stream: id, isUnordered: false))
        data.suspend()
    }

    /// Another peer takes over; what is left of the one before.
    fileprivate func restart() -> (limit: UInt16, role: Bool?, error: SCTPError?) {
        guard let data else { return (0, true, nil) }
        data.sctpError = SCTPError(.aborted, "")
        data.restart(WebRTCError(.network, "another peer"))
        return (data.ids.limit, data.isDTLSClient, data.sctpError)
    }

    fileprivate func record(with recorder: PartRecorder) {
        if let data { recorder.install(on: data) }
    }

    /// A channel without order, and a message on it before the loop comes round.
    fileprivate func openUnordered(sending text: String) throws -> DataChannel {
        let channel = try createDataChannel("unordered", options: DataChannelOptions(ordered: false))
        try channel.trySend(text)
        return channel
    }

    /// Whether the stream is reset for a message of DCEP that cannot be read.
    fileprivate func takeNonsense(on stream: UInt16) -> Bool {
        guard let data, let association = data.association else { return false }
        let bytes: [UInt8] = [99]
        let part = SCTPMessagePart(
            stream: stream, ppid: DataChannelPPID.dcep.rawValue, isUnordered: false, isFirst: true, isLast: true)
        data.sctpAssociation(association, didReceive: bytes.span, part: part)
        return association.resetAttempts[stream] != nil
    }

    fileprivate func closeAndTake(_ channel: DataChannel) {
        channel.close()
        take([7], .binary, on: channel)
    }

    fileprivate func giveUp(_ channel: DataChannel) {
        guard let data, let association = data.association, let id = channel.id else { return }
        data.sctpAssociation(association, didAbandonMessageOf: id)
    }

    /// Sends much on one channel and then something on another in one turn of the loop; whether the first has some left, and
    /// the second none.
    fileprivate func sendAtOnce(_ first: DataChannel, _ second: DataChannel) -> (Bool, Bool) {
        for _ in 0..<500 { try? first.trySend(.pattern(60_000)) }
        try? second.trySend("text")
        data?.flush()
        return (first.core.withLock { !$0.outbox.isEmpty }, second.core.withLock { $0.outbox.isEmpty })
    }
}
