import SDP

/// Session descriptions: refused, or read back as they are written.
enum SDPEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let document = try? SDPDocument(parsing: text) else { return }
        let written = document.serialized()
        let again: SDPDocument
        do throws(SDPError) {
            again = try SDPDocument(parsing: written)
        } catch {
            throw FuzzFinding("what was written cannot be read: \(error)")
        }
        try FuzzFinding.require(again == document, "what was written reads as something else")
        try FuzzFinding.require(again.serialized() == written, "writing it twice gives two texts")
        touch(document)
        for media in document.media {
            touch(media)
            _ = (document.iceCredentials(of: media), document.direction(of: media), document.fingerprints(of: media))
            _ = (document.setup(of: media), document.extensionMaps(of: media), document.iceOptions(of: media))
        }
        _ = document.bundleGroups
    }

    /// Reads everything that can be asked for.
    private static func touch(_ container: some AttributeContainer) {
        var copy = container
        _ = (copy.mid, copy.groups, copy.iceUfrag, copy.icePwd, copy.iceOptions, copy.isICELite, copy.setup, copy.tlsID)
        _ = (copy.fingerprints, copy.sctpPort, copy.maxMessageSize, copy.sctpMaps, copy.isBundleOnly, copy.direction)
        _ = (copy.msids, copy.msidSemantics, copy.rtcp, copy.rtpMaps, copy.rtcpFeedbacks, copy.extensionMaps, copy.rids)
        _ = (copy.simulcast, copy.ssrcs, copy.ssrcGroups, copy.cryptos, copy.connection, copy.bandwidths)
        for parameters in copy.formatParameters { _ = parameters["apt"] }
        for map in copy.rtpMaps { _ = map.channels }
        copy.candidates = copy.candidates
        for candidate in copy.candidates { copy.appendCandidate(candidate) }
        copy.direction = .inactive
        copy.connection = .unspecified
    }
}
