internal import SDP

/// Which section of an offer is whose (RFC 9429 §5.2.1, §5.2.2): everybody keeps the place it has,
/// the places of refused sections are used again, and what is left comes behind.
struct OfferPlan {
    enum Place: Hashable {
        case media(TransceiverState, mid: String)
        case data(mid: String)
        /// Refused, or stopped.
        case closed(MediaDescription)

        /// What is there; nil if it is closed.
        var kind: MediaDescription.Kind? {
            switch self {
            case .media(let transceiver, _): transceiver.kind.section
            case .data: .application
            case .closed: nil
            }
        }
    }

    private(set) var places: [Place] = []
    /// The number to try first as the tag of a section that is new.
    private(set) var nextMid: Int

    init(_ negotiation: Negotiation) {
        nextMid = negotiation.nextMid
        let before = negotiation.local?.document.media ?? []
        let owners = Dictionary(
            negotiation.transceivers.compactMap { transceiver in transceiver.mid.map { ($0, transceiver) } },
            uniquingKeysWith: { first, _ in first })
        places = before.map { section in
            guard let mid = section.mid else { return .closed(section.closed) }
            if mid == negotiation.dataMid { return .data(mid: mid) }
            guard let owner = owners[mid], !owner.isStopping else { return .closed(section.closed) }
            return .media(owner, mid: mid)
        }
        var mids = Set(before.compactMap(\.mid)).union(negotiation.transceivers.compactMap(\.mid))
        let first = firstUsable(in: negotiation)
        var free = places.indices.filter { index in
            index >= first && negotiation.isRecyclable(index) && places[index].kind == nil
                && before[index].mid.map { owners[$0] == nil } != false
        }
        for transceiver in negotiation.transceivers where transceiver.mid == nil && !transceiver.isStopping {
            let mid = freeMid(&mids)
            put(.media(transceiver, mid: mid), at: free.isEmpty ? nil : free.removeFirst())
        }
        if negotiation.wantsData, !places.contains(where: { $0.kind == .application }) {
            let mid = negotiation.dataMid ?? freeMid(&mids)
            put(.data(mid: mid), at: free.first { before[$0].isDataChannels })
        }
    }

    /// The tags of the sections that are open, in their order.
    var mids: [String] { places.indices.compactMap(mid(at:)) }

    /// Whose section is whose, by tag.
    var transceivers: [String: Int] {
        Dictionary(
            places.compactMap { place in
                if case .media(let transceiver, let mid) = place { (mid, transceiver.id) } else { nil }
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The tag of an open section.
    func mid(at index: Int) -> String? {
        switch places[index] {
        case .media(_, let mid), .data(let mid): mid
        case .closed: nil
        }
    }

    /// From where on places may be used again: with a peer that has the first section speak for the
    /// BUNDLE group, from the section on that speaks for the group in use.
    private func firstUsable(in negotiation: Negotiation) -> Int {
        guard negotiation.quirks.wantsTagFirst else { return places.startIndex }
        let open = Set(mids)
        let tag = (negotiation.currentAnswer?.bundles ?? []).joined().first(where: open.contains)
        return tag.flatMap { tag in places.indices.first { mid(at: $0) == tag } } ?? places.startIndex
    }

    private mutating func put(_ place: Place, at index: Int?) {
        if let index { places[index] = place } else { places.append(place) }
    }

    /// A tag that no offer has had, so that what belongs to one that was never set is not taken for
    /// part of another.
    private mutating func freeMid(_ taken: inout Set<String>) -> String {
        while !taken.insert(String(nextMid)).inserted { nextMid += 1 }
        defer { nextMid += 1 }
        return String(nextMid)
    }
}

extension Negotiation {
    /// Whether both sides have seen that nobody uses the section at this place (RFC 9429 §5.2.2).
    func isRecyclable(_ index: Int) -> Bool {
        [currentLocal, currentRemote].contains { description in
            guard let media = description?.document.media, media.indices.contains(index) else { return false }
            return media[index].isRejected
        }
    }
}

extension MediaDescription {
    /// Refused, or stopped; nothing goes either way.
    var closed: MediaDescription {
        var closed = rejected
        if MediaKind(self) != nil { closed.direction = .inactive }
        return closed
    }
}
