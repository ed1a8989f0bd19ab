internal import SDP

/// Which transport each section of an offer is on, and which sections are to be bundled (RFC 9429
/// §4.1.1, §5.2).
///
/// A section that has a transport keeps it. New ones join the BUNDLE group that was agreed on;
/// where there is none the policy decides which of them have transports of their own.
struct OfferedTransports {
    private(set) var table = TransportTable()
    /// The BUNDLE groups, in each the section first whose transport is offered for all.
    private(set) var groups: [[String]] = []
    /// The tags of the sections that can only be taken bundled.
    private(set) var bundleOnly: Set<String> = []
    /// The number of the transport that was made last.
    private(set) var lastID: Int

    init(_ plan: OfferPlan, after negotiation: Negotiation) {
        lastID = negotiation.lastTransportID
        let current = negotiation.currentTransports
        let open = plan.mids
        let isOpen = Set(open)
        // Those that the last answer has bundled and those that are new, but none that it has left
        // alone.
        let agreed = negotiation.currentAnswer?.bundles.map { $0.filter(isOpen.contains) }.filter { !$0.isEmpty }
        let added = agreed == nil ? open : open.filter { current.id(ofMid: $0) == nil }
        groups = agreed ?? []
        if groups.isEmpty { groups = [[]] }
        groups[0] += added
        if agreed != nil, let tag = groups[0].first, let id = current.id(ofMid: tag) {
            // The section that speaks for the transport in use stays the first (RFC 9143 §7.4).
            let first = current[id]?.mids.first(where: isOpen.contains) ?? tag
            groups[0] = [first] + groups[0].filter { $0 != first }
            table.add(groups[0], to: id)
            bundleOnly = Self.bundleOnly(in: plan, negotiation, tag: first)
        } else if let tag = groups[0].first {
            bundleOnly = Self.bundleOnly(in: plan, negotiation, tag: tag)
            var shared: Int?
            for mid in groups[0] {
                if let shared, bundleOnly.contains(mid) {
                    table.add([mid], to: shared)
                } else {
                    let before = negotiation.offeredTransports?.id(ofMid: mid).flatMap { table[$0] == nil ? $0 : nil }
                    let id = before ?? lastID + 1
                    lastID = max(lastID, id)
                    table.add([mid], to: id)
                    shared = shared ?? id
                }
            }
        }
        for mid in open where table.id(ofMid: mid) == nil {
            if let id = current.id(ofMid: mid) { table.add([mid], to: id) }
        }
        groups.removeAll(where: \.isEmpty)
    }

    /// The new sections without a transport of their own, should the peer not bundle (RFC 9429
    /// §4.1.1).
    private static func bundleOnly(in plan: OfferPlan, _ negotiation: Negotiation, tag: String) -> Set<String> {
        var kinds: Set<String> = []
        var found: Set<String> = []
        for index in plan.places.indices {
            guard let mid = plan.mid(at: index), let kind = plan.places[index].kind else { continue }
            let isFirst = kinds.insert(kind.rawValue).inserted
            guard mid != tag, negotiation.currentTransports.id(ofMid: mid) == nil else { continue }
            switch negotiation.parameters.bundlePolicy {
            case .maxCompat: break
            case .maxBundle: found.insert(mid)
            case .balanced: if !isFirst { found.insert(mid) }
            }
        }
        return found
    }
}
