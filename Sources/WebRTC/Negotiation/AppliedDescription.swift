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

    /// The tag of the section whose transport all bundled ones share: the first of the group that is not refused
    /// (RFC 9143 §7). Without a group the first that is not refused stands alone.
    var tagMid: String? {
        let open = document.media.filter { !$0.isRejected }.compactMap(\.mid)
        return document.bundledMids.first(where: open.contains) ?? open.first
    }

    /// Whether the section with this tag is taken, and has a transport: it carries the one there is, or shares it.
    func accepts(_ mid: String) -> Bool {
        guard let index = index(ofMid: mid), !document.media[index].isRejected else { return false }
        return mid == tagMid || document.bundledMids.contains(mid)
    }

    /// The ICE username fragment of the shared transport.
    var transportFragment: String? {
        tagMid.flatMap(index(ofMid:)).flatMap(ufrag(at:))
    }

    /// The ICE username fragment of the section at this place.
    func ufrag(at index: Int) -> String? {
        guard document.media.indices.contains(index) else { return nil }
        return document.iceCredentials(of: document.media[document.transportIndex(of: index)])?.ufrag
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

extension SDPDocument {
    /// The tags of the first BUNDLE group; there is never more than one in WebRTC.
    var bundledMids: [String] { bundleGroups.first?.mids ?? [] }

    /// The section that says what transport the one at this place has: it does itself, or the one it is bundled with.
    func transportIndex(of index: Int) -> Int {
        guard iceCredentials(of: media[index]) == nil, let mid = media[index].mid, bundledMids.contains(mid) else {
            return index
        }
        let others = bundledMids.compactMap { mid in media.firstIndex { $0.mid == mid } }
        return others.first { iceCredentials(of: media[$0]) != nil } ?? index
    }
}
