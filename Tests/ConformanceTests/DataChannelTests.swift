import JSEP
import NIOCore
import Testing
import WebRTC
import WebRTCTestSupport

@Suite("DCH: data channels", .timeLimit(.minutes(3)))
struct DataChannelTests {
    @Test("DCH-01 on a closed connection createDataChannel is an InvalidStateError")
    func closed() async throws {
        let connection = try PeerConnection()
        connection.close()
        await expect(.invalidState) { _ = try await connection.createDataChannel("") }
    }

    @Test("DCH-02 the defaults are ordered, reliable, in band and connecting; what is given is kept")
    func defaults() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        let plain = try await connection.createDataChannel("label")
        #expect(plain.label == "label" && plain.ordered && plain.protocol.isEmpty && !plain.negotiated)
        #expect(plain.maxPacketLifeTime == nil && plain.maxRetransmits == nil && plain.id == nil)
        #expect(plain.readyState == .connecting && plain.bufferedAmount == 0 && plain.bufferedAmountLowThreshold == 0)
        let options = DataChannelOptions(ordered: false, maxRetransmits: 1, protocol: "custom", negotiated: true, id: 3)
        let given = try await connection.createDataChannel("test", options: options)
        #expect(!given.ordered && given.maxRetransmits == 1 && given.maxPacketLifeTime == nil)
        #expect(given.protocol == "custom" && given.negotiated && given.id == 3)
    }

    @Test("DCH-03 limits of 0 are allowed; both limits together are a TypeError")
    func limits() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        let lifeTime = try await connection.createDataChannel("", options: .init(maxPacketLifeTime: 0))
        #expect(lifeTime.maxPacketLifeTime == 0)
        let retransmits = try await connection.createDataChannel("", options: .init(maxRetransmits: 0))
        #expect(retransmits.maxRetransmits == 0)
        await expect(.type) {
            _ = try await connection.createDataChannel("", options: .init(maxPacketLifeTime: 42, maxRetransmits: 42))
        }
    }

    @Test("DCH-05 label and protocol have at most 65535 bytes of UTF-8; labels may be equal")
    func lengths() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        let longest = String(repeating: "L", count: 65535)
        let tooLong = [String(repeating: "L", count: 65536), String(repeating: "\u{00B5}", count: 32768)]
        for _ in 0..<2 { #expect(try await connection.createDataChannel(longest).label == longest) }
        #expect(try await connection.createDataChannel("", options: .init(protocol: longest)).protocol == longest)
        for text in tooLong {
            await expect(.type) { _ = try await connection.createDataChannel(text) }
            await expect(.type) { _ = try await connection.createDataChannel("", options: .init(protocol: text)) }
        }
    }

    @Test("DCH-06, DCH-07 an id is for negotiated channels, which need one from 0 to 65534")
    func ids() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        #expect(try await connection.createDataChannel("", options: .init(id: 42)).id == nil)
        #expect(try await connection.createDataChannel("", options: .init(id: 65535)).id == nil)
        for id in [0, 1, 65534] as [UInt16] {
            #expect(try await connection.createDataChannel("", options: .init(negotiated: true, id: id)).id == id)
        }
        await expect(.type) { _ = try await connection.createDataChannel("", options: .init(negotiated: true)) }
        await expect(.type) {
            _ = try await connection.createDataChannel("", options: .init(negotiated: true, id: 65535))
        }
    }

    @Test("DCH-09, DCH-12 ids come with the answer, odd for the DTLS server and even for the client, and all differ")
    func assignedIDs() async throws {
        let pair = try ConnectedPair()
        var channels: [DataChannel] = []
        for _ in 0..<3 { channels.append(try await pair.a.createDataChannel("early")) }
        let offer = try await pair.a.createOffer()
        try await pair.b.setRemoteDescription(offer)
        try await pair.a.setLocalDescription(offer)
        #expect(channels.allSatisfy { $0.id == nil })
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        for _ in 0..<3 { channels.append(try await pair.a.createDataChannel("late")) }
        let ids = channels.compactMap(\.id)
        // The answerer has the client's part.
        #expect(ids.count == 6 && Set(ids).count == 6 && ids.allSatisfy { $0 % 2 == 1 })
        #expect(try await pair.b.createDataChannel("other").id.map { $0 % 2 } == 0)
        await pair.close()
    }

    @Test("DCH-10 a channel made on a connected connection begins as connecting, and opens")
    func lateChannel() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel("first")
        let seen = try await pair.a.createDataChannel("second").stateChanges
        #expect(await states(seen, until: .open).last == .open)
        await pair.close()
    }

    @Test("DCH-14 channels in band that ask for the same id get different ones on the two sides")
    func sameWish() async throws {
        let pair = try ConnectedPair()
        let options = DataChannelOptions(id: 42)
        let (a, b) = (
            try await pair.a.createDataChannel("a", options: options),
            try await pair.b.createDataChannel("b", options: options)
        )
        try await pair.negotiate()
        try await a.opened()
        try await b.opened()
        #expect(a.id != nil && b.id != nil && a.id != b.id)
        await pair.close()
    }

    @Test("DCH-15 once both sides have closed it an id can be used again, by both")
    func reusedID() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel("keeps the connection")
        let options = DataChannelOptions(negotiated: true, id: 42)
        for _ in 0..<2 {
            let (a, b) = (
                try await pair.a.createDataChannel("", options: options),
                try await pair.b.createDataChannel("", options: options)
            )
            try await a.opened()
            try await b.opened()
            try await a.send("hello")
            #expect(try await b.receive() == .text("hello"))
            a.close()
            await a.closed()
            await b.closed()
        }
        await pair.close()
    }

    @Test("DCH-16 the peer's channel appears once, open and with the same parameters, and can be sent on at once")
    func incoming() async throws {
        let pair = try ConnectedPair()
        let options = DataChannelOptions(ordered: false, maxPacketLifeTime: 500, protocol: "proto")
        let (a, b) = try await pair.channel("foo", options)
        #expect(b.readyState == .open && b.label == "foo" && !b.ordered && b.maxPacketLifeTime == 500)
        #expect(b.maxRetransmits == nil && b.protocol == "proto" && b.id == a.id && !b.negotiated)
        try b.trySend("at once")
        #expect(try await a.receive() == .text("at once"))
        await pair.close()
    }

    @Test("DCH-18, DCH-19 a negotiated channel opens on both sides, and appears on neither")
    func negotiated() async throws {
        let pair = try ConnectedPair()
        let (toA, toB) = (pair.a.dataChannels, pair.b.dataChannels)
        let options = DataChannelOptions(negotiated: true, id: 42)
        let (a, b) = (
            try await pair.a.createDataChannel("test", options: options),
            try await pair.b.createDataChannel("test", options: options)
        )
        try await pair.negotiate()
        #expect(await states(a.stateChanges, until: .open).last == .open)
        #expect(await states(b.stateChanges, until: .open).last == .open)
        try await a.send("x")
        #expect(try await b.receive() == .text("x"))
        await pair.close()
        for await channel in toA { Issue.record("\(channel.label) appeared") }
        for await channel in toB { Issue.record("\(channel.label) appeared") }
    }

    @Test(
        "DCH-20, DCH-22 each kind of channel travels in band with its order, limit and priority",
        arguments: [true, false], DataChannelPriority.allCases)
    func kinds(ordered: Bool, priority: DataChannelPriority) async throws {
        let pair = try ConnectedPair()
        let limits: [(UInt16?, UInt16?)] = [(nil, nil), (0, nil), (65535, nil), (nil, 0), (nil, 65535)]
        for (lifeTime, retransmits) in limits {
            let label = "\(lifeTime.map(Int.init) ?? -1) \(retransmits.map(Int.init) ?? -1)"
            let options = DataChannelOptions(
                ordered: ordered, maxPacketLifeTime: lifeTime, maxRetransmits: retransmits, priority: priority)
            let (a, b) = try await pair.channel(label, options)
            #expect(b.ordered == ordered && b.maxPacketLifeTime == lifeTime && b.maxRetransmits == retransmits)
            #expect(b.priority == priority && a.priority == priority && a.id == b.id)
        }
        #expect(DataChannelOptions().priority == .low)
        await pair.close()
    }

    @Test(
        "DCH-21 labels and protocols arrive intact, the empty and the longest ones too",
        arguments: ["", String(repeating: "x", count: 65535), String(repeating: "\u{2713}", count: 21845)])
    func names(name: String) async throws {
        let pair = try ConnectedPair()
        let (_, b) = try await pair.channel(name, DataChannelOptions(protocol: name))
        #expect(b.label == name && b.protocol == name)
        await pair.close()
    }

    @Test("DCH-23 sending before the channel is open is an InvalidStateError")
    func sendEarly() async throws {
        let connection = try PeerConnection()
        defer { connection.close() }
        let channel = try await connection.createDataChannel("test")
        await expect(.invalidState) { try channel.trySend("hello") }
        await expect(.invalidState) { try await channel.send(ByteBuffer(string: "hello")) }
        #expect(channel.bufferedAmount == 0)
    }

    @Test("DCH-24 texts and bytes arrive as what they were, in their order", arguments: [true, false])
    func messages(isNegotiated: Bool) async throws {
        let pair = try ConnectedPair()
        let ends: (DataChannel, DataChannel)
        if isNegotiated {
            let options = DataChannelOptions(negotiated: true, id: 0)
            ends = (
                try await pair.a.createDataChannel("", options: options),
                try await pair.b.createDataChannel("", options: options)
            )
            try await pair.negotiate()
            try await ends.0.opened()
            try await ends.1.opened()
        } else {
            ends = try await pair.channel()
        }
        let all: [DataChannelMessage] = [
            .text("hello"), .text("世界你好"), .text(""), .binary(ByteBuffer(bytes: [0, 1, 255])), .binary(ByteBuffer()),
            .text("end"),
        ]
        for message in all { try await ends.0.send(message) }
        for message in all { #expect(try await ends.1.receive() == message) }
        await pair.close()
    }

    @Test("DCH-31 bufferedAmount grows by the bytes of each message before send returns, and falls back to 0")
    func bufferedAmount() async throws {
        let pair = try ConnectedPair()
        let (a, _) = try await pair.channel()
        await a.flushed()
        #expect(a.bufferedAmount == 0)
        // A full transport keeps what follows in the buffer.
        while a.bufferedAmount < 1 << 20 { try a.trySend(ByteBuffer(repeating: 1, count: 200_000)) }
        let before = a.bufferedAmount
        try a.trySend("")
        try a.trySend(ByteBuffer())
        #expect(a.bufferedAmount <= before)
        await pair.close()
        let other = try ConnectedPair()
        let (c, d) = try await other.channel()
        try c.trySend("世界")
        #expect(c.bufferedAmount <= 6)
        #expect(try await d.receive() == .text("世界"))
        await c.flushed()
        #expect(c.bufferedAmount == 0)
        await other.close()
    }

    @Test("DCH-33 the low event comes once for each fall to the threshold, and only where it was sent")
    func lowThreshold() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let (low, lowAtPeer) = (a.bufferedAmountLow, b.bufferedAmountLow)
        a.bufferedAmountLowThreshold = 1
        for _ in 0..<2 {
            try await a.send(ByteBuffer(repeating: 1, count: 100_000))
            _ = try await b.receive()
            for await _ in low { break }
            #expect(a.bufferedAmount <= 1)
        }
        await pair.close()
        var more = 0
        for await _ in low { more += 1 }
        for await _ in lowAtPeer { more += 1 }
        #expect(more == 0)
    }

    @Test("DCH-34, CLO-06 the peer sees closing and then closed; the closer only closed, and nobody an error")
    func closing() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let (ofA, ofB) = (a.stateChanges, b.stateChanges)
        a.close()
        #expect(a.readyState == .closing || a.readyState == .closed)
        let seen = (await states(ofA, until: .closed), await states(ofB, until: .closed))
        #expect(!seen.0.dropFirst().contains(.closing) && seen.0.last == .closed)
        #expect(seen.1.suffix(2) == [.closing, .closed])
        #expect(a.error == nil && b.error == nil)
        await pair.close()
    }

    @Test("DCH-35, DCH-37 ten channels are opened, used and closed in turn; closing the connection says nothing more")
    func cycles() async throws {
        let pair = try ConnectedPair()
        _ = try await pair.channel("keeps the connection")
        for round in 0..<10 {
            let (a, b) = try await pair.channel("\(round)")
            try await a.send("ping")
            try await b.send(#require(await b.receive()))
            #expect(try await a.receive() == .text("ping"))
            let seen = a.stateChanges
            a.close()
            await a.closed()
            await b.closed()
            if round == 9 { await pair.close() }
            var closings = 0
            for await state in seen where state == .closed { closings += 1 }
            #expect(closings == 1)
        }
    }

    @Test("DCH-38 messages flow during an ICE restart, at each of its steps")
    func restart() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        func echo(_ text: String) async throws {
            try await a.send(text)
            #expect(try await b.receive() == .text(text))
            try await b.send(text)
            #expect(try await a.receive() == .text(text))
        }
        await pair.a.restartICE()
        let offer = try await pair.a.createOffer()
        try await echo("offer made")
        try await pair.b.setRemoteDescription(offer)
        try await echo("offer set at the peer")
        try await pair.a.setLocalDescription(offer)
        try await pair.b.setLocalDescription()
        try await pair.a.setRemoteDescription(#require(pair.b.localDescription))
        try await echo("answer set")
        await pair.close()
    }

    @Test("DCH-11 a channel opens beside audio and video", arguments: [BundlePolicy.balanced, .maxBundle])
    func besideMedia(policy: JSEP.BundlePolicy) async throws {
        var configuration = ConnectedPair.loopback
        configuration.bundlePolicy = policy
        let pair = try ConnectedPair(configuration, configuration)
        for kind in [MediaKind.audio, .video] { try await pair.a.addTransceiver(kind) }
        let (a, b) = try await pair.channel()
        try await a.send("beside")
        #expect(try await b.receive() == .text("beside"))
        #expect(pair.b.transceivers.map(\.currentDirection) == [.recvonly, .recvonly])
        await pair.close()
    }
}
