/// What a sender or receiver of a kind can do. W3C `RTCRtpCapabilities`.
public struct RTPCapabilities: Sendable, Hashable {
    /// The codecs, in order of preference; `rtx` once for all that it repairs.
    public let codecs: [RTPCodec]
    /// The URIs of the header extensions.
    public let headerExtensions: [String]

    /// What this library negotiates for a kind, in either direction.
    package init(_ kind: MediaKind) {
        let table = CodecTable.codecs(of: kind)
        codecs = table.map(\.codec) + (table.contains(where: \.isRepaired) ? [CodecTable.repair] : [])
        headerExtensions = HeaderExtension.all(of: kind).map(\.uri)
    }

    /// Codecs that an application prefers, each once (W3C §5.4 `setCodecPreferences`).
    ///
    /// - Parameter wanted: some of ``codecs``, in any order; none for all of them.
    /// - Throws: `InvalidModificationError` for a codec that is not among them, or without one that
    ///   carries media.
    package func preferences(_ wanted: [RTPCodec]) throws(WebRTCError) -> [RTPCodec] {
        for codec in wanted where !codecs.contains(where: codec.matches) {
            throw WebRTCError(
                .invalidModification,
                "setCodecPreferences: \(codec.mimeType) with these parameters is not among the capabilities; "
                    + "take codecs from RTPSender.capabilities(_:) unchanged")
        }
        guard wanted.isEmpty || wanted.contains(where: { !$0.isAuxiliary }) else {
            throw WebRTCError(
                .invalidModification, "setCodecPreferences: none of these codecs carries media; add one that does")
        }
        var preferences: [RTPCodec] = []
        for codec in wanted where !preferences.contains(where: codec.matches) { preferences.append(codec) }
        return preferences
    }
}
