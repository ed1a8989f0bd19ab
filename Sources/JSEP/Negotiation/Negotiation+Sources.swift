internal import SDP

// The RTP sources of senders: which they are, and how descriptions announce them.
extension Negotiation {
    /// An encoding with sources that nobody else in the session has: neither a transceiver of ours,
    /// nor the peer, as far as its descriptions say.
    func makeEncoding(rid: String? = nil, besides others: [SendEncoding] = []) -> SendEncoding {
        let ssrc = freshSSRC(besides: others)
        let encoding = SendEncoding(rid: rid, ssrc: ssrc, repairSSRC: ssrc)
        return SendEncoding(rid: rid, ssrc: ssrc, repairSSRC: freshSSRC(besides: others + [encoding]))
    }

    private func freshSSRC(besides others: [SendEncoding]) -> UInt32 {
        while true {
            // Receivers of libwebrtc that send nothing report as source 1.
            let ssrc = UInt32.random(in: 2...UInt32.max)
            let isPeers = [pendingRemote, currentRemote].contains { $0?.ssrcs.contains(ssrc) ?? false }
            let isOurs = { (encoding: SendEncoding) in encoding.ssrc == ssrc || encoding.repairSSRC == ssrc }
            let isUsed =
                others.contains(where: isOurs) || transceivers.contains { $0.encodings.contains(where: isOurs) }
            if !isPeers, !isUsed { return ssrc }
        }
    }
}

extension MediaDescription {
    /// Announces the sources of a sender (RFC 5576 §4.1) with those that repair them (RFC 4588
    /// §8.8), and what track they are of, for peers that know no `a=msid` of a section. Encodings
    /// of several names are told apart by these alone (RFC 8853 §5.5).
    mutating func announce(
        _ encodings: [SendEncoding], of transceiver: TransceiverState, cname: String, isRepaired: Bool
    ) {
        guard encodings.count == 1, let encoding = encodings.first else { return }
        if isRepaired {
            append(Attribute(SSRCGroupAttribute(semantics: "FID", ssrcs: [encoding.ssrc, encoding.repairSSRC])))
        }
        for ssrc in [encoding.ssrc] + (isRepaired ? [encoding.repairSSRC] : []) {
            append(Attribute(SSRCAttribute(ssrc: ssrc, attribute: Attribute("cname", cname))))
            let msid = transceiver.msids.first.map { Attribute($0) }
            if let msid { append(Attribute(SSRCAttribute(ssrc: ssrc, attribute: msid))) }
        }
    }
}
