internal import JSEP

/// W3C `RTCPriorityType`, with the values of RFC 8831 §6.4.
public enum DataChannelPriority: UInt16, Sendable, Hashable, CaseIterable {
    /// Below what is usual.
    case veryLow = 128
    /// What is usual, and the default.
    case low = 256
    /// Above what is usual.
    case medium = 512
    /// First of all.
    case high = 1024

    /// The nearest named priority for a number on the wire.
    init(wireValue: UInt16) {
        switch wireValue {
        case ...128: self = .veryLow
        case 129...256: self = .low
        case 257...512: self = .medium
        default: self = .high
        }
    }
}
