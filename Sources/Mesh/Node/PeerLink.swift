internal import NIOCore
internal import Synchronization
internal import WebRTC

/// The connection to one peer: a peer connection with one data channel.
///
/// May be used from any thread. `run` is its life; it ends when either side closes, and then nothing of it is left.
final class PeerLink: Sendable {
    enum Role: Sendable {
        case offerer
        case answerer(offer: String)
    }

    /// What the other end sends through signaling once the link exists.
    enum RemoteSignal: Sendable {
        case answer(String)
        case candidate(TrickledCandidate?)
    }

    enum LocalSignal: Sendable {
        case offer(String)
        case answer(String)
        case candidate(TrickledCandidate?)
    }

    enum Event: Sendable {
        case signal(LocalSignal)
        case opened
        /// A message; binary ones have no text, and no meaning here.
        case message(String?)
    }

    typealias Report = @Sendable (Event) async -> Void

    /// The label both ends know.
    private static let label = "mesh"

    let peer: PeerID
    private let connection: PeerConnection
    private let remoteSignals: AsyncStream<RemoteSignal>
    private let inbox: AsyncStream<RemoteSignal>.Continuation
    private let channel = Mutex<DataChannel?>(nil)
    private let reason = Mutex<String?>(nil)

    init(peer: PeerID, configuration: PeerConnection.Configuration) throws(WebRTCError) {
        self.peer = peer
        connection = try PeerConnection(configuration: configuration)
        (remoteSignals, inbox) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(256))
    }

    /// Opens the channel and reads it until the end; returns why it ended.
    func run(as role: Role, report: @escaping Report) async -> String {
        await withTaskGroup { group in
            group.addTask { await self.watch() }
            group.addTask {
                await self.endOnError { () async throws(WebRTCError) in try await self.negotiate(role, report) }
            }
            if case .answerer = role {
                group.addTask { await self.takeChannel(report) }
            }
        }
        close(because: "closed")
        return reason.withLock { $0 } ?? "closed"
    }

    /// Waits until nothing of the connection is left, which takes some seconds where a TURN server has to be told.
    func closed() async { await connection.closed() }

    func deliver(_ signal: RemoteSignal) {
        inbox.yield(signal)
    }

    /// Ends the link at once; `run` returns soon after.
    func close(because text: String) {
        reason.withLock { $0 = $0 ?? text }
        inbox.finish()
        connection.close()
    }

    // MARK: Sending

    /// Queues a text, or says that there is no room.
    func trySend(_ text: String) throws(WebRTCError) {
        try openChannel().trySend(text)
    }

    /// Queues a text, waiting for room.
    func send(_ text: String) async throws(WebRTCError) {
        try await openChannel().send(text)
    }

    /// Returns when all that was queued has left, or the link has ended.
    func flushed() async {
        await channel.withLock { $0 }?.flushed()
    }

    var bufferedAmount: Int { channel.withLock { $0 }?.bufferedAmount ?? 0 }

    func stats() async -> StatsReport { await connection.getStats() }

    private func openChannel() throws(WebRTCError) -> DataChannel {
        guard let channel = channel.withLock({ $0 }) else {
            throw WebRTCError(.invalidState, "the data channel to \(peer) is not open")
        }
        return channel
    }

    // MARK: Life

    private func watch() async {
        for await state in connection.connectionStates where state == .failed {
            close(because: "the connection failed")
        }
        close(because: "the peer closed the connection")
    }

    private func negotiate(_ role: Role, _ report: @escaping Report) async throws(WebRTCError) {
        var offered: DataChannel?
        switch role {
        case .offerer:
            offered = try await connection.createDataChannel(Self.label)
            try await connection.setLocalDescription()
            if let sdp = connection.localDescription?.sdp { await report(.signal(.offer(sdp))) }
        case .answerer(let offer):
            try await connection.setRemoteDescription(SessionDescription(type: .offer, sdp: offer))
            try await connection.setLocalDescription()
            if let sdp = connection.localDescription?.sdp { await report(.signal(.answer(sdp))) }
        }
        await withTaskGroup { group in
            // Candidates go after the description that they belong to.
            group.addTask { await self.trickle(report) }
            group.addTask { await self.takeRemoteSignals() }
            if let offered { group.addTask { await self.carry(offered, report) } }
        }
    }

    private func trickle(_ report: Report) async {
        for await candidate in connection.iceCandidates {
            await report(.signal(.candidate(candidate.map(TrickledCandidate.init))))
        }
    }

    private func takeRemoteSignals() async {
        for await signal in remoteSignals {
            switch signal {
            case .answer(let sdp):
                await endOnError { () async throws(WebRTCError) in
                    try await self.connection.setRemoteDescription(SessionDescription(type: .answer, sdp: sdp))
                }
            case .candidate(let candidate):
                // One bad or late candidate is no reason to give up the others (RFC 8838 §11).
                try? await connection.addICECandidate(candidate.map(ICECandidateInit.init))
            }
        }
    }

    private func takeChannel(_ report: @escaping Report) async {
        for await channel in connection.dataChannels {
            if channel.label == Self.label, self.channel.withLock({ $0 == nil }) {
                await carry(channel, report)
            } else {
                channel.close()
            }
        }
    }

    private func carry(_ channel: DataChannel, _ report: Report) async {
        await endOnError { () async throws(WebRTCError) in
            try await channel.opened()
            self.channel.withLock { $0 = channel }
            await report(.opened)
            for try await message in channel.messages {
                switch message {
                case .text(let text): await report(.message(text))
                case .binary: await report(.message(nil))
                }
            }
        }
        close(because: "the peer closed the data channel")
    }

    private func endOnError(_ work: () async throws(WebRTCError) -> Void) async {
        do throws(WebRTCError) {
            try await work()
        } catch {
            close(because: error.message)
        }
    }
}

extension TrickledCandidate {
    init(_ candidate: ICECandidateInit) {
        self.init(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
            usernameFragment: candidate.usernameFragment)
    }
}

extension ICECandidateInit {
    init(_ candidate: TrickledCandidate) {
        self.init(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
            usernameFragment: candidate.usernameFragment)
    }
}
