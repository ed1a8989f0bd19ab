package import TransportTypes

/// The owner of a ``DTLSSession``. Everything is called on the thread that called the session,
/// before that call returns.
package protocol DTLSSessionDelegate: AnyObject {
    /// One datagram to send. Only valid during the call, and the session must not be called from
    /// inside of it: a ``DTLSSession/send(_:)`` throws then, and a datagram given to it is dropped.
    func dtlsSession(_ session: DTLSSession, didProduce datagram: Span<UInt8>)

    /// The content of one application record, from a peer whose certificate matched. Only valid
    /// during the call.
    func dtlsSession(_ session: DTLSSession, didReceive applicationData: Span<UInt8>)

    /// The state has changed; with `failed` comes the reason.
    func dtlsSession(_ session: DTLSSession, didChange state: DTLSState, error: DTLSError?)
}
