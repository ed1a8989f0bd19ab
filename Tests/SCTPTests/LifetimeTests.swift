import SCTP
import TestSupport
import Testing

extension SCTPTests {
    @Suite("Lifetime")
    struct LifetimeTests {
        enum Place: CaseIterable {
            case packet, message, connecting, connected, resetIncoming, resetOutgoing, writable
        }

        @Test(
            "close() from inside every callback, twice, ends it and nothing is called after", arguments: Place.allCases)
        func closeInside(_ place: Place) throws {
            let registered = SCTPRuntime.activeAssociations
            let pair = try TestPair()
            let a = pair.a
            var callbacksAtClose: Int?
            let close: (SCTPAssociation) -> Void = { association in
                association.close()
                association.close()
                // The ABORT has been produced inside close().
                callbacksAtClose = callbacksAtClose ?? a.callbacks
            }
            switch place {
            case .packet: break
            case .message: a.onMessage = close
            case .connecting: a.onState = { if $1 == .connecting { close($0) } }
            case .connected: a.onState = { if $1 == .connected { close($0) } }
            case .resetIncoming: a.onResetIncoming = { association, _ in close(association) }
            case .resetOutgoing: a.onResetOutgoing = close
            case .writable: a.onWritable = close
            }
            try? a.association?.connect()
            try? pair.b.association?.connect()
            pair.exchange()
            if place == .packet {
                a.onPacket = close
            }
            _ = try? a.send([1, 2], stream: 1, isLast: false)
            _ = try? a.send([3], stream: 2)
            _ = try? a.send([3], stream: 1)
            _ = try? pair.b.send([1], stream: 1)
            pair.b.association?.resetOutgoing(streams: [2])
            a.association?.resetOutgoing(streams: [1])
            pair.tick(500)
            #expect(a.isClosed && a.callbacks == callbacksAtClose)
            a.association?.process()
            a.association?.receive([UInt8](repeating: 0, count: 40).span)
            a.association?.resetOutgoing(streams: [1])
            a.association?.readsNothing()
            a.association?.readInterval = nil
            #expect(a.callbacks == callbacksAtClose)
            pair.b.association?.close()
            #expect(SCTPRuntime.activeAssociations == registered)
            (a.onPacket, a.onMessage, a.onState, a.onResetIncoming, a.onResetOutgoing, a.onWritable) = (
                nil, nil, nil, nil, nil, nil
            )
        }

        @Test("every method called from inside didProduce waits and then happens")
        func reentrant() throws {
            let pair = try TestPair.connected()
            let early = pair.a.outbox.count
            var once = true
            pair.a.onPacket = { [b = pair.b] association in
                guard once else { return }
                once = false
                #expect(
                    (try? association.send([9].span, stream: 3, ppid: 51, reliability: .reliable, isLast: true)) == 0)
                for packet in b.outbox {
                    association.receive(packet.span)
                }
                b.outbox = []
                association.process()
                association.resetOutgoing(streams: [5])
                #expect(association.statistics.congestionWindow == 0)
            }
            try pair.b.send([1])
            try pair.a.send([2])
            #expect(early == 0 && pair.a.messages.map(\.bytes) == [[1]])
            #expect(pair.a.writableCount == 1)
            try pair.run(until: { pair.a.resetOutgoing == [5] })
            #expect(pair.b.messages.map(\.bytes) == [[2]])
            pair.a.onPacket = nil
        }

        @Test("an association that is dropped without close() is forgotten")
        func dropped() throws {
            let registered = SCTPRuntime.activeAssociations
            let pair = try TestPair.connected()
            try pair.a.send(TestPair.pattern(10_000, seed: 1))
            #expect(SCTPRuntime.activeAssociations == registered + 2)
            pair.a.drop()
            pair.b.drop()
            #expect(SCTPRuntime.activeAssociations == registered)
            pair.tick(2000)
        }

        @Test("1000 pairs opened and closed leave nothing in the registry, and the memory of the first 200 is enough")
        func churn() throws {
            let registered = SCTPRuntime.activeAssociations
            var settled = 0
            for round in 1...1000 {
                let pair = try TestPair.connected()
                try pair.a.send(TestPair.pattern(20_000, seed: round))
                pair.exchange()
                #expect(pair.b.messages.count == 1)
                pair.a.association?.close()
                pair.exchange()
                #expect(pair.b.isClosed)
                pair.tick(20)
                if round == 200 {
                    settled = ResidentMemory.kilobytes
                }
            }
            #expect(SCTPRuntime.activeAssociations == registered)
            #expect(ResidentMemory.kilobytes < settled + 8 * 1024)
        }

        @Test("500 pairs open at once take less than 300 KB an end, with buffers of 8 MiB allowed")
        func memory() throws {
            let before = ResidentMemory.kilobytes
            let pairs = try (0..<500).map { _ in try TestPair.connected() }
            let each = (ResidentMemory.kilobytes - before) / 1000
            #expect(each < 300, "\(each) KB an association")
            for pair in pairs {
                try pair.a.send([1])
                pair.exchange()
                #expect(pair.b.messages.count == 1)
                pair.a.association?.close()
                pair.b.association?.close()
            }
        }
    }
}
