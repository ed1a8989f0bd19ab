internal import ICE
import WebRTC

/// Two connections in this process, joined over the loopback interface.
struct BenchPair: Sendable {
    let offerer: PeerConnection
    let answerer: PeerConnection
    /// The offerer's channels, open.
    let near: [DataChannel]
    /// The answerer's, in the order in which they arrived.
    let far: [DataChannel]

    /// Opens a pair with channels `0`, `1` and so on. Candidates trickle, as they would between two
    /// servers.
    static func connect(channels: Int = 1) async throws -> BenchPair {
        let configuration = PeerConnection.Configuration(
            ice: .init(includesLoopback: true, includesIPv6: false, interfaceFilter: { $0.isLoopback }))
        let offerer = try PeerConnection(configuration: configuration)
        let answerer = try PeerConnection(configuration: configuration)
        do {
            var near: [DataChannel] = []
            for index in 0..<channels { near.append(try await offerer.createDataChannel("\(index)")) }
            try await negotiate(offerer, answerer)
            try await withThrowingTaskGroup { group in
                group.addTask { try await forwardCandidates(from: offerer, to: answerer) }
                group.addTask { try await forwardCandidates(from: answerer, to: offerer) }
                for channel in near { group.addTask { try await channel.opened() } }
                try await group.waitForAll()
            }
            var far: [DataChannel] = []
            for await channel in answerer.dataChannels {
                far.append(channel)
                if far.count == channels { break }
            }
            return BenchPair(offerer: offerer, answerer: answerer, near: near, far: far)
        } catch {
            offerer.close()
            answerer.close()
            throw error
        }
    }

    /// Opens that many pairs, some at a time. One that fails is missing from the result.
    static func connect(count: Int, parallel: Int) async -> [BenchPair] {
        await withTaskGroup { group in
            var started = 0
            var open: [BenchPair] = []
            while started < min(parallel, count) {
                group.addTask { try? await connect() }
                started += 1
            }
            while let pair = await group.next() {
                if let pair { open.append(pair) }
                if started < count {
                    group.addTask { try? await connect() }
                    started += 1
                }
            }
            return open
        }
    }

    /// Another round of offer and answer.
    func negotiate() async throws { try await Self.negotiate(offerer, answerer) }

    /// Closes both ends and waits until nothing of them is left.
    func close() async {
        offerer.close()
        answerer.close()
        await offerer.closed()
        await answerer.closed()
    }

    private static func negotiate(_ offerer: PeerConnection, _ answerer: PeerConnection) async throws {
        let offer = try await offerer.createOffer()
        try await offerer.setLocalDescription(offer)
        try await answerer.setRemoteDescription(offer)
        let answer = try await answerer.createAnswer()
        try await answerer.setLocalDescription(answer)
        try await offerer.setRemoteDescription(answer)
    }

    private static func forwardCandidates(from source: PeerConnection, to target: PeerConnection) async throws {
        for await candidate in source.iceCandidates {
            try await target.addICECandidate(candidate)
            if candidate == nil { return }
        }
    }
}
