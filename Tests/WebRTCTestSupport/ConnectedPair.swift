import ICE
import JSEP
package import NIOCore
package import WebRTC

/// Two connections of this process on loopback, with their candidates trickled to each other.
package final class ConnectedPair: Sendable {
    package let a: PeerConnection
    package let b: PeerConnection
    private let pumps: [Task<Void, Never>]

    /// Only 127.0.0.1, so that nothing of the machine's network matters.
    package static var loopback: PeerConnection.Configuration {
        var configuration = PeerConnection.Configuration()
        configuration.ice.includesLoopback = true
        configuration.ice.includesIPv6 = false
        configuration.ice.interfaceFilter = { $0.isLoopback }
        return configuration
    }

    package init(
        _ configurationA: PeerConnection.Configuration = loopback,
        _ configurationB: PeerConnection.Configuration = loopback
    ) throws {
        a = try PeerConnection(configuration: configurationA)
        b = try PeerConnection(configuration: configurationB)
        pumps = [Self.pump(a, b), Self.pump(b, a)]
    }

    deinit {
        for pump in pumps { pump.cancel() }
        a.close()
        b.close()
    }

    /// Hands the candidates of one to the other, until there are no more.
    package static func pump(_ from: PeerConnection, _ to: PeerConnection) -> Task<Void, Never> {
        let candidates = from.iceCandidates
        return Task { [weak to] in
            for await candidate in candidates { try? await to?.addICECandidate(candidate) }
        }
    }

    /// One round of offer and answer; `a` offers.
    package func negotiate() async throws {
        try await negotiate(from: a, to: b)
    }

    package func negotiate(from offerer: PeerConnection, to answerer: PeerConnection) async throws {
        let offer = try await offerer.createOffer()
        // Candidates may only travel once the other side has the description they belong to.
        try await answerer.setRemoteDescription(offer)
        try await offerer.setLocalDescription(offer)
        try await answerer.setLocalDescription()
        guard let answer = answerer.localDescription else {
            throw WebRTCError(.operation, "the answer was not set")
        }
        try await offerer.setRemoteDescription(answer)
    }

    /// A channel that both ends have open: `a`'s end and `b`'s.
    package func channel(
        _ label: String = "test", _ options: DataChannelOptions = DataChannelOptions()
    ) async throws -> (DataChannel, DataChannel) {
        let incoming = b.dataChannels
        let channel = try await a.createDataChannel(label, options: options)
        if a.signalingState == .stable, a.localDescription == nil { try await negotiate() }
        try await channel.opened()
        for await other in incoming where other.label == label { return (channel, other) }
        throw WebRTCError(.operation, "the other end never appeared")
    }

    /// Negotiates what is added to `a`, and waits until both are connected.
    ///
    /// - Returns: what was added, and the first track that `b` gets.
    package func receivingTrack<Added: Sendable>(
        of add: (PeerConnection) async throws -> Added
    ) async throws -> (Added, MediaStreamTrack) {
        let events = b.tracks
        let added = try await add(a)
        try await negotiate()
        for await event in events {
            try await a.connected()
            try await b.connected()
            return (added, event.track)
        }
        throw WebRTCError(.operation, "the track never appeared")
    }

    package func close() async {
        a.close()
        b.close()
        await a.closed()
        await b.closed()
    }
}

extension PeerConnection {
    /// Waits until ICE has a pair.
    package nonisolated func hasPair() async {
        for await state in iceConnectionStates where state == .connected || state == .completed { return }
    }
}

extension DataChannel {
    /// The next message, or nil at the end.
    package func receive() async throws -> DataChannelMessage? {
        for try await message in messages { return message }
        return nil
    }
}

extension ByteBuffer {
    /// Bytes that tell their place, so that a shifted or missing part shows.
    package static func pattern(_ count: Int, seed: UInt8 = 0) -> ByteBuffer {
        let block = patternBlock.prefix(count).map { $0 &+ seed }
        var buffer = ByteBuffer()
        buffer.reserveCapacity(count)
        while buffer.readableBytes < count { buffer.writeBytes(block.prefix(count - buffer.readableBytes)) }
        return buffer
    }

    /// Of a prime length, so that a shift by any packet's length shows.
    private static let patternBlock = (0..<1021).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
}

extension EventSequence where Element: Equatable {
    /// The events up to this one, and with it; all of them if it never comes.
    package func through(_ last: Element) async -> [Element] {
        var found: [Element] = []
        for await event in self {
            found.append(event)
            if event == last { break }
        }
        return found
    }

    /// All events, to the end.
    package func all() async -> [Element] {
        var found: [Element] = []
        for await event in self { found.append(event) }
        return found
    }
}
