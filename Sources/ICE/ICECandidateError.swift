/// A server that gave no candidate: the W3C's RTCPeerConnectionIceErrorEvent.
public struct ICECandidateError: Error, Hashable, Sendable {
    /// The local address that was used to ask, if it came to that.
    public let address: String?
    /// The local port; nil with ``address``.
    public let port: UInt16?
    /// The server's URL, as the application gave it.
    public let url: String
    /// A STUN error code, 300 to 699, or 701 when the server could not be reached.
    public let errorCode: UInt16
    /// The server's reason phrase, or ours.
    public let errorText: String

    /// The server was not reached: webrtc-pc §4.8.2.
    static let unreachable: UInt16 = 701

    /// A server that was not asked, because this build cannot.
    package static func unusable(url: String, text: String) -> ICECandidateError {
        ICECandidateError(address: nil, port: nil, url: url, errorCode: unreachable, errorText: text)
    }
}
