internal import JSEP
internal import RTP
internal import SDP

extension RTPSection {
    /// What both descriptions say of a section.
    init(_ plan: MediaPlan) {
        self.init(mid: plan.mid, kind: plan.kind == .audio ? .audio : .video)
        receives = plan.direction.receives
        sends = plan.direction.sends
        isReducedSize = plan.local.isRTCPReducedSize && plan.remote.isRTCPReducedSize
        encodings = plan.encodings.map { Encoding(rid: $0.rid, ssrc: $0.ssrc, repairSSRC: $0.repairSSRC) }
        receivedStreamIDs = Set(plan.receivedRIDs)
        for map in plan.local.extensions { receivedExtensions.note(map.uri, id: UInt8(truncatingIfNeeded: map.id)) }
        for map in plan.sentExtensions { sentExtensions.note(map.uri, id: UInt8(truncatingIfNeeded: map.id)) }
        for format in plan.local.codecs {
            receivedFormats[format.payloadType] = RTPFormatParameters(format, agreedWith: plan.remote.codecs)
        }
        // It may be longer than 16 bytes: the larger form of a header extension, between others.
        if !plan.remote.allowsMixedExtensions { sentExtensions.dependencyDescriptor = 0 }
        // The header extension is for the feedback, which has to be agreed on by itself.
        if !receivedFormats.values.contains(where: { $0.feedback.contains(.transportWide) }) {
            receivedExtensions.transportSequenceNumber = 0
        }
        sentFormats = Self.sentFormats(plan)
        let groups = plan.remote.ssrcGroups.filter { $0.semantics == "FID" && $0.ssrcs.count == 2 }
        for group in groups { announcedRepairs[group.ssrcs[0]] = group.ssrcs[1] }
        let repairs = Set(announcedRepairs.values)
        announcedSources = plan.remote.ssrcs.filter { !repairs.contains($0) }
    }

    /// What the peer can read and we can write, in the order of whoever has answered.
    static func sentFormats(_ plan: MediaPlan) -> [RTPFormatParameters] {
        let (local, remote) = (plan.local.codecs, plan.remote.codecs)
        return plan.sentPrimaries.map { format in
            var parameters = RTPFormatParameters(format, agreedWith: local)
            parameters.repairPayloadType = remote.first { $0.repairs == format.payloadType }?.payloadType
            return parameters
        }
    }
}

extension MediaPlan {
    /// What this end may send, the preferred one first, each with what repairs it behind it, under
    /// the numbers of the peer.
    var sentCodecs: [RTPFormat] {
        sentPrimaries.flatMap { format in
            [format] + remote.codecs.filter { $0.repairs == format.payloadType }.prefix(1)
        }
    }

    /// The header extensions that this end may send, under the peer's ids.
    var sentExtensions: [ExtensionMapAttribute] {
        remote.extensions.filter { map in local.extensions.contains { $0.uri == map.uri } }
    }

    /// The codecs without what repairs them.
    fileprivate var sentPrimaries: [RTPFormat] {
        let (local, remote) = (local.codecs, remote.codecs)
        var order = remote.filter { format in local.contains(where: format.isSameCodec) }
        if isAnswerOurs {
            let rank = { (format: RTPFormat) in
                local.firstIndex { $0.payloadType == format.payloadType } ?? local.firstIndex(where: format.isSameCodec)
                    ?? local.count
            }
            order = order.filter { format in
                local.contains { $0.payloadType == format.payloadType }
                    || !remote.contains { other in local.contains { $0.payloadType == other.payloadType } }
            }.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
        }
        return order.filter { $0.repairs == nil }
    }
}

extension RTPFormatParameters {
    /// One side's format, with the feedback that both know.
    fileprivate init(_ format: RTPFormat, agreedWith others: [RTPFormat]) {
        let other =
            others.first { $0.payloadType == format.payloadType && format.isSameCodec($0) }
            ?? others.first(where: format.isSameCodec)
        self.init(
            payloadType: format.payloadType, name: format.name.lowercased(), clockRate: Int(format.clockRate),
            channels: Int(format.channels ?? 1), parameters: format.parameters,
            feedback: Feedback(format.feedback).intersection(Feedback(other?.feedback ?? [])), repairs: format.repairs)
    }
}

extension RTPFormatParameters.Feedback {
    /// The values of `a=rtcp-fb`.
    fileprivate init(_ values: [String]) {
        self = values.reduce(into: []) { feedback, value in
            switch value {
            case "nack": feedback.insert(.nack)
            case "nack pli": feedback.insert(.pictureLoss)
            case "ccm fir": feedback.insert(.fullIntraRequest)
            case "transport-cc": feedback.insert(.transportWide)
            case "goog-remb": feedback.insert(.estimatedBitrate)
            case "ack ccfb": feedback.insert(.congestionControl)
            default: break
            }
        }
    }
}

extension RTPFormat {
    /// Whether both have the same name and clock; what else has to agree, the negotiation has seen
    /// to.
    fileprivate func isSameCodec(_ other: RTPFormat) -> Bool {
        clockRate == other.clockRate && name.lowercased() == other.name.lowercased()
    }
}
