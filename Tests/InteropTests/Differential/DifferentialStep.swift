/// Calls on two connections that have this policy.
struct DifferentialSequence: Codable, Sendable, Hashable {
    var steps: [DifferentialStep]
    let bundlePolicy: String

    init(seed: UInt64) {
        steps = DifferentialGenerator.sequence(seed: seed)
        // Mostly the default.
        bundlePolicy = [1: "max-bundle", 3: "max-compat"][seed % 6] ?? "balanced"
    }
}

/// A call on one of two connections, the same in a browser and here. What it names, it names by place: transceivers in the
/// order in which they have appeared, tracks and streams of a pool.
struct DifferentialStep: Codable, Sendable, Hashable {
    enum Call: String, Codable, Sendable, CaseIterable {
        case createOffer, createAnswer, setLocal, setRemote
        case addTransceiver, addTrack, removeTrack, setDirection, stop, replaceTrack, setStreams
        case createDataChannel, restartIce, addIceCandidate, setConfiguration, close
        /// Waits for the candidates.
        case gather
    }

    /// Where a description comes from.
    enum Source: String, Codable, Sendable {
        /// What was created last, whether it was set or not.
        case created
        /// For the remote side: the other connection's local description. For the local side: an empty text.
        case set
    }

    /// A candidate as it is given; `#0` is the username fragment of the remote description's first section.
    struct Candidate: Codable, Sendable, Hashable {
        var candidate: String?
        var sdpMid: String?
        var sdpMLineIndex: UInt16?
        var usernameFragment: String?
    }

    /// 0 or 1.
    var peer: Int
    var call: Call
    /// The transceiver that is meant.
    var index: Int?
    var kind: String?
    var direction: String?
    /// The track of the pool: three of sound, then three of pictures.
    var track: Int?
    var streams: [Int]?
    /// The type of a description; none for `setLocalDescription()`.
    var type: String?
    var source: Source?
    /// How the description is spoiled on its way, see ``Spoiling``.
    var change: String?
    var restart: Bool?
    /// The stream of a negotiated channel.
    var id: UInt16?
    var candidate: Candidate?
    var configuration: [String: String]?
    /// A sender of the other connection is meant.
    var foreign: Bool?
}

extension DifferentialStep: CustomStringConvertible {
    /// `a.setRemote(type: offer, source: set)`
    var description: String {
        let candidate: String? = candidate.map { candidate in
            let index = candidate.sdpMLineIndex.map(String.init)
            let members = [candidate.candidate, candidate.sdpMid, index, candidate.usernameFragment]
            return "{" + members.map { $0.map { "'\($0)'" } ?? "-" }.joined(separator: " ") + "}"
        }
        let streams = streams.map { $0.map { "s\($0)" }.joined(separator: "+") }
        let configuration = configuration.map { $0.map { "\($0): \($1)" }.joined(separator: " ") }
        let all: [(String, String?)] = [
            ("transceiver", index.map(String.init)), ("kind", kind), ("direction", direction),
            ("track", track.map(String.init)), ("streams", streams), ("type", type), ("source", source?.rawValue),
            ("change", change), ("restart", restart.map(String.init)), ("id", id.map(String.init)),
            ("candidate", candidate), ("configuration", configuration), ("foreign", foreign.map(String.init)),
        ]
        let arguments = all.compactMap { name, value in value.map { "\(name): \($0)" } }
        return "\(peer == 0 ? "a" : "b").\(call)(\(arguments.joined(separator: ", ")))"
    }
}
