internal import SDP

/// A section for sound or pictures that an answer in force has refused, for those who look why.
package struct RefusedSection: Sendable, Hashable {
    /// The section's tag; empty if it has none.
    package var mid: String
    package var kind: MediaKind
    /// Whether this end has refused it.
    package var isOurs: Bool
    /// The codecs that were offered, without those that only help others.
    package var offered: [String]
    /// Whether this library has one of them.
    package var hasCommonCodec: Bool

    /// Of values, for tests.
    package init(mid: String, kind: MediaKind, isOurs: Bool, offered: [String], hasCommonCodec: Bool) {
        self.mid = mid
        self.kind = kind
        self.isOurs = isOurs
        self.offered = offered
        self.hasCommonCodec = hasCommonCodec
    }
}

extension Descriptions {
    /// The sections that were offered and refused in what is in force. Read from the descriptions
    /// with each call.
    package var refusedSections: [RefusedSection] {
        guard let local = currentLocal, let remote = currentRemote else { return [] }
        let isOurs = local.type == .answer
        let (offer, answer) = isOurs ? (remote, local) : (local, remote)
        return zip(offer.document.media, answer.document.media).compactMap { offered, answered in
            guard !offered.isRejected, answered.isRejected, let kind = MediaKind(offered) else { return nil }
            let formats = RTPFormat.all(in: offered)
            let known = Set(CodecTable.codecs(of: kind).filter(\.carriesMedia).map(\.identity))
            let helpers: Set<String> = ["rtx", "red", "ulpfec", "flexfec-03", "telephone-event", "cn"]
            return RefusedSection(
                mid: offered.mid ?? "", kind: kind, isOurs: isOurs,
                offered: formats.map(\.name).filter { !helpers.contains($0.lowercased()) }.uniqued(),
                hasCommonCodec: formats.contains { known.contains($0.identity) })
        }
    }
}
