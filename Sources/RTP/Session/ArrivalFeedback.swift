/// How the peer tells when packets of ours have arrived.
enum ArrivalFeedback: Sendable, Hashable {
    /// By numbers that the packets of all sections have for it
    /// (draft-holmer-rmcat-transport-wide-cc-extensions-01).
    case transportWide
    /// By source and sequence number (RFC 8888).
    case bySource

    /// What is expected for all that is sent; nil if nothing was agreed on.
    ///
    /// There is one way for a transport (RFC 8888 §6). By source it is only where no section has
    /// numbers: packets without one would be taken for lost where numbers count. Who answers with
    /// both has most likely sent back what it does not know, and numbers are known to all.
    init?(agreedBy sections: [RTPSection]) {
        let sending = sections.filter(\.sends)
        if sending.contains(where: \.hasTransportFeedback) {
            self = .transportWide
        } else if sending.contains(where: \.hasSourceFeedback) {
            self = .bySource
        } else {
            return nil
        }
    }

    /// Whether it was agreed on for a section.
    func isAgreed(by section: RTPSection) -> Bool {
        switch self {
        case .transportWide: section.hasTransportFeedback
        case .bySource: section.hasSourceFeedback
        }
    }
}
