internal import SDP

/// A description that was set, with the candidates that have come since.
struct AppliedDescription: Sendable, Hashable {
    /// The most candidates that a section may have; more are not sent by anybody with good intentions.
    static let maximumCandidates = 256

    let type: SessionDescription.Kind
    var document: SDPDocument
    /// The tag of the section whose transport all bundled ones share: the first of the group that is not refused
    /// (RFC 9143 §7). Without a group the first that is not refused stands alone.
    let tagMid: String?
    /// The tags of the sections that are taken and have a transport: the one there is, or a share of it.
    let acceptedMids: Set<String>
    private let indices: [String: Int]
    /// The bundled sections, and the one that speaks for those that say nothing of their transport (RFC 9143 §7.1.3).
    private let bundledMids: [String]
    private let bundle: Set<String>
    /// What each section says of its transport. Candidates do not change it, and each step of a negotiation asks for it.
    private let transports: [SectionTransport]

    init(type: SessionDescription.Kind, document: SDPDocument) {
        self.type = type
        self.document = document
        let sections = document.media.enumerated().compactMap { index, media in media.mid.map { ($0, index) } }
        let indices = Dictionary(sections, uniquingKeysWith: { first, _ in first })
        self.indices = indices
        // There is never more than one group in WebRTC.
        bundledMids = document.bundleGroups.first?.mids ?? []
        bundle = Set(bundledMids)
        let open = sections.filter { !document.media[$0.1].isRejected }.map(\.0)
        let accepted = bundle.intersection(open)
        let tag = bundledMids.first(where: accepted.contains) ?? open.first
        tagMid = tag
        acceptedMids = accepted.union(tag.map { [$0] } ?? [])
        transports = SectionTransport.all(
            of: document, speaker: bundledMids.first.flatMap { indices[$0] }, bundled: bundle)
    }

    /// The description as the API shows it.
    var description: SessionDescription {
        SessionDescription(type: type, sdp: document.serialized())
    }

    /// The index of the media section with this identification tag.
    func index(ofMid mid: String) -> Int? { indices[mid] }

    /// The places of the bundled sections, in the order of the group.
    var bundledIndices: [Int] { bundledMids.uniqued().compactMap { indices[$0] } }

    /// What the section at this place says of its transport, or the one that it is bundled with.
    func transport(at index: Int) -> SectionTransport { transports[index] }

    /// The ICE username fragment of the shared transport.
    var transportFragment: String? {
        tagMid.flatMap(index(ofMid:)).flatMap(ufrag(at:))
    }

    /// The ICE username fragment of the section at this place.
    func ufrag(at index: Int) -> String? {
        transports.indices.contains(index) ? transports[index].fragment : nil
    }

    /// Adds a candidate line, or the end of candidates where `line` is nil, to a media section. A section that is refused
    /// takes none. False if there are too many.
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
