internal import DTLS
internal import ICE
internal import JSEP
internal import SCTP
internal import TransportTypes

/// What a diagnosis is made of: the state of a connection at one moment, as a value.
struct ConnectionFacts {
    var isClosed = false
    var hasLocalDescription = false
    var hasRemoteDescription = false
    /// The description of this side is an answer: the peer makes no checks before it has set it.
    var hasAnswered = false
    /// An answer is in force that has no transport for data channels.
    var isRefused = false
    var isGathering = false
    var localCandidates: [ICECandidate] = []
    /// As the peer has signalled them.
    var remoteCandidates: [ICECandidate] = []
    var hasRemoteEnded = false
    var isRelayOnly = false
    /// The URLs of the TURN servers.
    var relays: [String] = []
    var serverErrors: [ICECandidateError] = []
    var ice = ICETransportState.new
    /// Whether there ever was a pair.
    var hadPair = false
    /// Whether any check of the peer's has come.
    var hasHeardCheck = false
    /// Whether it makes none.
    var isPeerLite = false
    var dtls = DTLSState.new
    var dtlsError: DTLSError?
    /// nil for a transport that carries no data channels.
    var sctp: SCTPTransportState?
    var sctpError: SCTPError?
    /// What is known of media; nil for a transport that carries none.
    var media: MediaFacts?
    /// The sections for media that were refused.
    var refusedSections: [RefusedSection] = []
    /// The moment, by the loop's clock.
    var now = Duration.zero
    /// What became of the peer's channels that nobody has taken, in words.
    var untakenChannels: [String] = []
    /// The channels whose readers are far behind, in words.
    var unreadChannels: [String] = []
    /// Whether the peer may send nothing more for that.
    var isWindowClosed = false
}

extension ConnectionFacts {
    /// The first step that is not done.
    var diagnosis: ConnectionDiagnosis {
        if isClosed {
            return .init(.closed, .bad, "this side has closed the connection", advice: "make a new connection")
        }
        return negotiated ?? reached ?? secured ?? associated ?? mediaProblem ?? flowing
    }

    private var negotiated: ConnectionDiagnosis? {
        guard hasLocalDescription || hasRemoteDescription else {
            return .init(
                .localDescription, .waiting, "there is no description of either side",
                advice: "call createDataChannel and setLocalDescription, and send the offer to the peer; "
                    + "or set the peer's offer with setRemoteDescription; or keep a PerfectNegotiator, which does "
                    + "both until nobody holds it")
        }
        guard hasLocalDescription else {
            return .init(
                .localDescription, .waiting, "the peer's offer is set, and there is no answer to it",
                advice: "call setLocalDescription and send the answer to the peer")
        }
        guard hasRemoteDescription else {
            return noLocalCandidates
                ?? .init(
                    .remoteDescription, .waiting, "the offer is set, and the peer's answer is not",
                    advice: "send localDescription to the peer, and set its answer with setRemoteDescription; "
                        + "if that was done, look whether signaling has lost one of them")
        }
        guard !isRefused else {
            if !refusedSections.isEmpty {
                return .init(
                    .agreement, .bad, "the answer refuses all that was offered",
                    advice: "give both ends a codec in common, and look at setCodecPreferences",
                    details: refusedSections.map(\.text))
            }
            return .init(
                .agreement, .bad, "the answer refuses data channels, or no channel was asked for",
                advice: "call createDataChannel before the offer, and look at the m=application line of the answer: "
                    + "port 0 is a refusal")
        }
        return nil
    }

    // MARK: ICE

    private var reached: ConnectionDiagnosis? {
        switch ice {
        case .connected, .completed: return nil
        // `secured` says it: this comes of it.
        case .disconnected where dtls == .closed: return nil
        case .disconnected:
            return .init(
                .consent, .waiting, "the peer has fallen silent", advice: "wait some seconds, or restart ICE",
                details: pairs)
        case .failed where hadPair:
            return .init(
                .consent, .bad, "the peer does not answer any more on the pair that was in use",
                advice: "call restartICE and exchange descriptions; if that does not help the peer is gone",
                details: pairs)
        case .closed:
            return .init(
                .agreement, .bad, "the transport is closed: the peer or this side has stopped it",
                advice: "make a new connection")
        case .new, .checking, .failed: break
        }
        if let noLocalCandidates { return noLocalCandidates }
        guard !remoteCandidates.isEmpty else {
            let hasEnded = hasRemoteEnded || ice == .failed
            return .init(
                .remoteCandidates, hasEnded ? .bad : .waiting,
                hasEnded ? "the peer has no candidate" : "no candidate of the peer has arrived yet",
                advice: hasEnded
                    ? "look at the peer: has it a network, and are its TURN servers reached?"
                    : "hand each candidate of the peer to addICECandidate, or let the peer wait for the end of "
                        + "gathering before it sends its description")
        }
        guard ice == .failed else {
            return .init(
                .checks, .waiting, "pairs of candidates are being tried\(unheard)", advice: answerAdvice, details: pairs
            )
        }
        let text =
            switch pairs.count {
            case 0: "no candidate of this side makes a pair with one of the peer's"
            case 1: "no answer came on the one pair of candidates"
            default: "no answer came on any of the \(pairs.count) pairs of candidates"
            }
        let failure =
            noRelay
            ?? .init(
                .checks, .bad, text + unheard,
                advice: (relays.isEmpty
                    ? "give both sides a TURN server: NATs or firewalls between them let nothing else pass; "
                    : "look whether the TURN server's relayed ports can be reached by the peer; ")
                    + "and let UDP pass the firewalls",
                details: pairs + errors)
        return answerAdvice.map { failure.advising(first: $0) } ?? failure
    }

    /// What is seen where our answer may not have arrived.
    private var unheard: String { answerAdvice == nil ? "" : ", and no check of the peer's has come" }

    /// A peer that has not set our answer has no credentials for its checks, and answers none.
    private var answerAdvice: String? {
        guard hasAnswered, !hasHeardCheck, !isPeerLite else { return nil }
        return "look whether our answer has reached the peer and was set there with setRemoteDescription"
    }

    private var noLocalCandidates: ConnectionDiagnosis? {
        guard localCandidates.isEmpty else { return nil }
        guard !isGathering else {
            return .init(
                .localCandidates, .waiting, "candidates are being gathered, there is none yet", details: errors)
        }
        if isRelayOnly {
            return noRelay
                ?? .init(
                    .relay, .bad, "only relayed candidates are allowed, and no TURN server is configured",
                    advice: "add a turn: server to iceServers, or set iceTransportPolicy to all", details: errors)
        }
        return .init(
            .localCandidates, .bad, "gathering has found no candidate",
            advice: "bring up a network interface, or let ice.interfaceFilter and ice.portRange admit one, "
                + "whose ports may all be in use; on one machine set ice.includesLoopback",
            details: errors)
    }

    /// TURN servers are given, and none has helped.
    private var noRelay: ConnectionDiagnosis? {
        guard !relays.isEmpty, !isGathering else { return nil }
        guard !localCandidates.contains(where: { $0.kind == .relayed }) else { return nil }
        return .init(
            .relay, .bad, "no TURN server has given a relay: \(relays.joined(separator: ", "))",
            advice: "look whether the servers run and can be reached from here, over UDP or with ?transport=tcp, "
                + "and whether user name and password are right and have not expired; "
                + "over TLS the details say what is wrong with the server's certificate",
            details: errors + pairs)
    }

    private var errors: [String] {
        serverErrors.map { error in
            let from = error.address.map { " from \($0)" } ?? ""
            return "\(error.url)\(from): \(error.errorCode) \(error.errorText)"
        }
    }

    /// The pairs that checks are made for (RFC 8445 §6.1.2.2).
    private var pairs: [String] {
        localCandidates.flatMap { local in
            remoteCandidates.compactMap { remote in
                guard local.transport == remote.transport, remote.hasLocalName || local.isIPv6 == remote.isIPv6 else {
                    return nil
                }
                return "\(Self.text(local)) to \(Self.text(remote))"
            }
        }
    }

    private static func text(_ candidate: ICECandidate) -> String {
        let address = candidate.isIPv6 ? "[\(candidate.address)]" : candidate.address
        return "\(candidate.kind.rawValue) \(address):\(candidate.port)/\(candidate.transport.rawValue.lowercased())"
    }

    // MARK: DTLS and SCTP

    private var secured: ConnectionDiagnosis? {
        switch dtls {
        case .connected: return nil
        case .new, .connecting:
            return .init(.dtls, .waiting, "a way to the peer is found, and the DTLS handshake is under way")
        case .closed:
            return .init(.dtls, .bad, "the peer has ended the connection", advice: "make a new connection")
        case .failed: break
        }
        let text = dtlsError?.message ?? "it is not known why"
        switch dtlsError?.code {
        case .fingerprintMismatch?:
            return .init(
                .fingerprint, .bad, "the peer's certificate is not the one that its description announced: \(text)",
                advice: "hand descriptions over unchanged and to the right connection; "
                    + "if they were, somebody is in between")
        case .timedOut?:
            return .init(
                .dtls, .bad, "the peer has not answered the DTLS handshake: \(text)",
                advice: "look whether something on the way drops large datagrams, and whether the peer has failed")
        case .alertReceived?:
            return .init(
                .dtls, .bad, "the peer has refused the DTLS handshake: \(text)",
                advice: "look at the peer: an alert about the certificate says that our description reached it changed")
        default:
            return .init(.dtls, .bad, "the DTLS handshake has failed: \(text)", advice: "look at the peer's versions")
        }
    }

    private var associated: ConnectionDiagnosis? {
        if let sctpError { return Self.failed(sctpError) }
        switch sctp {
        case .connected, nil: return nil
        case .connecting:
            return .init(.sctp, .waiting, "DTLS is up, and the peer has not answered SCTP's INIT yet")
        case .closed:
            return .init(.sctp, .bad, "the peer has ended the SCTP association", advice: "make a new connection")
        }
    }

    private var findings: [MediaFinding] { media?.findings(now: now) ?? [] }

    /// The worst that is wrong with media, if that is more than a note.
    private var mediaProblem: ConnectionDiagnosis? {
        guard !isWindowClosed, let worst = findings.first, worst.verdict != .good else { return nil }
        return .init(
            worst.step, worst.verdict, worst.text, advice: worst.advice,
            details: findings.dropFirst().map(\.text) + refusedSections.map(\.text) + unreadChannels + untakenChannels)
    }

    private var flowing: ConnectionDiagnosis {
        let notes = findings.map(\.text) + refusedSections.map(\.text)
        guard !unreadChannels.isEmpty || isWindowClosed else {
            return .init(
                .connected, .good, "the connection is up, and data can flow",
                advice: findings.lazy.compactMap(\.advice).first, details: notes + untakenChannels)
        }
        let advice =
            "read the messages of these channels, or close them; unreadLimit is what all may have waiting together"
        return isWindowClosed
            ? .init(
                .connected, .waiting,
                "the connection is up, but so much waits to be read that the peer may send no more, on any channel",
                advice: advice, details: unreadChannels + untakenChannels + notes)
            : .init(
                .connected, .good, "the connection is up, and data can flow; there are channels that nobody reads",
                advice: advice, details: unreadChannels + untakenChannels + notes)
    }

    private static func failed(_ error: SCTPError) -> ConnectionDiagnosis {
        let (text, advice) =
            switch error.code {
            case .connectTimedOut:
                (
                    "DTLS is up, and the peer has never answered SCTP's INIT",
                    "look whether both descriptions have the right a=sctp-port, and at the peer's log"
                )
            case .timedOut:
                (
                    "the peer has stopped acknowledging what was sent on SCTP",
                    "look whether something on the way drops large datagrams, and whether the peer has stopped reading"
                )
            case .abortedByPeer:
                ("the peer has refused or ended the SCTP association", "look at the peer's log for the reason")
            default: ("this end has given up the SCTP association", "make a new connection, and report it")
            }
        return .init(.sctp, .bad, "\(text): \(error.message)", advice: advice)
    }
}

extension ICECandidate {
    fileprivate var isIPv6: Bool { address.contains(":") }
}
