internal import SDP

/// Which way media goes, seen from this side. W3C `RTCRtpTransceiverDirection`.
public enum TransceiverDirection: String, Sendable, Hashable, Codable, CaseIterable {
    /// This side sends and receives.
    case sendrecv
    /// This side sends.
    case sendonly
    /// This side receives.
    case recvonly
    /// Nothing goes either way, for the time being.
    case inactive
    /// The transceiver is over. Nobody can ask for it but with `stop()`.
    case stopped

    /// Whether this side sends.
    package var sends: Bool { self == .sendrecv || self == .sendonly }
    /// Whether this side receives.
    package var receives: Bool { self == .sendrecv || self == .recvonly }

    package init(sends: Bool, receives: Bool) {
        self =
            switch (sends, receives) {
            case (true, true): .sendrecv
            case (true, false): .sendonly
            case (false, true): .recvonly
            case (false, false): .inactive
            }
    }

    init(_ direction: MediaDirection) {
        self.init(
            sends: direction == .sendrecv || direction == .sendonly,
            receives: direction == .sendrecv || direction == .recvonly)
    }

    /// As the other side sees it.
    package var reversed: Self { Self(sends: receives, receives: sends) }

    /// What both allow.
    package func intersection(_ other: Self) -> Self {
        Self(sends: sends && other.sends, receives: receives && other.receives)
    }

    /// As a description has it.
    var attribute: MediaDirection {
        switch self {
        case .sendrecv: .sendrecv
        case .sendonly: .sendonly
        case .recvonly: .recvonly
        case .inactive, .stopped: .inactive
        }
    }
}
