extension RTPSection {
    /// What a packet carries: the format of its payload type, and for RED (RFC 2198) that of the
    /// payload that is the packet's own.
    ///
    /// - Returns: nil for what the section does not have. RED has no RED in it, nothing that was
    ///   sent again, and nothing of another clock.
    func format(
        carriedBy header: RTPHeader, _ packet: Span<UInt8>
    ) -> (format: RTPFormatParameters, isRedundant: Bool)? {
        guard let format = receivedFormats[header.payloadType] else { return nil }
        guard format.isRedundant else { return (format, false) }
        guard kind == .audio, let type = RedundantAudio.ownType(of: packet.extracting(header.payload)),
            let own = receivedFormats[type], !own.isRedundant, own.repairs == nil, own.clockRate == format.clockRate
        else { return nil }
        return (own, true)
    }
}
