internal import SDP

/// A description that was set, with the candidates that have come since.
struct AppliedDescription: Sendable, Hashable {
    /// The most candidates that a section may have; more are not sent by anybody with good intentions.
    static let maximumCandidates = 256

    let type: SessionDescription.Kind
    var document: SDPDocument

    /// The description as the API shows it.
    var description: SessionDescription {
        SessionDescription(type: type, sdp: document.serialized())
    }

    /// The index of the media section with this identification tag.
    func index(ofMid mid: String) -> Int? {
        document.media.firstIndex { $0.mid == mid }
    }

    /// The ICE username fragment of the section with this tag.
    func ufrag(ofMid mid: String) -> String? {
        index(ofMid: mid).flatMap(ufrag(at:))
    }

    /// The ICE username fragment of the section at this place.
    func ufrag(at index: Int) -> String? {
        guard document.media.indices.contains(index) else { return nil }
        return document.iceCredentials(of: document.media[index])?.ufrag
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
