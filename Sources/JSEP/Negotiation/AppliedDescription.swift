internal import SDP

/// A description that was set, with the candidates that have come since.
package struct AppliedDescription: Sendable, Hashable {
    /// The most candidates that a section may have; more are not sent by anybody with good
    /// intentions.
    static let maximumCandidates = 256

    package let type: SessionDescription.Kind
    var document: SDPDocument
    /// The sections of each BUNDLE group that are not refused, in its order: the first has the
    /// transport (RFC 9143 §7).
    let bundles: [[String]]
    /// All of them together.
    private let bundled: Set<String>
    private let indices: [String: Int]
    /// What each section says of its transport. Candidates do not change it, and each step of a
    /// negotiation asks for it.
    private let transports: [SectionTransport]
    /// The RTP sources that it announces (RFC 5576 §4.1).
    let ssrcs: Set<UInt32>
    /// Whether any section names streams (RFC 8830).
    let namesStreams: Bool

    init(type: SessionDescription.Kind, document: SDPDocument) {
        self.type = type
        self.document = document
        let sections = document.media.enumerated().compactMap { index, media in media.mid.map { ($0, index) } }
        let indices = Dictionary(sections, uniquingKeysWith: { first, _ in first })
        self.indices = indices
        namesStreams = document.media.contains { !$0.msids.isEmpty }
        var bundles: [[String]] = []
        // For a bundled section that says nothing of its transport the first of the group speaks
        // (RFC 9143 §7.1.3).
        var speakers: [String: Int] = [:]
        for group in document.bundleGroups {
            // A section is in one group at most (RFC 9143 §7.2).
            let members = group.mids.uniqued().filter { indices[$0] != nil && speakers[$0] == nil }
            for mid in members { speakers[mid] = members.first.flatMap { indices[$0] } }
            let open = members.filter { indices[$0].map { !document.media[$0].isRejected } ?? false }
            if !open.isEmpty { bundles.append(open) }
        }
        self.bundles = bundles
        bundled = Set(bundles.joined())
        transports = SectionTransport.all(of: document, speakers: speakers)
        ssrcs = Set(document.media.flatMap(\.ssrcs).map(\.ssrc))
    }

    /// The description as the API shows it.
    package var description: SessionDescription {
        SessionDescription(type: type, sdp: document.serialized())
    }

    /// Names it; candidates that come later change nothing of that (RFC 9429 §5.2.2).
    package var id: DescriptionID { document.id }

    /// The index of the media section with this identification tag.
    func index(ofMid mid: String) -> Int? { indices[mid] }

    /// The section with this identification tag.
    func section(ofMid mid: String) -> MediaDescription? { index(ofMid: mid).map { document.media[$0] } }

    /// Whether there is a section with this tag that is not refused.
    func isOpen(_ mid: String) -> Bool {
        index(ofMid: mid).map { !document.media[$0].isRejected } ?? false
    }

    /// Whether the section could be on a transport. Who knows nothing of a group has nothing of a
    /// bundle-only section but its port, which is 0 (RFC 9143 §6).
    func hasTransport(_ media: MediaDescription) -> Bool {
        !media.isRejected && (!media.isBundleOnly || media.mid.map(bundled.contains) ?? false)
    }

    /// What the section at this place says of its transport, or the one that it is bundled with.
    func transport(at index: Int) -> SectionTransport { transports[index] }

    /// The ICE username fragment of the section at this place.
    func ufrag(at index: Int) -> String? {
        transports.indices.contains(index) ? transports[index].fragment : nil
    }

    /// Adds a candidate line, or the end of candidates where `line` is nil, to a media section. A
    /// section that is refused takes none. False if there are too many.
    @discardableResult
    mutating func add(candidate line: String?, at index: Int) -> Bool {
        guard document.media.indices.contains(index), !document.media[index].isRejected else { return true }
        guard let line else {
            document.media[index].hasEndOfCandidates = true
            return true
        }
        let known = document.media[index].candidates
        guard !known.contains(line) else { return true }
        guard known.count < Self.maximumCandidates else { return false }
        document.media[index].appendCandidate(line)
        return true
    }
}
