/// W3C `RTCSctpTransportState`.
public enum SCTPTransportState: String, Sendable, Hashable, Codable, CaseIterable {
    /// The association is being made.
    case connecting
    /// It is there.
    case connected
    /// It has ended, at either end.
    case closed
}
