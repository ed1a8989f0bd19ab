import JSEP
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Room for data channels", .timeLimit(.minutes(3)))
struct ChannelRoomTests {
    @Test("channels that are made before the connection have room, whatever their ids and number")
    func before() async throws {
        let pair = try ConnectedPair()
        let options = DataChannelOptions(negotiated: true, id: 1000)
        let (a, b) = (
            try await pair.a.createDataChannel("far", options: options),
            try await pair.b.createDataChannel("far", options: options)
        )
        for index in 0..<300 { _ = try await pair.a.createDataChannel("\(index)") }
        let (last, _) = try await pair.channel("last")
        try await a.opened()
        try await a.send("there")
        #expect(try await b.receive() == .text("there"))
        #expect(pair.a.sctp?.maxChannels == 1024)
        #expect((600...603).contains(try #require(last.id)))
        await pair.close()
    }

    @Test("the room is what both sides have set, and a channel beyond it says so")
    func beyond() async throws {
        var configuration = ConnectedPair.loopback
        configuration.maxChannels = 16
        let pair = try ConnectedPair(configuration, ConnectedPair.loopback)
        _ = try await pair.channel()
        #expect(pair.a.sctp?.maxChannels == 16 && pair.b.sctp?.maxChannels == 16)
        let inside = try await pair.b.createDataChannel("", options: .init(negotiated: true, id: 15))
        try await inside.opened()
        let error = await #expect(throws: WebRTCError.self) {
            try await pair.b.createDataChannel("", options: .init(negotiated: true, id: 16))
        }
        #expect(error?.code == .operation && error?.message.contains("beyond the 16") == true)
        await pair.close()
    }

    @Test("hundreds of channels open from either side, before and after the connection, and carry messages both ways")
    func hundreds() async throws {
        let pair = try ConnectedPair()
        let incoming = (pair.a.dataChannels, pair.b.dataChannels)
        var early: [DataChannel] = []
        for index in 0..<300 { early.append(try await pair.b.createDataChannel("early \(index)")) }
        let busy = try await pair.a.createDataChannel("busy")
        try await pair.negotiate()
        try await busy.opened()
        for channel in early { try await channel.opened() }
        // Streams are added while a long message is under way.
        let flood = Task { for _ in 0..<20 { try await busy.send(.pattern(250_000)) } }
        var late: [DataChannel] = []
        for index in 0..<150 {
            let channel = try await pair.a.createDataChannel("late \(index)")
            try await channel.send("\(index)")
            late.append(channel)
        }
        var count = 0
        for await channel in incoming.0 where channel.label.hasPrefix("early") {
            try await channel.send("back")
            count += 1
            if count == early.count { break }
        }
        for channel in early { #expect(try await channel.receive() == .text("back")) }
        count = 0
        for await channel in incoming.1 {
            if channel.label == "busy" {
                for _ in 0..<20 { #expect(try await channel.receive() == .binary(.pattern(250_000))) }
            } else {
                #expect(try await channel.receive() == .text("\(channel.label.dropFirst(5))"))
                try await channel.send("back")
                count += 1
            }
            if count == late.count { break }
        }
        for channel in late { #expect(try await channel.receive() == .text("back")) }
        try await flood.value
        for channel in late + early { channel.close() }
        for channel in late + early { await channel.closed() }
        await pair.close()
    }

    @Test("channels beyond what the peer takes fail with an error, and do not wait")
    func beyondThePeer() async throws {
        var few = ConnectedPair.loopback
        few.maxChannels = 8
        let pair = try ConnectedPair(ConnectedPair.loopback, few)
        var channels: [DataChannel] = []
        for index in 0..<10 { channels.append(try await pair.a.createDataChannel("\(index)")) }
        try await pair.negotiate()
        var opened = 0
        for channel in channels {
            do throws(WebRTCError) {
                try await channel.opened()
                opened += 1
            } catch {
                #expect(error.code == .operation && error.message.contains("beyond the 8"))
                #expect(channel.readyState == .closed)
            }
        }
        #expect(opened == 4)
        let error = await #expect(throws: WebRTCError.self) { try await pair.a.createDataChannel("one more") }
        #expect(error?.code == .operation)
        await pair.close()
    }

    @Test("maxChannels is from 1 to 65535", arguments: [0, 65536])
    func range(count: Int) {
        let error = #expect(throws: WebRTCError.self) {
            try PeerConnection(configuration: .init(maxChannels: count))
        }
        #expect(error?.code == .range)
    }
}
