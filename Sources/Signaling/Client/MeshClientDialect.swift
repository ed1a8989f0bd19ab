public import JSEP

/// One connection to a signaling server, in the mesh dialect.
public typealias SignalingClient = DialectClient<MeshClientDialect>
/// A registration with a mesh that is kept up.
public typealias ReconnectingSignalingClient = ReconnectingDialectClient<MeshClientDialect>
/// The messages a ``SignalingClient`` receives, in order.
public typealias SignalingMessages = DialectMessages<MeshClientDialect>

/// What a client of the mesh dialect says: it registers with a UUID.
public struct MeshClientDialect: ClientDialect {
    /// Who the client is.
    public var registration: Registration

    /// - Parameter registration: see ``registration``.
    public init(_ registration: Registration) {
        self.registration = registration
    }

    /// As ``MeshMessage`` writes itself.
    public static func encode(_ message: MeshMessage) -> SignalingMessage { message.message }

    /// As ``MeshMessage`` reads itself.
    public static func decode(_ message: SignalingMessage) throws(SignalingRefusal) -> MeshMessage {
        try MeshMessage(message)
    }

    /// The bytes of its texts.
    public static func size(of message: MeshMessage) -> Int { message.size }

    /// In lower case: a UUID is spelled either way.
    public static func key(of peer: String) -> String { peer.peerKey }

    /// What a peer says, the lists, and errors.
    public static func news(in message: MeshMessage) -> PeerNews {
        switch message {
        case .offer(let from?, _, let sdp):
            .said(by: from, .description(SessionDescription(type: .offer, sdp: sdp)))
        case .answer(let from?, _, let sdp):
            .said(by: from, .description(SessionDescription(type: .answer, sdp: sdp)))
        case .ice(let from?, _, let candidate): .said(by: from, .candidate(candidate.map(ICECandidateInit.init)))
        case .peerList(let peers): .present(peers.filter(\.isConnected).map(\.id))
        case .error(let error): .refused(error)
        case .register, .heartbeat, .offer, .answer, .ice: .none
        }
    }

    /// `offer`, `answer` or `ice`.
    public static func message(_ payload: SignalingPayload, to peer: String) -> MeshMessage {
        switch payload {
        case .description(let description, _):
            description.type == .offer
                ? .offer(from: nil, to: peer, sdp: description.sdp) : .answer(from: nil, to: peer, sdp: description.sdp)
        case .candidate(let candidate): .ice(from: nil, to: peer, candidate: candidate.map(CandidateMessage.init))
        }
    }

    /// `peer_list`.
    public static let welcomes: Set = ["peer_list"]

    /// `register`.
    public var greeting: [MeshMessage] { [.register(registration)] }
    /// `heartbeat`.
    public var heartbeat: MeshMessage? { .heartbeat(peerID: registration.peerID) }
}

extension DialectClient where Dialect == MeshClientDialect {
    /// Registers with the server, which answers with the peer list, or with an error and the close
    /// code 4409 when the id is in use; both arrive in ``messages``. Starts the heartbeats.
    public func register(_ registration: Registration) async throws(SignalingError) {
        try await introduce(MeshClientDialect(registration))
    }
}

extension ReconnectingDialectClient where Dialect == MeshClientDialect {
    /// Starts to connect.
    ///
    /// - Throws: `.invalidURL`, `.invalidConfiguration`: what no further attempt
    ///   would change.
    public convenience init(
        url: String, registration: Registration, configuration: SignalingClientConfiguration = .init(),
        backoff: Backoff = .init()
    ) throws(SignalingError) {
        try self.init(
            url: url, dialect: MeshClientDialect(registration), configuration: configuration, backoff: backoff)
    }
}
