import Foundation
import JSEP
import Synchronization
import TestSupport
import WebRTC

/// Our end and another program's, before they are connected.
struct InteropCase: Sendable {
    let ours: LocalPeer
    let theirs: RemotePeer
    let role: OurRole

    private static let count = Atomic<Int>(0)

    /// - Parameter policy: the other program's `bundlePolicy`.
    init(
        we role: OurRole, with control: any RemoteControl, _ configuration: PeerConnection.Configuration = .init(),
        policy: BundlePolicy = .balanced
    ) async throws {
        self.role = role
        ours = try LocalPeer(configuration)
        let name = "peer-\(Self.count.add(1, ordering: .relaxed).newValue)"
        theirs = try await RemotePeer(name, in: control, policy: policy, describe: ours.log.describe)
    }

    var pair: InteropPair {
        switch role {
        case .offers: InteropPair(offerer: ours, answerer: theirs)
        case .answers: InteropPair(offerer: theirs, answerer: ours)
        }
    }

    /// Opens channel `chat`, created by the offerer, and connects; returns when both ends have it open.
    func connectWithChannel(
        _ options: ChannelOptions = ChannelOptions(), exchange: CandidateExchange = .trickle,
        through signaling: (Description) -> Description = { $0 }
    ) async throws {
        try await pair.offerer.createDataChannel("chat", options)
        if options.negotiated == true { try await pair.answerer.createDataChannel("chat", options) }
        try await pair.connect(exchange, through: signaling)
        for end in [pair.offerer, pair.answerer] { try await end.log.expect(.opened(label: "chat")) }
    }

    /// Another round of offer and answer, for an end that is connected.
    func renegotiate(from offerer: any InteropEnd, to answerer: any InteropEnd) async throws {
        try await answerer.setRemoteDescription(offerer.describeLocally(complete: false))
        try await offerer.setRemoteDescription(answerer.describeLocally(complete: false))
    }

    func close() async { await pair.close() }
}

/// Messages of every kind and of every size that is special, the largest with `largest` bytes.
func interestingPayloads(largest: Int) -> [Payload] {
    var random = SeededGenerator(seed: 8831)
    func bytes(_ count: Int) -> Data { Data((0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }) }
    return [
        .text("hello"), .text("grüße, 你好, 👋🏽"), .text(""), .binary(Data()), .binary(Data([0])),
        .binary(bytes(1199)), .binary(bytes(1200)), .binary(bytes(1201)), .binary(bytes(16385)),
        .text(String(repeating: "é", count: largest / 2)), .binary(bytes(largest)), .text("and still in order"),
    ]
}
