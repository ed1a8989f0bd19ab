internal import SDP

// How it is told when packets have arrived. By source, it is for all payload types of a section,
// and so is to be written with `*` (RFC 8888 §6); what is read may name them one by one.
extension MediaDescription {
    /// Whether arrivals can be told by source.
    var hasSourceFeedback: Bool { rtcpFeedbacks.contains { $0.feedback == RTPFormat.sourceFeedback } }

    fileprivate var hasTransportWideFeedback: Bool {
        rtcpFeedbacks.contains { $0.feedback == RTPFormat.transportWideFeedback }
    }

    /// Says that arrivals are told by source.
    mutating func appendSourceFeedback() {
        append(Attribute(RTCPFeedbackAttribute(payloadType: nil, feedback: RTPFormat.sourceFeedback)))
    }

    /// Whether the answer to this section has arrivals told by source.
    ///
    /// - Parameter isForAll: see ``SDPDocument/isSourceFeedbackForAll``.
    func answersSourceFeedback(isForAll: Bool) -> Bool {
        hasSourceFeedback && (isForAll || !hasTransportWideFeedback)
    }
}

extension SDPDocument {
    /// Whether arrivals can be told by source wherever they can be told at all.
    ///
    /// Of several ways an answer has one (RFC 8888 §6), and a transport has one for all that is on
    /// it. So by source it is where each section of the offer can have it so, or where there is no
    /// other way.
    var isSourceFeedbackForAll: Bool {
        media.allSatisfy { $0.isRejected || $0.hasSourceFeedback || !$0.hasTransportWideFeedback }
    }
}
