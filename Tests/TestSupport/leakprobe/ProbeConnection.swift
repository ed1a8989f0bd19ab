import ICE
import WebRTC

/// One connection from its beginning to its end: both ends, a data channel, a message each way.
enum ProbeConnection {
    /// How it ends.
    enum Ending: CaseIterable {
        case offererCloses, answererCloses, offererIsDropped, answererIsDropped, bothAreDropped

        /// Each in turn, so that a hundredth connection is one that is closed.
        static func number(_ number: Int) -> Ending { allCases[number % allCases.count] }
    }

    private struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    private struct End {
        let connection: PeerConnection
        let channel: DataChannel

        /// Closes it and waits until nothing of it is left.
        func close() async {
            connection.close()
            await connection.closed()
        }

        /// Shows the end of the connection without keeping it.
        var life: EventSequence<PeerConnectionState> { connection.connectionStates }
    }

    /// One that is let go of without being closed goes when its channel has ended, as the peer's end of it does.
    static func run(ending: Ending) async throws {
        let left = try await openAndEnd(ending)
        for life in left { for await _ in life {} }
    }

    /// Returns the ends that were let go of without being closed.
    private static func openAndEnd(_ ending: Ending) async throws -> [EventSequence<PeerConnectionState>] {
        let (offerer, answerer) = try await open()
        try await offerer.channel.send("from the offerer")
        try await answerer.channel.send("from the answerer")
        try await expect("from the offerer", from: answerer.channel)
        try await expect("from the answerer", from: offerer.channel)
        switch ending {
        case .offererCloses:
            await offerer.close()
            try await expect(nil, from: answerer.channel)
            await answerer.close()
            return []
        case .answererCloses:
            await answerer.close()
            try await expect(nil, from: offerer.channel)
            await offerer.close()
            return []
        case .offererIsDropped:
            await answerer.close()
            return [offerer.life]
        case .answererIsDropped:
            await offerer.close()
            return [answerer.life]
        case .bothAreDropped:
            offerer.channel.close()
            return [offerer.life, answerer.life]
        }
    }

    private static func open() async throws -> (End, End) {
        let configuration = PeerConnection.Configuration(
            ice: .init(includesLoopback: true, includesIPv6: false, interfaceFilter: { $0.isLoopback }))
        let offerer = try PeerConnection(configuration: configuration)
        let answerer = try PeerConnection(configuration: configuration)
        let channel = try await offerer.createDataChannel("leakprobe")
        try await offerer.setLocalDescription()
        await offerer.gatheringComplete()
        try await answerer.setRemoteDescription(description(of: offerer))
        try await answerer.setLocalDescription()
        await answerer.gatheringComplete()
        try await offerer.setRemoteDescription(description(of: answerer))
        try await channel.opened()
        for await other in answerer.dataChannels {
            return (End(connection: offerer, channel: channel), End(connection: answerer, channel: other))
        }
        throw Broken(description: "the answerer closed before it had a channel")
    }

    private static func description(of connection: PeerConnection) throws -> SessionDescription {
        guard let description = connection.localDescription else {
            throw Broken(description: "no local description")
        }
        return description
    }

    /// The next message; nil is the end of the channel.
    private static func expect(_ text: String?, from channel: DataChannel) async throws {
        var messages = channel.messages.makeAsyncIterator()
        let message = try await messages.next()
        guard message == text.map({ .text($0) }) else {
            throw Broken(description: "\(String(describing: message)) instead of \(text ?? "the end")")
        }
    }
}
