internal import Foundation
internal import HTTPTypes
internal import JSEP
internal import Signaling
internal import WebRTC

/// A publisher's or a watcher's connection, by the URL that only it knows.
actor StreamSession {
    enum Role: Sendable { case publisher, watcher }

    /// What nobody can guess: 128 bits.
    nonisolated let id: String
    /// What it is called where others see it; its URL cannot be told from it.
    nonisolated let name: String
    nonisolated let stream: String
    nonisolated let role: Role
    nonisolated let connection: PeerConnection
    nonisolated let created = Date()
    /// Whose it is.
    nonisolated let owner: StreamOwner
    private let gatheringTime: Duration
    private let tagBase = UUID().uuidString.prefix(8).lowercased()
    private var generation = 1
    private let began = ContinuousClock.now
    private var looks: [String: Look] = [:]
    /// Whether our counter-offer waits for its answer.
    private(set) var isOffering = false
    /// What came of the peer's candidates before its answer.
    private var early: [SDPFragment] = []

    /// - Parameter name: see ``name``; any that is new where it is nil.
    init(
        _ role: Role, of stream: String, _ connection: PeerConnection, owner: StreamOwner, gatheringTime: Duration,
        name: String? = nil
    ) {
        var random = SystemRandomNumberGenerator()
        id = [random.next(), random.next()].map { (word: UInt64) in
            let text = String(word, radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
        self.name = name ?? UUID().uuidString.lowercased()
        self.role = role
        self.stream = stream
        self.connection = connection
        self.owner = owner
        self.gatheringTime = gatheringTime
    }

    /// Names the ICE session that it is in (RFC 9725 §4.3.1).
    var tag: String { "\"\(tagBase)-\(generation)\"" }

    // MARK: Rates

    /// How much a count grows in a second, from the last look on that is a second old; since the
    /// session began at first.
    func rate(of name: String, _ count: UInt64) -> Double {
        let now = ContinuousClock.now
        let former = looks[name] ?? Look(time: began, count: 0, rate: 0)
        let passed = (now - former.time) / .seconds(1)
        guard passed >= 1 || looks[name] == nil else { return former.rate }
        let rate = passed > 0 ? Double(count - min(count, former.count)) / passed : 0
        if looks[name] != nil || looks.count < 256 { looks[name] = Look(time: now, count: count, rate: rate) }
        return rate
    }

    private struct Look {
        let time: ContinuousClock.Instant
        let count: UInt64
        let rate: Double
    }

    // MARK: Descriptions

    func answer(_ offer: String) async throws(GatewayFailure) -> SessionDescription {
        do throws(WebRTCError) {
            return try await connection.answer(
                to: SessionDescription(type: .offer, sdp: offer), gatheringWithin: gatheringTime)
        } catch {
            throw Self.refusal(error)
        }
    }

    func offer() async throws(GatewayFailure) -> SessionDescription {
        do throws(WebRTCError) {
            let offer = try await connection.offer(gatheringWithin: gatheringTime)
            isOffering = true
            return offer
        } catch {
            throw Self.refusal(error)
        }
    }

    /// Takes the answer to our counter-offer.
    func take(answer: String) async throws(GatewayFailure) {
        guard isOffering else {
            throw GatewayFailure(.conflict, "wrong-state", "There is no offer that waits for an answer.")
        }
        do throws(WebRTCError) {
            try await connection.setRemoteDescription(SessionDescription(type: .answer, sdp: answer))
        } catch {
            throw Self.refusal(error)
        }
        isOffering = false
        let waiting = early
        early = []
        for fragment in waiting { try await add(fragment) }
    }

    // MARK: ICE

    /// Takes a fragment.
    ///
    /// - Parameter matches: the values of `If-Match`.
    /// - Returns: our side's, where ICE was restarted.
    func take(_ fragment: SDPFragment, ifMatch matches: [String]) async throws(GatewayFailure) -> SDPFragment? {
        let wanted = matches.flatMap { $0.split(separator: ",") }.map { $0.trimmingCharacters(in: .whitespaces) }
        guard !wanted.isEmpty else {
            throw GatewayFailure(
                .preconditionRequired, "precondition-required",
                "Say in If-Match which ETag the fragment is for, or * for a restart of ICE.")
        }
        let isAny = wanted == ["*"]
        guard isAny || wanted.contains(tag) else { throw mismatch }
        let ours = SDPFragment(of: connection.remoteDescription?.sdp ?? "")
        let isOfAnother = fragment.password.map { $0 != ours.password } ?? false
        if let ufrag = fragment.ufrag, ufrag != ours.ufrag || isOfAnother {
            guard isAny else { throw mismatch }
            return try await restart(fragment)
        }
        try await add(fragment)
        return nil
    }

    private var mismatch: GatewayFailure {
        GatewayFailure(
            .preconditionFailed, "precondition-failed",
            "The fragment is of another ICE session; a restart is asked for with If-Match: *.")
    }

    private func restart(_ fragment: SDPFragment) async throws(GatewayFailure) -> SDPFragment {
        guard let ufrag = fragment.ufrag, let password = fragment.password else { throw mismatch }
        guard let remote = connection.currentRemoteDescription, remote.type == .offer else {
            throw GatewayFailure(
                .conflict, "wrong-state", "The server has made the offer of this session, so it cannot be restarted.")
        }
        let offer = OfferedMedia.restarting(remote.sdp, ufrag: ufrag, password: password)
        let answer = try await answer(offer)
        generation += 1
        try await add(fragment)
        return SDPFragment(of: answer.sdp)
    }

    private func add(_ fragment: SDPFragment) async throws(GatewayFailure) {
        guard !isOffering else {
            // They belong to the answer that is on its way.
            guard early.count < 16 else { throw .tooMany("full", "Send the answer to the offer first.") }
            early.append(fragment)
            return
        }
        do throws(WebRTCError) {
            for candidate in fragment.candidates {
                try await connection.addICECandidate(
                    ICECandidateInit(
                        candidate: candidate.line, sdpMid: candidate.mid,
                        // Those that name no section are of the first.
                        sdpMLineIndex: candidate.mid == nil ? candidate.index ?? 0 : nil,
                        usernameFragment: fragment.ufrag))
            }
            if fragment.isEnd { try await connection.addICECandidate(nil) }
        } catch {
            guard error.code != .invalidState else { throw Self.refusal(error) }
            throw GatewayFailure(.badRequest, "invalid-candidate", "\(error)")
        }
    }

    private static func refusal(_ error: WebRTCError) -> GatewayFailure {
        error.code == .invalidState
            ? GatewayFailure(.conflict, "wrong-state", "\(error)")
            : GatewayFailure(.unprocessableContent, "invalid-sdp", "\(error)")
    }
}

/// Whose a stream's session is: a user's, or, without a token, an address's.
struct StreamOwner: Sendable, Hashable {
    /// The token's subject; nil without one.
    let subject: String?
    /// Where a client without a token came from; empty with one.
    let address: String

    init(_ caller: Caller) {
        subject = caller.identity?.subject
        address = subject == nil ? RequestAccess.limitKey(caller.address) : ""
    }
}
