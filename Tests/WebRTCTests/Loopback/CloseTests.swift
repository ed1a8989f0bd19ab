import AsyncQueues
import JSEP
import NIOCore
import NetworkLoop
import Synchronization
import TestSupport
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

@Suite("close()", .timeLimit(.minutes(2)))
struct CloseTests {
    enum Moment: CaseIterable {
        case fresh, withChannel, haveLocalOffer, haveRemoteOffer, haveLocalPranswer, gathered, agreed, connected
    }

    /// Brings a pair to a moment in its life.
    private func bring(_ pair: ConnectedPair, to moment: Moment) async throws -> DataChannel? {
        if moment == .fresh { return nil }
        let channel = try await pair.a.createDataChannel("test")
        switch moment {
        case .fresh, .withChannel: break
        case .haveLocalOffer: try await pair.a.setLocalDescription()
        case .gathered:
            try await pair.a.setLocalDescription()
            await pair.a.gatheringComplete()
        case .haveRemoteOffer, .haveLocalPranswer:
            try await pair.b.setLocalDescription(pair.b.createOffer())
            let offer = try await pair.b.createOffer()
            try await pair.a.setRemoteDescription(offer)
            if moment == .haveLocalPranswer { try await pair.a.setLocalDescription(.init(type: .pranswer)) }
        case .agreed: try await pair.negotiate()
        case .connected:
            try await pair.negotiate()
            try await channel.opened()
        }
        return channel
    }

    @Test("who sends to a peer that has closed the connection is told so, and who has closed it oneself, too")
    func sendingAfterwards() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        pair.b.close()
        await a.closed()
        let theirs = await #expect(throws: WebRTCError.self) { try await a.send("late") }
        #expect(theirs?.message.contains("the peer has closed the connection") == true, "\(theirs)")
        let ours = await #expect(throws: WebRTCError.self) { try await b.send("late") }
        #expect(ours?.message.contains("closed here, with its connection") == true, "\(ours)")
        await pair.close()
    }

    @Test(
        "in every state, twice: all is closed when it returns, the sequences end with it, nothing hangs (CLO-03, ICE-09, 25)",
        arguments: Moment.allCases)
    func everyState(moment: Moment) async throws {
        let pair = try ConnectedPair()
        let channel = try await bring(pair, to: moment)
        let states = (
            pair.a.signalingStates, pair.a.connectionStates, pair.a.iceConnectionStates, pair.a.iceGatheringStates
        )
        let transport = pair.a.sctp
        pair.a.close()
        #expect(pair.a.signalingState == .closed && pair.a.connectionState == .closed)
        #expect(pair.a.iceConnectionState == .closed)
        #expect(channel.map { $0.readyState == .closed } ?? true)
        #expect(transport.map { $0.state == .closed && $0.transport.state == .closed } ?? true)
        #expect(transport.map { $0.transport.iceTransport.state == .closed } ?? true)
        pair.a.close()
        await pair.a.closed()
        let (signaling, connection, ice) = await (states.0.all(), states.1.all(), states.2.all())
        #expect(signaling.last == .closed && signaling.firstIndex(of: .closed) == signaling.count - 1)
        #expect(connection.last == .closed && connection.firstIndex(of: .closed) == connection.count - 1)
        #expect(ice.last == .closed && ice.firstIndex(of: .closed) == ice.count - 1)
        // Whoever comes late hears it, too.
        #expect(await pair.a.connectionStates.all() == [.closed])
        #expect(await pair.a.signalingStates.all() == [.closed])
        #expect(await pair.a.iceConnectionStates.all() == [.closed])
        let gathering = await states.3.all()
        #expect(gathering.last == pair.a.iceGatheringState)
        pair.a.close()
        await pair.a.closed()
        await pair.close()
    }

    @Test("every operation afterwards is an InvalidStateError (NEG-02, 05, 31, DCH-01, CND-07)")
    func operations() async throws {
        let connection = try PeerConnection()
        connection.close()
        for operation in Operation.allCases {
            let error = await #expect(throws: WebRTCError.self) { try await operation.run(on: connection) }
            #expect(error?.code == .invalidState)
        }
        await connection.restartICE()
        let report = await connection.getStats()
        #expect(report.peerConnection != nil)
        await connection.gatheringComplete()
        await connection.closed()
    }

    @Test("channels read closed right after it, before and after connecting (CLO-01, 02)", arguments: [true, false])
    func channels(isConnected: Bool) async throws {
        let pair = try ConnectedPair()
        var channels: [DataChannel] = []
        for index in 0..<12 {
            channels.append(try await pair.a.createDataChannel("in band \(index)"))
            let options = DataChannelOptions(negotiated: true, id: UInt16(100 + index))
            channels.append(try await pair.a.createDataChannel("negotiated \(index)", options: options))
        }
        if isConnected {
            try await pair.negotiate()
            for channel in channels { try await channel.opened() }
            channels.append(try await pair.a.createDataChannel("late"))
        }
        let states = channels.map(\.stateChanges)
        pair.a.close()
        #expect(channels.allSatisfy { $0.readyState == .closed })
        // Each is told of its end, without a `closing` (CLO-06).
        for states in states {
            let found = await states.all()
            #expect(found.last == .closed && !found.contains(.closing))
        }
        await pair.close()
    }

    @Test("from inside every kind of event", arguments: Event.allCases)
    func inside(event: Event) async throws {
        let pair = try ConnectedPair()
        let connection = pair.a
        let closer = Task { await event.wait(for: connection) }
        let channel = try await connection.createDataChannel("test")
        let other = try await pair.b.createDataChannel("from b", options: .init(negotiated: false))
        let negotiation = Task {
            try? await pair.negotiate()
            try? await channel.send("one")
            try? await other.opened()
            try? await other.send("two")
        }
        #expect(await closer.value, "there was no such event")
        await connection.closed()
        // The other side may not have got far enough to notice.
        pair.b.close()
        await negotiation.value
        #expect(channel.readyState == .closed)
        await pair.close()
    }

    enum Event: CaseIterable {
        case signaling, gathering, ice, connection, candidate, negotiationNeeded, channelState, dataChannel

        /// Waits for an event of the kind and closes the connection in it. False if there was none.
        func wait(for connection: PeerConnection) async -> Bool {
            switch self {
            case .signaling: return await close(connection, in: connection.signalingStates) { $0 != .stable }
            case .gathering: return await close(connection, in: connection.iceGatheringStates) { $0 != .new }
            case .ice: return await close(connection, in: connection.iceConnectionStates) { $0 != .new }
            case .connection: return await close(connection, in: connection.connectionStates) { $0 != .new }
            case .candidate: return await close(connection, in: connection.iceCandidates) { _ in true }
            case .negotiationNeeded: return await close(connection, in: connection.negotiationNeeded) { _ in true }
            case .dataChannel: return await close(connection, in: connection.dataChannels) { _ in true }
            case .channelState:
                guard let channel = try? await connection.createDataChannel("watched") else { return false }
                return await close(connection, in: channel.stateChanges) { $0 == .open }
            }
        }

        private func close<Element>(
            _ connection: PeerConnection, in events: EventSequence<Element>, when: (Element) -> Bool
        ) async -> Bool {
            for await event in events where when(event) {
                connection.close()
                return true
            }
            return false
        }
    }

    @Test("with operations in flight, each ends with success before it or with InvalidStateError (CLO-05)")
    func inFlight() async throws {
        for round in 0..<40 {
            let connection = try PeerConnection(configuration: ConnectedPair.loopback)
            let other = try PeerConnection(configuration: ConnectedPair.loopback)
            _ = try await other.createDataChannel("test")
            let offer = try await other.createOffer()
            other.close()
            await withTaskGroup(of: (any Error)?.self) { group in
                for operation in Operation.allCases + Operation.allCases {
                    group.addTask {
                        do {
                            try await operation.run(on: connection, offer: offer)
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<round { await Task.yield() }
                    connection.close()
                    return nil
                }
                for await error in group { #expect(error == nil || (error as? WebRTCError)?.code == .invalidState) }
            }
            await connection.closed()
            #expect(connection.signalingState == .closed)
        }
    }

    enum Operation: CaseIterable {
        case createOffer, createAnswer, setLocal, setRemote, addCandidate, createChannel

        func run(on connection: PeerConnection, offer: SessionDescription = .init(type: .offer)) async throws {
            switch self {
            case .createOffer: _ = try await connection.createOffer()
            case .createAnswer: _ = try await connection.createAnswer()
            case .setLocal: try await connection.setLocalDescription()
            case .setRemote: try await connection.setRemoteDescription(offer)
            case .addCandidate: try await connection.addICECandidate(nil)
            case .createChannel: _ = try await connection.createDataChannel("late")
            }
        }
    }

    @Test("tasks that wait are woken: opened, closed, flushed, send, messages, gatheringComplete")
    func waiters() async throws {
        var configuration = ConnectedPair.loopback
        configuration.sendBufferLimit = 100_000
        configuration.unreadLimit = 256 << 10
        let pair = try ConnectedPair(configuration, configuration)
        let (open, _) = try await pair.channel()
        let unopened = try PeerConnection(configuration: ConnectedPair.loopback)
        let waiting = try await unopened.createDataChannel("never", options: .init(negotiated: true, id: 900))
        let opening = Task { try await waiting.opened() }
        let closing = Task { await waiting.closed() }
        let gathering = Task { await unopened.gatheringComplete() }
        // Nobody reads at the other end, so that in the end one of these waits. Each is smaller than the window ever
        // is, or the last might never come to its end, and what is unread not to its limit.
        let sending = Task { while true { try await open.send(.pattern(9_000)) } }
        let flushing = Task { await open.flushed() }
        let reading = Task { try await open.messages.reduce(into: 0) { count, _ in count += 1 } }
        try await waiting.until { !$0.openWaiters.isEmpty && !$0.closeWaiters.isEmpty }
        try await waitUntil { !unopened.snapshot.values.withLock({ $0.gatheringWaiters.isEmpty }) }
        // Before that what waits is soon sent, and waits no more.
        try await waitUntil { pair.b.port.unread.isFull }
        try await open.until { !$0.pendingSends.isEmpty && !$0.readers.isEmpty }
        // Some room is made all the same, now and then: what waits may be sent just now, and then it waits again.
        let flushingAtTheEnd = Task { repeat { await open.flushed() } while open.readyState == .open }
        try await open.until { !$0.flushWaiters.isEmpty }
        pair.a.close()
        unopened.close()
        let sendError = await #expect(throws: WebRTCError.self) { try await sending.value }
        #expect(sendError?.code == .invalidState)
        await #expect(throws: WebRTCError.self) { try await opening.value }
        #expect(try await reading.value == 0)
        for task in [closing, gathering, flushing, flushingAtTheEnd] { await task.value }
        await pair.close()
    }

    @Test("the peer learns of it: its channels and transports close, its connection is disconnected (CRT-13, 15)")
    func peer() async throws {
        let pair = try ConnectedPair()
        let (_, b) = try await pair.channel()
        let transport = try #require(pair.b.sctp)
        let states = b.stateChanges
        let (connectionStates, iceStates) = (pair.b.connectionStates, pair.b.iceConnectionStates)
        pair.a.close()
        await b.closed()
        #expect(transport.state == .closed && transport.transport.state == .closed)
        #expect(b.error == nil)
        // At once: whoever hears of the channel's end finds it so. Seconds later the silence of the path would tell.
        #expect(pair.b.connectionState == .disconnected && pair.b.iceConnectionState == .disconnected)
        #expect(transport.transport.iceTransport.state == .disconnected)
        #expect(pair.b.diagnosis.step == .dtls)
        #expect(await connectionStates.through(.disconnected).filter { $0 == .connected }.count <= 1)
        #expect(await iceStates.through(.disconnected).last == .disconnected)
        #expect(await states.all().last == .closed)
        #expect(pair.b.signalingState == .stable)
        await pair.close()
    }
}

extension DataChannel {
    /// Lets others run until this holds.
    fileprivate func until(_ holds: @Sendable (borrowing WebRTC.ChannelCore) -> Bool) async throws {
        try await waitUntil { core.withLock({ holds($0) }) }
    }
}
