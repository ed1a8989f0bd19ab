import Synchronization
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Channels of the peer that nobody takes", .timeLimit(.minutes(2)))
struct UntakenChannelsTests {
    /// The longest names there are: 128 KiB in all.
    private static let label = String(repeating: "l", count: 65535)
    private static let options = DataChannelOptions(protocol: String(repeating: "p", count: 65535))

    /// A connection whose end `b` is asked for its channels, and gives none away yet; one waits.
    private func connect() async throws -> (pair: ConnectedPair, untaken: EventSequence<DataChannel>) {
        let pair = try ConnectedPair()
        let untaken = pair.b.dataChannels
        let first = try await pair.a.createDataChannel("first")
        try await pair.negotiate()
        try await first.opened()
        return (pair, untaken)
    }

    @Test("those that it closes again make room for others, with their names and what came on them")
    func closedAgain() async throws {
        let (pair, untaken) = try await connect()
        for _ in 0..<40 {
            let channel = try await pair.a.createDataChannel(Self.label, options: Self.options)
            try await channel.opened()
            try await channel.send(.pattern(100_000))
            channel.close()
            await channel.closed()
        }
        let late = try await pair.a.createDataChannel("late")
        try await late.opened()
        try await late.send("hello")
        var taken: [DataChannel] = []
        for await channel in untaken {
            taken.append(channel)
            if channel.label == "late" { break }
        }
        #expect(taken.first?.label == "first" && taken.first?.readyState == .open)
        #expect(taken.reduce(0) { $0 + $1.nameBytes } <= 1 << 20)
        #expect(taken.reduce(0) { $0 + $1.core.withLock { $0.inbox.byteCount } } <= 1 << 20)
        #expect(try await taken.last?.receive() == .text("hello"))
        // One that is kept can still be read: its reader was only slow.
        #expect(try await taken.dropFirst().first?.receive() == .binary(.pattern(100_000)))
        let details = pair.b.diagnosis.details
        #expect(details.contains { $0.contains("opened and closed by the peer") })
        await pair.close()
    }

    @Test("those that stay open are refused beyond the bound, and accepted again once some are taken")
    func open() async throws {
        let (pair, untaken) = try await connect()
        var channels: [DataChannel] = []
        for _ in 0..<20 {
            channels.append(try await pair.a.createDataChannel(Self.label, options: Self.options))
        }
        // 1 MiB is eight times 128 KiB.
        for channel in channels.dropFirst(8) { await channel.closed() }
        #expect(channels.prefix(8).allSatisfy { $0.readyState == .open })
        let diagnosis = pair.b.diagnosis
        #expect(diagnosis.verdict == .good)
        #expect(diagnosis.details.contains { $0.contains("12 channels of the peer were refused") })
        var taken: [DataChannel] = []
        for await channel in untaken {
            taken.append(channel)
            if taken.count == 9 { break }
        }
        let next = try await pair.a.createDataChannel(Self.label, options: Self.options)
        try await next.send("hello")
        for await channel in untaken {
            #expect(try await channel.receive() == .text("hello"))
            break
        }
        #expect(taken.allSatisfy { $0.readyState == .open })
        await pair.close()
    }

    @Test("names are bounded also where all channels are taken")
    func names() async throws {
        let (pair, untaken) = try await connect()
        var taken: [DataChannel] = []
        // 4 MiB are 32 times 128 KiB.
        for _ in 0..<32 {
            _ = try await pair.a.createDataChannel(Self.label, options: Self.options)
            for await channel in untaken where channel.label == Self.label {
                taken.append(channel)
                break
            }
        }
        let refused = try await pair.a.createDataChannel(Self.label, options: Self.options)
        await refused.closed()
        #expect(taken.allSatisfy { $0.readyState == .open })
        await pair.close()
    }

    @Test("of closed ones the oldest are let go of first, as many as are too many or too large")
    func excess() {
        #expect(UntakenChannels.excess([], limit: 10) == 0)
        #expect(UntakenChannels.excess([5, 5], limit: 10) == 0)
        #expect(UntakenChannels.excess([5, 5, 1], limit: 10) == 1)
        #expect(UntakenChannels.excess([1, 1, 20], limit: 10) == 3)
        #expect(UntakenChannels.excess(Array(repeating: 0, count: 300), limit: 10) == 300 - UntakenChannels.closedLimit)
    }

    @Test("each trouble is told once, until somebody takes channels again")
    func told() {
        var untaken = UntakenChannels()
        #expect(untaken.notes.isEmpty)
        let first = [untaken.didDrop(0), untaken.didRefuse(), untaken.didRefuse(), untaken.didDrop(3)]
        #expect(first == [false, true, false, false])
        untaken.didCatchUp()
        let isNews = untaken.didDrop(1)
        #expect(isNews)
        #expect(untaken.refused == 2 && untaken.dropped == 4 && untaken.notes.count == 2)
    }
}
