internal import SDP
internal import TransportTypes

// Which transports an answer uses: ours, and the peer's.
extension Negotiation {
    /// Sections of the peer's offer that share a transport, and the transport.
    struct AnsweredTransport {
        /// First the one that speaks for the transport.
        let mids: [String]
        let isBundled: Bool
        let theirs: TransportDescription
        var id = 0
    }

    // MARK: Our answer

    /// The transports of the answer to an offer: one for each BUNDLE group, and for each section
    /// outside of one (RFC 9143 §7.3, RFC 9429 §5.3.1).
    mutating func answerTransports(to offer: AppliedDescription) throws(WebRTCError) -> [AnsweredTransport] {
        var answered: [AnsweredTransport] = []
        for (mids, isBundled) in acceptableSections(of: offer) {
            let theirs = try TransportDescription(of: offer, TransportTable.Entry(id: 0, mids: mids))
            answered.append(AnsweredTransport(mids: mids, isBundled: isBundled, theirs: theirs))
        }
        assignTransports(&answered)
        return answered
    }

    private func acceptableSections(of offer: AppliedDescription) -> [(mids: [String], isBundled: Bool)] {
        let able = offer.document.media.filter { offer.hasTransport($0) && canAccept($0) }.compactMap { media in
            media.mid.map { ($0, media.kind) }
        }
        let isAble = Set(able.map(\.0))
        let bundles = offer.bundles.map { $0.filter(isAble.contains) }.filter { !$0.isEmpty }
        let bundled = Set(bundles.joined())
        let sections = (bundles.map { ($0, true) } + isAble.subtracting(bundled).map { ([$0], false) })
            .map { (place: offer.index(ofMid: $0.0[0]) ?? 0, section: $0) }.sorted { $0.place < $1.place }
            .map(\.section)
        guard sections.count > 1 else { return sections }
        // Sections that have a transport come before those that are new, wherever these stand.
        let order = able.filter { transportID(ofMid: $0.0) != nil } + able.filter { transportID(ofMid: $0.0) == nil }
        switch parameters.bundlePolicy {
        case .maxCompat: return sections
        case .maxBundle: return sections.filter { section in order.first.map { section.0.contains($0.0) } ?? false }
        case .balanced:
            let kinds = Dictionary(able, uniquingKeysWith: { first, _ in first })
            let first = Dictionary(order.map { ($0.1, $0.0) }, uniquingKeysWith: { first, _ in first })
            return sections.compactMap { mids, isBundled in
                let members = Set(mids)
                let taken = mids.filter { mid in
                    kinds[mid].flatMap { first[$0] }.map(members.contains) ?? false
                }
                return taken.first == mids.first ? (taken, isBundled) : nil
            }
        }
    }

    private func canAccept(_ media: MediaDescription) -> Bool {
        guard let mid = media.mid else { return false }
        if media.isDataChannels { return mid == dataMid }
        // There is one port for RTP and RTCP (RFC 9429 §5.3.1).
        guard media.isRTCPMultiplexed || media.isRTCPMultiplexedOnly else { return false }
        // One that is stopping is answered, as inactive, so that what is bundled with it stays (W3C
        // §5.4 `stop`).
        guard let transceiver = transceivers.first(where: { $0.mid == mid }), !transceiver.isStopped else {
            return false
        }
        return !transceiver.answerFormats(to: media).isEmpty
    }

    /// A transport goes on with the sections that the peer names with its credentials, even if
    /// another section speaks for it now (RFC 9143 §7.4); with other credentials, with the section
    /// that spoke for it or was on it before: that is a restart. A section that is new, with
    /// credentials that are new, has a new transport, whatever else it takes along: so browsers do
    /// it when the place of a stopped section is used again.
    private mutating func assignTransports(_ answered: inout [AnsweredTransport]) {
        let before = answeredTransports ?? currentTransports
        let remote = Dictionary(
            uniqueKeysWithValues: before.entries.map { ($0.id, remoteCredentials(of: $0.id)) })
        var free = before.entries.map(\.id)
        typealias Rule = (AnsweredTransport, Int) -> Bool
        let isSameSection: Rule = { before.id(ofMid: $0.mids[0]) == $1 }
        let isSamePeer: Rule = { remote[$1] == $0.theirs.credentials }
        for rule in [{ isSameSection($0, $1) && isSamePeer($0, $1) }, isSamePeer, isSameSection] as [Rule] {
            for index in answered.indices where answered[index].id == 0 {
                guard let place = free.firstIndex(where: { rule(answered[index], $0) }) else { continue }
                answered[index].id = free.remove(at: place)
            }
        }
        for index in answered.indices where answered[index].id == 0 {
            lastTransportID += 1
            answered[index].id = lastTransportID
        }
    }

    // MARK: The peer's answer

    /// What the peer has made of the transports that were offered: those that it has bundled share
    /// the one of the first (RFC 9143 §7.3.1), and the others keep their own.
    func transports(answeredBy answer: AppliedDescription) throws(WebRTCError) -> TransportTable {
        guard let offered = offeredTransports, let offer = pendingLocal else { return TransportTable() }
        var table = TransportTable()
        for bundle in answer.bundles {
            let group = offer.bundles.first { $0.contains(bundle[0]) } ?? []
            let members = Set(group)
            if let stranger = bundle.first(where: { !members.contains($0) }) {
                throw WebRTCError(
                    .invalidAccess,
                    "setRemoteDescription: the answer bundles section '\(stranger)', which the offer does not; the "
                        + "group of an answer is a part of the offer's (RFC 9143 §7.3)")
            }
            guard let id = offered.id(ofMid: bundle[0]) else { continue }
            try checkIsFree(id, for: bundle[0], in: table)
            table.add(bundle, to: id)
        }
        for media in answer.document.media where !media.isRejected {
            guard let mid = media.mid, table.id(ofMid: mid) == nil, let id = offered.id(ofMid: mid) else { continue }
            guard offer.index(ofMid: mid).map({ !offer.document.media[$0].isBundleOnly }) ?? false else {
                throw notBundled(mid)
            }
            try checkIsFree(id, for: mid, in: table)
            table.add([mid], to: id)
        }
        return table
    }

    private func checkIsFree(_ id: Int, for mid: String, in table: TransportTable) throws(WebRTCError) {
        if table[id] != nil { throw notBundled(mid) }
    }

    private func notBundled(_ mid: String) -> WebRTCError {
        WebRTCError(
            .invalidAccess,
            "setRemoteDescription: the answer takes section '\(mid)' without bundling it, but it was offered on the "
                + "transport of another; bundle it or refuse it (RFC 9143 §7.3), or offer it with another bundlePolicy")
    }
}
