package import SDP
package import TransportTypes

/// The offer/answer exchange of a connection: JSEP (RFC 9429) as a value without any I/O.
///
/// The connection asks it for descriptions, sets them on it, and then makes the transport and the
/// transceivers what the descriptions say: which there are, and which sections are on each, is
/// decided here.
package struct Negotiation: Sendable {
    /// What this side brings along.
    package struct Parameters: Sendable {
        let fingerprints: [FingerprintAttribute]
        let maxMessageSize: UInt64
        let sessionID: UInt64
        let bundlePolicy: BundlePolicy
        /// The canonical name of all our sources (RFC 3550 §6.5.1).
        let cname: String
        let sctpPort: UInt16 = 5000

        package init(
            fingerprints: [FingerprintAttribute], maxMessageSize: UInt64, sessionID: UInt64,
            bundlePolicy: BundlePolicy = .balanced, cname: String = RandomID.makeCNAME()
        ) {
            self.fingerprints = fingerprints
            self.maxMessageSize = maxMessageSize
            self.sessionID = sessionID
            self.bundlePolicy = bundlePolicy
            self.cname = cname
        }
    }

    /// A description that was made, and which transceiver has which of its sections.
    struct Created: Sendable {
        var document: SDPDocument
        var transceivers: [String: Int] = [:]
        /// Which of them are on which transport.
        var transports = TransportTable()
        /// Where the tags began that it gave to sections that are new.
        var firstMid = 0
    }

    var signalingState = SignalingState.stable
    var currentLocal: AppliedDescription?
    var pendingLocal: AppliedDescription?
    var currentRemote: AppliedDescription?
    var pendingRemote: AppliedDescription?
    /// The transports that the current descriptions have agreed on.
    var currentTransports = TransportTable()
    /// Those of a local offer that waits for its answer, and those that a provisional answer has
    /// made of an offer.
    var offeredTransports: TransportTable?
    var answeredTransports: TransportTable?
    /// The number of the transport that was made last.
    var lastTransportID = 0
    /// The data section's identification tag, once one is part of a description.
    var dataMid: String?
    /// `dataMid` as it was in the last stable state, for rollback.
    var stableDataMid: String?
    /// True once the application has made a channel.
    package internal(set) var wantsData = false
    /// In the order of their making; those that are over are gone.
    var transceivers: [TransceiverState] = []
    var nextTransceiverID = 0
    /// The stream of the peer's tracks if it names none.
    let unnamedStream = RandomID.make()
    /// Where to look for the tag of the next section of ours.
    var nextMid = 0
    /// What the description that is being set has done so far; empty between two.
    var events: [NegotiationEvent] = []
    /// Local username fragments that the next offer must not have again: W3C
    /// `[[LocalIceCredentialsToReplace]]`.
    private(set) var fragmentsToReplace: Set<String> = []
    /// The same for credentials that were gathered for with another configuration; they alone are
    /// no reason for an offer.
    private(set) var outdatedFragments: Set<String> = []

    /// The credentials of restarts whose offer was rolled back, by transport: the next restart has
    /// them (see ``PeerQuirks``).
    private var unusedCredentials: [Int: ICECredentials] = [:]

    let parameters: Parameters
    private let makeCredentials: @Sendable () -> ICECredentials
    /// W3C `[[LastCreatedOffer]]` and `[[LastCreatedAnswer]]`: the texts that may be set.
    var lastOffer: Created?
    var lastAnswer: Created?
    var sessionVersion: UInt64 = 0

    package init(parameters: Parameters, makeCredentials: @escaping @Sendable () -> ICECredentials) {
        self.parameters = parameters
        self.makeCredentials = makeCredentials
    }

    /// The descriptions that are set.
    package var descriptions: Descriptions {
        Descriptions(
            currentLocal: currentLocal, pendingLocal: pendingLocal, currentRemote: currentRemote,
            pendingRemote: pendingRemote)
    }

    /// The application has made a data channel.
    package mutating func wantData() { wantsData = true }

    var local: AppliedDescription? { pendingLocal ?? currentLocal }
    var remote: AppliedDescription? { pendingRemote ?? currentRemote }

    /// Asks for new ICE credentials in the next offer, whatever becomes of the one under way (W3C
    /// §4.4.2 `restartIce`).
    package mutating func requestRestart() {
        fragmentsToReplace = fragmentsInUse
    }

    /// The servers or the policy have changed: the next offer gets new credentials, whenever it is
    /// made (RFC 9429 §4.1.18).
    package mutating func outdateCredentials() {
        outdatedFragments = fragmentsInUse
        unusedCredentials = [:]
    }

    /// Credentials for a transport, other than those in use.
    func freshCredentials(of transport: Int) -> ICECredentials {
        if let unused = unusedCredentials[transport], !mustReplace(unused.usernameFragment) { return unused }
        return makeCredentials()
    }

    /// The pending descriptions are about to be rolled back.
    mutating func keepUnusedCredentials() {
        guard let offeredTransports, let pendingLocal else { return }
        for id in offeredTransports.entries.map(\.id) where currentTransports[id] != nil {
            let offered = identity(of: id, in: offeredTransports, pendingLocal)?.credentials
            let current = identity(of: id, in: currentTransports, currentLocal)?.credentials
            if let offered, offered != current { unusedCredentials[id] = offered }
        }
    }

    /// Whether the application waits for new credentials.
    var isRestartRequested: Bool { !fragmentsToReplace.isEmpty }

    /// Whether an offer must not have these credentials again.
    func mustReplace(_ fragment: String) -> Bool {
        fragmentsToReplace.contains(fragment) || outdatedFragments.contains(fragment)
    }

    /// How the peer that has written the newest remote description differs from what the RFCs say.
    package var quirks: PeerQuirks { PeerQuirks(of: remote?.document) }

    private var fragmentsInUse: Set<String> {
        fragments(of: currentTransports, in: currentLocal)
            .union(fragments(of: answeredTransports ?? offeredTransports, in: pendingLocal))
    }

    /// An answer was set: the request is satisfied once all the credentials are others, whoever
    /// asked for that.
    mutating func settleRestart() {
        unusedCredentials = unusedCredentials.filter { id, unused in
            localCredentials(of: id).map { $0 != unused } ?? false
        }
        let fragments = fragments(of: currentTransports, in: currentLocal)
        if fragments.isDisjoint(with: fragmentsToReplace) { fragmentsToReplace = [] }
    }

    package mutating func close() {
        signalingState = .closed
    }

    func wrongState(_ operation: String, _ hint: String) -> WebRTCError {
        signalingState == .closed
            ? .closed(operation)
            : WebRTCError(.invalidState, "\(operation): the signaling state is \(signalingState.rawValue); \(hint)")
    }
}
