import SCTP
import Testing

extension SCTPTests {
    @Suite("Association")
    struct AssociationTests {
        @Test("both ends connect at once and make one association")
        func simultaneousOpen() throws {
            let pair = try TestPair.connected()
            #expect(pair.a.states == [.connecting, .connected])
            #expect(pair.b.states == [.connecting, .connected])
            #expect(pair.a.association?.negotiatedStreams == 256)
            #expect(pair.time == 0, "the handshake needs no timer")
        }

        @Test("an INIT that arrives before connect() waits for it")
        func earlyInit() throws {
            let pair = try TestPair()
            try pair.a.association?.connect()
            pair.exchange()
            #expect(pair.b.outbox.isEmpty && !pair.a.isClosed)
            try pair.b.association?.connect()
            pair.exchange()
            #expect(pair.a.isConnected && pair.b.isConnected)
        }

        @Test("of the packets that arrive before connect() 64 wait, and the others are dropped")
        func earlyPackets() throws {
            let pair = try TestPair()
            try pair.a.association?.connect()
            let initiation = try #require(pair.a.outbox.first)
            for _ in 0..<100 { pair.b.association?.receive(initiation.span) }
            #expect(pair.b.association?.statistics.packetsDropped == 36)
            try pair.b.association?.connect()
            pair.exchange()
            #expect(pair.a.isConnected && pair.b.isConnected)
        }

        @Test("connect() twice is once, and after close() an error")
        func connectTwice() throws {
            let pair = try TestPair()
            try pair.a.association?.connect()
            let sent = pair.a.outbox.count
            try pair.a.association?.connect()
            #expect(pair.a.outbox.count == sent)
            pair.a.association?.close()
            #expect(throws: SCTPError.self) { try pair.a.association?.connect() }
        }

        @Test("the smaller number of streams counts on both ends")
        func streamsNegotiated() throws {
            var few = SCTPConfiguration()
            few.streams = 16
            let pair = try TestPair.connected(few, SCTPConfiguration())
            #expect(pair.a.association?.negotiatedStreams == 16)
            #expect(pair.b.association?.negotiatedStreams == 16)
            #expect(throws: SCTPError.self) { try pair.b.send([1], stream: 16) }
            try pair.b.send([1], stream: 15)
            pair.exchange()
            #expect(pair.a.messages.map(\.stream) == [15])
        }

        @Test("different ports on the two ends work, packets for other ports are dropped")
        func ports() throws {
            var first = SCTPConfiguration()
            (first.localPort, first.remotePort) = (5001, 6001)
            var second = SCTPConfiguration()
            (second.localPort, second.remotePort) = (6001, 5001)
            let pair = try TestPair.connected(first, second)
            // From 5000 or 6001, to 5000 or 5001, but not from 6001 to 5001.
            for ports in [[0x13, 0x88, 0x13, 0x88], [0x17, 0x71, 0x13, 0x88], [0x13, 0x88, 0x13, 0x89]] as [[UInt8]] {
                let stray = ports + [UInt8](repeating: 0, count: 12)
                pair.a.association?.receive(stray.span)
            }
            #expect(pair.a.association?.statistics.packetsDropped == 3)
            #expect(pair.a.isConnected && pair.a.outbox.isEmpty)
        }

        @Test("a configuration that cannot work is refused")
        func badConfiguration() {
            let mistakes: [(inout SCTPConfiguration) -> Void] = [
                { $0.localPort = 0 }, { $0.remotePort = 0 }, { $0.streams = 0 }, { $0.maxMessageSize = 0 },
                { $0.maxPacketSize = 100 }, { $0.maxPacketSize = 1161 }, { $0.sendBufferBytes = 0 },
                { $0.receiveBufferBytes = .max },
            ]
            for mistake in mistakes {
                var configuration = SCTPConfiguration()
                mistake(&configuration)
                #expect(throws: SCTPError.self) { try SCTPAssociation(configuration: configuration, wake: {}) }
            }
        }

        @Test("no packet is longer than the configured size, and full ones use all of it")
        func packetSize() throws {
            let pair = try TestPair.connected()
            try pair.a.send(TestPair.pattern(100_000, seed: 1))
            try pair.run(until: { pair.b.messages.count == 1 })
            #expect(pair.a.longestPacket <= 1160)
            #expect(pair.a.longestPacket > 1152)
        }

        @Test("connecting survives a third of the packets lost")
        func lossyHandshake() throws {
            for seed in 1...10 {
                let pair = try TestPair(seed: UInt64(seed))
                pair.loss = 0.33
                try pair.connect()
                pair.a.association?.close()
            }
        }

        @Test("a peer that does not answer INIT ends in connectTimedOut")
        func noAnswer() throws {
            let pair = try TestPair()
            pair.loss = 1
            try pair.a.association?.connect()
            try pair.run(until: { pair.a.isClosed }, within: 200_000)
            #expect(pair.a.error?.code == .connectTimedOut)
            #expect(pair.a.states == [.connecting, .closed])
        }

        @Test("a peer that vanishes ends in timedOut within 80 seconds")
        func vanished() throws {
            let pair = try TestPair.connected()
            pair.loss = 1
            try pair.a.send([1, 2, 3])
            try pair.run(until: { pair.a.isClosed }, within: 80_000)
            #expect(pair.a.error?.code == .timedOut)
            #expect(!pair.b.isClosed, "the end with nothing to send cannot notice")
        }

        @Test("close() tells the peer, which sees a close and no error")
        func closes() throws {
            let pair = try TestPair.connected()
            pair.a.association?.close()
            let after = pair.a.callbacks
            // ABORT with "User-Initiated Abort" (RFC 9260 §3.3.10.12), as no failure has it.
            #expect(pair.a.outbox.map { $0[12...] } == [[6, 0, 0, 8, 0, 12, 0, 4]])
            pair.exchange()
            pair.tick(1000)
            #expect(pair.b.states.last == .closed)
            #expect(pair.b.error == nil)
            #expect(pair.a.callbacks == after && pair.a.states.last == .connected)
            pair.a.association?.close()
            #expect(throws: SCTPError.self) { try pair.a.send([1]) }
            #expect(throws: SCTPError.self) { try pair.b.send([1]) }
        }
    }
}
