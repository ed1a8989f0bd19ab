internal import SDP

// The RTP sources of senders: which they are, and how descriptions announce them.
extension Negotiation {
    /// The sources of our senders and, as far as its descriptions say, of the peer. Read once for a
    /// description, however many senders it makes.
    var usedSources: Set<UInt32> {
        var used: Set<UInt32> = []
        for encoding in transceivers.lazy.flatMap(\.encodings) {
            used.insert(encoding.ssrc)
            used.insert(encoding.repairSSRC)
        }
        for remote in [pendingRemote, currentRemote] { used.formUnion(remote?.ssrcs ?? []) }
        return used
    }

    /// Encodings of these names, of which the first ones have the sources that are there, and the
    /// others some that nobody has.
    static func makeEncodings(
        _ names: [String?], after known: [SendEncoding] = [], besides used: inout Set<UInt32>
    ) -> [SendEncoding] {
        var encodings: [SendEncoding] = []
        for (place, name) in names.enumerated() {
            var encoding =
                place < known.count
                ? known[place] : SendEncoding(ssrc: freshSource(&used), repairSSRC: freshSource(&used))
            encoding.rid = name
            encodings.append(encoding)
        }
        return encodings
    }

    private static func freshSource(_ used: inout Set<UInt32>) -> UInt32 {
        while true {
            // Receivers of libwebrtc that send nothing report as source 1.
            let source = UInt32.random(in: 2...UInt32.max)
            if used.insert(source).inserted { return source }
        }
    }

    // MARK: Descriptions

    /// Announces the sources of a sender (RFC 5576 §4.1) with those that repair them (RFC 4588
    /// §8.8), and what track they are of, for peers that know no `a=msid` of a section. Encodings
    /// with names are told apart by these alone (RFC 8853 §5.5).
    func announce(
        _ encodings: [SendEncoding], of transceiver: TransceiverState, _ formats: [RTPFormat],
        in section: inout MediaDescription
    ) {
        let isRepaired = formats.contains { $0.repairs != nil }
        let groups = encodings.map { SSRCGroupAttribute(semantics: "FID", ssrcs: [$0.ssrc, $0.repairSSRC]) }
        if isRepaired { section.ssrcGroups = groups }
        let cname = Attribute("cname", parameters.cname)
        let msid = transceiver.msids.first.map { Attribute($0) }
        section.ssrcs = encodings.flatMap { [$0.ssrc] + (isRepaired ? [$0.repairSSRC] : []) }.flatMap { ssrc in
            [cname, msid].compactMap { $0 }.map { SSRCAttribute(ssrc: ssrc, attribute: $0) }
        }
    }

    // MARK: Simulcast

    /// An offer of the peer's asks for several encodings: a sender that has only one, without a
    /// name, has these from now on (W3C §4.4.1.5).
    mutating func propose(_ names: [String], at index: Int, besides used: inout Set<UInt32>) {
        let known = transceivers[index].encodings
        guard !names.isEmpty, known.count == 1, known[0].rid == nil else { return }
        transceivers[index].negotiated.encodings = Self.makeEncodings(names, after: known, besides: &used)
    }

    /// An answer says which of several encodings are sent, and which come (W3C §4.4.1.5). The first
    /// of them stays where it wants none of them as such. Where nothing is sent it says nothing of
    /// them, so that who resumes has them all.
    mutating func settleEncodings(
        of index: Int, by answer: AppliedDescription, section place: Int, on side: SignalingState.Side
    ) {
        let document = answer.document
        let media = document.media[place]
        let offer = (side == .local ? pendingRemote : pendingLocal)?.document
        let offered = offer.flatMap { $0.media.indices.contains(place) ? $0.media[place] : nil }
        let direction = transceivers[index].negotiated.currentDirection
        let encodings = transceivers[index].encodings
        if direction?.sends == true, encodings.count > 1 {
            let agreed = Set(
                side == .local ? media.simulcastRIDs(.send, in: document) : media.simulcastRIDs(.recv, in: document))
            let left = encodings.filter { $0.rid.map(agreed.contains) ?? false }
            transceivers[index].negotiated.encodings = left.isEmpty ? Array(encodings.prefix(1)) : left
        }
        if direction?.receives == true {
            let theirs = side == .local ? offered.map { ($0, offer ?? document) } : (media, document)
            let wanted = side == .local ? media.rids : offered?.rids ?? []
            let sent = Set(theirs.map { $0.simulcastRIDs(.send, in: $1) } ?? [])
            transceivers[index].negotiated.receivedRIDs = wanted.filter {
                $0.direction == .recv && sent.contains($0.id)
            }.map(\.id)
        }
    }
}
