internal import SDP

/// A description that was set, with the candidates that have come since.
struct AppliedDescription: Sendable, Hashable {
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
        guard let index = index(ofMid: mid) else { return nil }
        return document.iceCredentials(of: document.media[index])?.ufrag
    }

    /// Adds a candidate line, or the end of candidates where `line` is nil, to a media section.
    mutating func add(candidate line: String?, at index: Int) {
        guard document.media.indices.contains(index), !document.media[index].isRejected else { return }
        if let line {
            if !document.media[index].candidates.contains(line) { document.media[index].appendCandidate(line) }
        } else {
            document.media[index].hasEndOfCandidates = true
        }
    }
}
