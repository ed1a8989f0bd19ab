internal import JSEP
internal import SCTP

extension PeerConnection.Configuration {
    /// What the association is made with; the ports are set where they are known.
    var sctpConfiguration: SCTPConfiguration {
        var result = SCTPConfiguration()
        result.maxMessageSize = maxMessageSize
        result.sendBufferBytes = sctp.sendBuffer
        result.receiveBufferBytes = sctp.receiveBuffer
        result.initialWindow = sctp.initialWindow
        result.maximumBurst = sctp.maximumBurst
        result.acknowledgementDelay = sctp.acknowledgementDelay
        result.retransmissionTimeout = sctp.retransmissionTimeout
        result.congestionControl =
            switch sctp.congestionControl {
            case .delay: .delay
            case .standard: .standard
            case .highSpeed: .highSpeed
            }
        return result
    }

    /// Says which of the settings of SCTP is out of its range.
    func validateSCTP() throws(WebRTCError) {
        try check(sctp.sendBuffer, in: (64 << 10)...(256 << 20), name: "sctp.sendBuffer")
        try check(sctp.receiveBuffer, in: (64 << 10)...(256 << 20), name: "sctp.receiveBuffer")
        try check(sctp.initialWindow, in: 1...64, name: "sctp.initialWindow")
        try check(sctp.maximumBurst, in: 4...4096, name: "sctp.maximumBurst")
        if sctp.acknowledgementDelay < .milliseconds(1) || sctp.acknowledgementDelay > .milliseconds(500) {
            throw WebRTCError(
                .range,
                "sctp.acknowledgementDelay is \(sctp.acknowledgementDelay); RFC 9260 §6.2 allows up to 500 ms, and 1 ms is the least"
            )
        }
        let timeout = sctp.retransmissionTimeout
        if timeout.lowerBound < .milliseconds(50) || timeout.upperBound > .seconds(60) {
            throw WebRTCError(.range, "sctp.retransmissionTimeout is \(timeout); 50 ms to 60 s are possible")
        }
    }
}
