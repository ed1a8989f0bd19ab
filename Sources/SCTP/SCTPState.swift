/// The state of an association, as the layer above needs it (RFC 9260 §4 has finer ones).
package enum SCTPState: Sendable, Equatable {
    /// Made, but ``SCTPAssociation/connect()`` has not been called.
    case new
    /// INIT was sent.
    case connecting
    /// Data can flow.
    case connected
    /// Over, for whatever reason; it does not come back.
    case closed
}
