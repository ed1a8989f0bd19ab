import Signaling
import StrictJSON

/// A signaling server's mesh that does not do what it should with what it carries.
struct LyingMesh: SignalingDialect {
    enum Lie: Sendable, CaseIterable {
        /// Puts a fingerprint of its own into offers, or into answers.
        case offersFingerprint, answersFingerprint
        /// Leaves the proofs out.
        case leavesOutProofs
        /// Takes the proof of one offer for another.
        case swapsNumbers
        /// Carries each offer twice.
        case repeatsOffers
    }

    let lie: Lie
    private var mesh = MeshDialect()

    init(_ lie: Lie) { self.lie = lie }

    var name: String { mesh.name }
    var openings: Set<String> { mesh.openings }
    var types: Set<String> { mesh.types }
    var howToBegin: String { mesh.howToBegin }
    var list: SignalingMessage? { mesh.list }
    var listVersion: Int { mesh.listVersion }

    mutating func begin(limits: SignalingLimits) { mesh.begin(limits: limits) }

    mutating func open(
        _ message: SignalingMessage, from socket: SignalingSocket, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        try mesh.open(message, from: socket, in: &turn)
    }

    mutating func receive(
        _ message: SignalingMessage, from socket: SignalingSocketID, in turn: inout SignalingTurn
    ) throws(SignalingRefusal) {
        var message = message
        switch (lie, message.type) {
        case (.offersFingerprint, "offer"), (.answersFingerprint, "answer"):
            message["sdp"] = message["sdp"].map(Self.withOtherFingerprint)
        case (.leavesOutProofs, _): message["proof"] = nil
        case (.swapsNumbers, "offer"): message.members["number"] = .number("77")
        case (.repeatsOffers, "offer"): try mesh.receive(message, from: socket, in: &turn)
        default: break
        }
        try mesh.receive(message, from: socket, in: &turn)
    }

    mutating func leave(_ socket: SignalingSocketID, in turn: inout SignalingTurn) { mesh.leave(socket, in: &turn) }

    private static func withOtherFingerprint(_ sdp: String) -> String {
        sdp.split(separator: "\r\n").map { line in
            guard line.hasPrefix("a=fingerprint:") else { return line + "\r\n" }
            return line.dropLast(2) + (line.hasSuffix("00") ? "11" : "00") + "\r\n"
        }.joined()
    }
}
