internal import CUSRSCTP

extension NativeSocket {
    /// The handshake is over: from here on bursts may be longer than the initial window.
    func allowBursts() {
        _ = set(SCTP_MAX_BURST, value(UInt32(clamping: configuration.maximumBurst)))
    }

    /// Says how many bytes may be under way: `window` now, and up to `limit` with what is
    /// acknowledged; and how many packets may leave at once.
    ///
    /// usrsctp has no option for that, but one for the control module, which starts anew when it is
    /// chosen, with a window that is the smaller of a number for the process, here out of reach,
    /// and the association's longest burst.
    func setWindow(_ window: Int, limit: Int, burst: Int) {
        let payload = packetSize - 12
        _ = set(SCTP_MAX_CWND, value(UInt32(clamping: limit)))
        _ = set(SCTP_MAX_BURST, value(UInt32(clamping: (window + payload - 1) / payload)))
        _ = set(RTC_SCTP_PLUGGABLE_CC, value(UInt32(SCTP_CC_RFC2581)))
        _ = set(SCTP_MAX_BURST, value(UInt32(clamping: burst)))
    }

    /// Which of usrsctp's modules does the counting.
    var congestionModule: UInt32 {
        switch configuration.congestionControl {
        case .delay, .standard: UInt32(SCTP_CC_RFC2581)
        case .highSpeed: UInt32(SCTP_CC_HSTCP)
        }
    }

    func value(_ number: UInt32) -> sctp_assoc_value {
        sctp_assoc_value(assoc_id: sctp_assoc_t(SCTP_FUTURE_ASSOC), assoc_value: number)
    }
}
