internal import SDP

// How it is told when packets have arrived. By source, it is for all payload types of a section,
// and so is to be written with `*` (RFC 8888 §6); what is read may name them one by one.
extension MediaDescription {
    /// Whether arrivals can be told by source.
    var hasSourceFeedback: Bool { rtcpFeedbacks.contains { $0.feedback == RTPFormat.sourceFeedback } }

    private var hasTransportWideFeedback: Bool {
        rtcpFeedbacks.contains { $0.feedback == RTPFormat.transportWideFeedback }
    }

    /// Says that arrivals are told by source.
    mutating func appendSourceFeedback() {
        append(Attribute(RTCPFeedbackAttribute(payloadType: nil, feedback: RTPFormat.sourceFeedback)))
    }

    /// Whether the answer to this section of an offer has arrivals told by source.
    ///
    /// Of several ways an answer has one (RFC 8888 §6), and a transport has one for all that is on
    /// it. So by source it is where each section of the offer can have it so, or where there is no
    /// other way.
    func answersSourceFeedback(in offer: SDPDocument) -> Bool {
        guard hasSourceFeedback else { return false }
        guard hasTransportWideFeedback else { return true }
        return offer.media.allSatisfy { media in
            media.isRejected || media.hasSourceFeedback || !media.hasTransportWideFeedback
        }
    }
}
