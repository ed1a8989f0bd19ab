internal import DTLS
internal import ICE
internal import SDP

/// The offer/answer exchange of a connection: JSEP (RFC 9429) as a value without any I/O.
///
/// The connection asks it for descriptions, sets them on it, and then makes the transport what the descriptions say.
/// Media sections other than data channels are refused with port 0.
struct Negotiation: Sendable {
    /// What this side brings along.
    struct Parameters: Sendable {
        var fingerprints: [FingerprintAttribute]
        var maxMessageSize: UInt64
        var sessionID: UInt64
        var sctpPort: UInt16 = 5000
    }

    var signalingState = SignalingState.stable
    var currentLocal: AppliedDescription?
    var pendingLocal: AppliedDescription?
    var currentRemote: AppliedDescription?
    var pendingRemote: AppliedDescription?
    /// The data section's identification tag, once one is part of a description.
    var dataMid: String?
    /// `dataMid` as it was in the last stable state, for rollback.
    var stableDataMid: String?
    /// True once the application has made a channel.
    var wantsData = false
    /// Local username fragments that the next offer must not have again: W3C `[[LocalIceCredentialsToReplace]]`.
    private(set) var fragmentsToReplace: Set<String> = []
    /// The same for credentials that were gathered for with another configuration; they alone are no reason for an offer.
    private(set) var outdatedFragments: Set<String> = []

    let parameters: Parameters
    let makeCredentials: @Sendable () -> ICECredentials
    /// W3C `[[LastCreatedOffer]]` and `[[LastCreatedAnswer]]`: the texts that may be set.
    var lastOffer: SDPDocument?
    var lastAnswer: SDPDocument?
    var sessionVersion: UInt64 = 0

    init(parameters: Parameters, makeCredentials: @escaping @Sendable () -> ICECredentials) {
        self.parameters = parameters
        self.makeCredentials = makeCredentials
    }

    var local: AppliedDescription? { pendingLocal ?? currentLocal }
    var remote: AppliedDescription? { pendingRemote ?? currentRemote }

    /// W3C §4.7.3: whether the descriptions fall short of what the application wants.
    var isNegotiationNeeded: Bool {
        if !fragmentsToReplace.isEmpty { return true }
        return wantsData && currentLocal.flatMap { dataMid.flatMap($0.index(ofMid:)) } == nil
    }

    /// Asks for new ICE credentials in the next offer, whatever becomes of the one under way (W3C §4.4.2 `restartIce`).
    mutating func requestRestart() {
        fragmentsToReplace = fragmentsInUse
    }

    /// The servers or the policy have changed: the next offer gets new credentials, whenever it is made (RFC 9429 §4.1.18).
    mutating func outdateCredentials() {
        outdatedFragments = fragmentsInUse
    }

    /// Whether an offer must not have these credentials again.
    func mustReplace(_ fragment: String) -> Bool {
        fragmentsToReplace.contains(fragment) || outdatedFragments.contains(fragment)
    }

    private var fragmentsInUse: Set<String> {
        guard let dataMid else { return [] }
        return Set([currentLocal, pendingLocal].compactMap { $0?.ufrag(ofMid: dataMid) })
    }

    /// An answer was set: the request is satisfied once all the credentials are others, whoever asked for that.
    mutating func settleRestart() {
        let fragment = dataMid.flatMap { currentLocal?.ufrag(ofMid: $0) }
        if fragment.map(fragmentsToReplace.contains) != true { fragmentsToReplace = [] }
        if fragment.map(outdatedFragments.contains) != true { outdatedFragments = [] }
    }

    /// Adds a local candidate (nil: their end) to the descriptions that its credentials belong to.
    mutating func addLocal(candidate line: String?, ufrag: String) {
        guard let dataMid else { return }
        for path in [\Negotiation.currentLocal, \.pendingLocal] as [WritableKeyPath<Negotiation, AppliedDescription?>] {
            guard let index = self[keyPath: path]?.index(ofMid: dataMid),
                self[keyPath: path]?.ufrag(ofMid: dataMid) == ufrag
            else { continue }
            self[keyPath: path]?.add(candidate: line, at: index)
        }
    }

    mutating func close() {
        signalingState = .closed
    }

    func wrongState(_ operation: String, _ hint: String) -> WebRTCError {
        signalingState == .closed
            ? .closed(operation)
            : WebRTCError(.invalidState, "\(operation): the signaling state is \(signalingState.rawValue); \(hint)")
    }
}
