/// A way into the code for bytes that somebody else has made.
///
/// The same entry is run by libFuzzer, which looks for bytes that break it, and by the tests, which replay what is kept of them
/// in Corpora.
struct FuzzTarget: Sendable {
    /// The name of its folder in Corpora.
    let name: String
    /// What is said of it is wrong if this throws; a trap is another way to say so.
    let run: @Sendable ([UInt8]) throws -> Void

    /// All there are.
    static let all: [FuzzTarget] = [
        FuzzTarget(name: "sdp", run: SDPEntry.run),
        FuzzTarget(name: "candidate", run: CandidateEntry.run),
        FuzzTarget(name: "negotiation", run: { try NegotiationEntry.run($0) }),
        FuzzTarget(name: "stun", run: STUNEntry.run),
        FuzzTarget(name: "gate", run: HandshakeGateEntry.run),
        FuzzTarget(name: "dtls", run: { try DTLSEntry.run($0) }),
        FuzzTarget(name: "sctp", run: SCTPEntry.run),
        FuzzTarget(name: "association", run: { try AssociationEntry.run($0) }),
        FuzzTarget(name: "dcep", run: DCEPEntry.run),
        FuzzTarget(name: "discovery", run: DiscoveryEntry.run),
        FuzzTarget(name: "rtp", run: RTPEntry.run),
        FuzzTarget(name: "rtcp", run: RTCPEntry.run),
        FuzzTarget(name: "payload", run: PayloadEntry.run),
        FuzzTarget(name: "redundancy", run: RedundancyEntry.run),
        FuzzTarget(name: "dependencies", run: DependencyEntry.run),
        FuzzTarget(name: "jitter", run: JitterEntry.run),
        FuzzTarget(name: "session", run: SessionEntry.run),
        FuzzTarget(name: "mediafile", run: MediaFileEntry.run),
        FuzzTarget(name: "srtp", run: { try SRTPEntry.run($0) }),
        FuzzTarget(name: "signaling", run: SignalingEntry.run),
        FuzzTarget(name: "websocket", run: WebSocketEntry.run),
        FuzzTarget(name: "cluster", run: ClusterEntry.run),
        FuzzTarget(name: "input", run: InputEntry.run),
        FuzzTarget(name: "channel", run: ChannelEntry.run),
        FuzzTarget(name: "state", run: StateMessageEntry.run),
        FuzzTarget(name: "room", run: RoomEntry.run),
        FuzzTarget(name: "group", run: GroupEntry.run),
    ]

    /// The one with this name.
    static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// Something that an entry promises does not hold.
struct FuzzFinding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Throws unless the condition holds.
    static func require(_ condition: Bool, _ description: @autoclosure () -> String) throws(FuzzFinding) {
        guard condition else { throw FuzzFinding(description()) }
    }
}
