import Foundation
import JSEP
import Signaling

@testable import WebRTC

/// Our `PerfectNegotiator` and a browser's page with the W3C's example, over a signaling server of ours.
struct NegotiatedCase: Sendable {
    let ours: LocalPeer
    let theirs: RemotePeer
    let signaling: HeldSignaling
    let negotiator: PerfectNegotiator
    private let server: SignalingServer

    /// - Parameter polite: whether we are the end that gives way.
    init(polite: Bool, with control: any RemoteControl) async throws {
        let server = SignalingServer(
            // The browser's page comes from no site at all.
            configuration: .init(host: "127.0.0.1", port: 0, allowedOrigins: ["*"]))
        let port = try await server.start()
        self.server = server
        ours = try LocalPeer()
        theirs = try await RemotePeer("negotiated-\(UUID())", in: control, describe: ours.log.describe)
        let url = "ws://127.0.0.1:\(port)/"
        let (here, there) = (UUID().uuidString, UUID().uuidString)
        try await theirs.perform(
            "negotiate", ["url": .string(url), "id": .string(there), "to": .string(here), "polite": .bool(!polite)])
        signaling = try await HeldSignaling(port: port, id: here, other: there)
        negotiator = PerfectNegotiator(ours.connection, over: signaling, polite: polite)
    }

    func close() async throws {
        try await ours.close()
        try await theirs.close()
        await signaling.close()
        await server.stop()
    }

    /// Waits until both ends are stable and agree on `count` sections for media, which go as both ends want it; that
    /// takes a negotiation or more.
    func settle(media count: Int, _ note: String) async throws -> BrowserNegotiation {
        while true {
            let there = try await theirs.perform("negotiated", [:]).decoded(as: BrowserNegotiation.self)
            let here = ours.connection
            let isSettled =
                there.state == "stable" && here.signalingState == .stable
                && here.transceivers.count == count && there.transceivers.count == count
                && here.transceivers.allSatisfy { transceiver in
                    there.transceivers.contains { $0.mid == transceiver.mid && $0.agrees(with: transceiver) }
                }
            if isSettled { return there }
            guard !Task.isCancelled, there.problems.isEmpty else {
                let mine = here.transceivers.map {
                    "\($0.mid ?? "-") \($0.direction) \($0.currentDirection.map { "\($0)" } ?? "-")"
                }
                throw InteropError("\(note): not settled: we \(here.signalingState) \(mine), they \(there)")
            }
        }
    }
}

/// What `negotiated` of `peer.js` gives.
struct BrowserNegotiation: Decodable, Sendable {
    struct Transceiver: Decodable, Sendable {
        var mid: String?
        var direction: TransceiverDirection
        var currentDirection: TransceiverDirection?

        /// Whether both ends have what follows from what each wants.
        func agrees(with ours: RTPTransceiver) -> Bool {
            let agreed = ours.direction.intersection(direction.reversed)
            return ours.currentDirection == agreed && currentDirection == agreed.reversed
        }
    }

    var state: String
    /// How often it was impolite and ignored our offer.
    var ignored: Int
    /// How often it was polite and rolled its own back.
    var rolledBack: Int
    var problems: [String]
    var ufrag: String?
    var transceivers: [Transceiver]
}
