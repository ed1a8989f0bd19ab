import JSEP
import NIOCore
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("DCH: many and large messages", .timeLimit(.minutes(2)))
struct LoadTests {
    @Test("DCH-26 an unordered channel brings a message of 5 MiB and a thousand small ones, each once and whole")
    func unordered() async throws {
        var configuration = ConnectedPair.loopback
        configuration.maxMessageSize = 8 << 20
        let pair = try ConnectedPair(configuration, configuration)
        let (a, b) = try await pair.channel("unordered", DataChannelOptions(ordered: false))
        let sender = Task {
            for index in 0..<1000 {
                if index == 500 { try await a.send(ByteBuffer.pattern(5 << 20)) }
                try await a.send("\(index)")
            }
        }
        var small: Set<String> = []
        var large = 0
        while small.count + large < 1001 {
            switch try #require(await b.receive()) {
            case .text(let text): #expect(small.insert(text).inserted)
            case .binary(let data):
                large += 1
                #expect(data == .pattern(5 << 20))
            }
        }
        try await sender.value
        #expect(small == Set((0..<1000).map(String.init)) && large == 1)
        await pair.close()
    }

    @Test("DCH-27 messages from 1 KiB to 32 MiB arrive whole or are a TypeError, and the channel stays open")
    func sizes() async throws {
        var configuration = ConnectedPair.loopback
        configuration.maxMessageSize = 4 << 20
        let pair = try ConnectedPair(configuration, configuration)
        let (a, b) = try await pair.channel()
        for shift in 10...25 {
            let message = ByteBuffer.pattern(1 << shift)
            if 1 << shift <= configuration.maxMessageSize {
                async let sent: Void = a.send(message)
                #expect(try await b.receive() == .binary(message))
                try await sent
            } else {
                await expect(.type) { try await a.send(message) }
            }
            #expect(a.readyState == .open && b.readyState == .open)
        }
        await pair.close()
    }

    @Test("DCH-29 on 90 channels, in band and negotiated, 90 messages each way arrive intact and once")
    func manyChannels() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel("keeps the connection")
        let incoming = pair.b.dataChannels
        var ends: [(DataChannel, DataChannel)] = []
        for index in 0..<45 {
            let id = UInt16(200 + index)
            let left = DataChannelOptions(ordered: index % 2 == 0, negotiated: true, id: id)
            let right = DataChannelOptions(ordered: index % 3 == 0, negotiated: true, id: id)
            ends.append(
                (
                    try await pair.a.createDataChannel("", options: left),
                    try await pair.b.createDataChannel("", options: right)
                ))
        }
        var inBand: [String: DataChannel] = [:]
        for index in 0..<45 {
            let label = "\(index)"
            inBand[label] = try await pair.a.createDataChannel(label, options: .init(ordered: index % 2 == 0))
        }
        for await channel in incoming {
            if let end = inBand.removeValue(forKey: channel.label) { ends.append((end, channel)) }
            if inBand.isEmpty { break }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (left, right) in ends {
                for (from, to) in [(left, right), (right, left)] {
                    group.addTask {
                        try await from.opened()
                        for index in 0..<90 { try await from.send("\(from.id ?? 0) \(index)") }
                    }
                    group.addTask {
                        var seen: Set<DataChannelMessage> = []
                        while seen.count < 90 {
                            let message = try #require(await to.receive())
                            #expect(seen.insert(message).inserted)
                        }
                        #expect(seen == Set((0..<90).map { .text("\(to.id ?? 0) \($0)") }))
                    }
                }
            }
            try await group.waitForAll()
        }
        await pair.close()
    }

    @Test("DCH-30 what is queued before close arrives; a full buffer is an OperationError")
    func sendAndClose() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let piece = ByteBuffer(repeating: 7, count: 200_000)
        var count = 0
        await expect(.operation) {
            while count < 1_000_000 {
                try a.trySend(piece)
                count += 1
            }
        }
        a.close()
        var received = 0
        for try await message in b.messages { received += message == .binary(piece) ? 1 : 0 }
        #expect(count > 20 && received == count)
        #expect(a.error == nil && b.error == nil)
        await pair.close()
    }
}
