/// What an offer is to ask for. W3C `RTCOfferOptions`.
public struct OfferOptions: Sendable, Hashable {
    /// Asks for new ICE credentials, so that the connection finds new paths (RFC 8445 §9).
    public var iceRestart: Bool

    /// The default asks for nothing special.
    public init(iceRestart: Bool = false) {
        self.iceRestart = iceRestart
    }
}
