import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Room for data channels", .timeLimit(.minutes(1)))
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
        #expect(pair.a.sctp?.maxChannels == 1001)
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
        let outside = try await pair.b.createDataChannel("", options: .init(negotiated: true, id: 16))
        let error = await #expect(throws: WebRTCError.self) { try await outside.opened() }
        #expect(error?.message.contains("beyond the 16") == true)
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
