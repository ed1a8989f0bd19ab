internal import SDP

// Whether a format of the peer's is a codec of ours, and what to answer.
extension CodecCapability {
    /// Whether both mean the same codec, so that one side can decode what the other encodes.
    func matches(_ format: RTPFormat) -> Bool {
        guard clockRate == format.clockRate, name == format.name || name.lowercased() == format.name.lowercased(),
            kind == .video || (channels ?? 1) == (format.channels ?? 1)
        else { return false }
        switch name {
        case "H264":
            if parameters == format.parameters { return true }
            guard let ours = H264Profile.read(parameters), let theirs = H264Profile.read(format.parameters) else {
                return false
            }
            return ours.isConstrained == theirs.isConstrained && ours.packetizationMode == theirs.packetizationMode
        // draft-ietf-payload-vp9 §6: without the parameter, profile 0.
        case "VP9": return (format["profile-id"] ?? "0") == "0"
        default: return true
        }
    }

    /// The answer to an offered format: its number, our parameters, the feedback that both know.
    func answer(to format: RTPFormat) -> RTPFormat {
        var answer = format
        answer.feedback = format.feedback.filter(feedback.contains)
        answer.parameters = parameters
        if name == "H264", let ours = H264Profile.read(parameters), let theirs = H264Profile.read(format.parameters) {
            answer.parameters = ours.answer(to: theirs)
        }
        return answer
    }
}
