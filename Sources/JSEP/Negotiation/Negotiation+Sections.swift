internal import SDP

// The sections of offers and answers, without what they say about the transport.
extension Negotiation {
    /// RFC 9429 §5.2.1, §5.2.2.
    func section(at index: Int, of plan: OfferPlan, _ numbers: inout SessionNumbers) -> MediaDescription {
        switch plan.places[index] {
        case .closed(let section): return section
        case .data(let mid):
            let theirs = remote?.section(ofMid: mid)
            return dataSection(mid: mid, like: theirs?.isOldDataChannels == true ? theirs : nil)
        case .media(let transceiver, let mid):
            let order = answeredFormats(ofMid: mid)
            let formats = transceiver.offerFormats(&numbers, order: order)
            let extensions = HeaderExtension.all(of: transceiver.kind).compactMap { numbers.map(of: $0) }
            var section = mediaSection(
                transceiver, mid: mid, transceiver.wish.direction, formats, extensions, allowsMixed: true)
            section.appendSourceFeedback()
            let received = transceiver.offeredReceivedRIDs.map { RIDAttribute(id: $0, direction: .recv) }
            let encodings = transceiver.encodings
            let isNamed = encodings.count > 1 && transceiver.wish.direction.sends
            if encodings.count == 1, !transceiver.msids.isEmpty {
                announce(encodings, of: transceiver, formats, in: &section)
            }
            section.setSimulcast(sent: isNamed ? encodings.compactMap(\.rid) : [], received: received)
            return section
        }
    }

    /// RFC 9429 §5.3.1.
    ///
    /// - Parameter isToldBySource: the offer's `isSourceFeedbackForAll`, which is the same for all
    ///   sections.
    func answerSection(
        to media: MediaDescription, in offer: SDPDocument, isToldBySource isForAll: Bool
    ) -> MediaDescription {
        let mid = media.mid ?? ""
        guard let transceiver = transceivers.first(where: { $0.mid == mid }) else {
            return dataSection(mid: mid, like: media)
        }
        let offered = TransceiverDirection(offer.direction(of: media))
        let known = Set(HeaderExtension.all(of: transceiver.kind).map(\.uri))
        // Of the ways to tell of arrivals an answer has one (RFC 8888 §6).
        let isToldBySource = media.answersSourceFeedback(isForAll: isForAll)
        var seen: Set<String> = isToldBySource ? [HeaderExtension.transportSequenceNumber.uri] : []
        let extensions = offer.extensionMaps(of: media).filter { map in
            HeaderExtension.ids.contains(map.id) && known.contains(map.uri) && seen.insert(map.uri).inserted
        }.map { ExtensionMapAttribute(id: $0.id, uri: $0.uri) }
        let direction = transceiver.possibleDirection.intersection(offered.reversed)
        var formats = transceiver.answerFormats(to: media)
        if isToldBySource {
            for index in formats.indices {
                formats[index].feedback.removeAll { $0 == RTPFormat.transportWideFeedback }
            }
        }
        var section = mediaSection(
            transceiver, mid: mid, direction, formats, extensions,
            allowsMixed: media.allowsMixedExtensions || offer.allowsMixedExtensions)
        if isToldBySource { section.appendSourceFeedback() }
        section.transport = media.transport
        section.isRTCPReducedSize = media.isRTCPReducedSize
        var sent: [String] = []
        if direction.sends {
            let wanted = Set(media.simulcastRIDs(.recv, in: offer))
            sent = transceiver.encodings.compactMap(\.rid).filter(wanted.contains)
            if sent.isEmpty { announce(Array(transceiver.encodings.prefix(1)), of: transceiver, formats, in: &section) }
        }
        let received = direction.receives ? media.answeredRIDs(in: offer, formats: formats) : []
        section.setSimulcast(sent: sent, received: received)
        return section
    }

    /// A section for data channels, in the form that the peer has used for it: an answer has the
    /// protocol and the format of the offer (RFC 9429 §5.3.1), which in the old form is the number
    /// of the port, and an offer to a peer that writes the old form has to be read by it.
    private func dataSection(mid: String, like theirs: MediaDescription?) -> MediaDescription {
        var section = MediaDescription(
            kind: .application, transport: theirs?.transport ?? MediaDescription.dataChannelTransport,
            formats: [MediaDescription.dataChannelFormat])
        section.mid = mid
        if let theirs, theirs.isOldDataChannels, let format = theirs.formats.first, let port = UInt16(format) {
            section.formats = [format]
            section.sctpMaps = [SCTPMapAttribute(port: port, streams: Self.oldFormStreams)]
        } else {
            section.sctpPort = parameters.sctpPort
        }
        section.maxMessageSize = parameters.maxMessageSize
        section.setMaxPacketSize(DataDescription.ownMaxPacketSize, inSession: String(parameters.sessionID))
        return section
    }

    private func mediaSection(
        _ transceiver: TransceiverState, mid: String, _ direction: TransceiverDirection, _ formats: [RTPFormat],
        _ extensions: [ExtensionMapAttribute], allowsMixed: Bool
    ) -> MediaDescription {
        var section = MediaDescription(kind: transceiver.kind.section, transport: "UDP/TLS/RTP/SAVPF", formats: [])
        section.rtcp = RTCPAttribute(port: 9, address: .unspecified)
        section.mid = mid
        section.extensionMaps = extensions
        section.allowsMixedExtensions = allowsMixed
        section.direction = direction.attribute
        section.msids = transceiver.msids
        section.isRTCPMultiplexed = true
        section.isRTCPReducedSize = true
        section.setRTPFormats(formats)
        return section
    }

    /// What was last agreed on for a section, in that order.
    private func answeredFormats(ofMid mid: String) -> [RTPFormat] {
        let answer = [currentLocal, currentRemote].first { $0?.type == .answer } ?? nil
        guard let answer, let index = answer.index(ofMid: mid) else { return [] }
        return RTPFormat.all(in: answer.document.media[index])
    }
}

extension Negotiation {
    /// What `a=sctpmap` says of the number of streams. The INIT chunks agree on it (RFC 9260
    /// §5.1.1), whatever stands here.
    private static let oldFormStreams: UInt32 = 1024
}

extension TransceiverState {
    /// One line for each stream of the sender, `-` for none (RFC 9429 §5.2.1), as long as it may
    /// send; one that has sent keeps them (§5.2.2). Whether the peer receives does not matter here.
    var msids: [MSIDAttribute] {
        guard possibleDirection.sends || hasSent else { return [] }
        return (wish.streams.isEmpty ? ["-"] : wish.streams).map { MSIDAttribute(streamID: $0, trackID: senderID) }
    }
}
