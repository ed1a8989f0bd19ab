/// The type of an RTCP packet (IANA, RTCP Control Packet Types).
public struct RTCPType: RawRepresentable, Sendable, Hashable {
    /// The number in the packet.
    public let rawValue: UInt8

    /// Any number.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// SR (RFC 3550 §6.4.1).
    public static let senderReport = RTCPType(rawValue: 200)
    /// RR (RFC 3550 §6.4.2).
    public static let receiverReport = RTCPType(rawValue: 201)
    /// SDES (RFC 3550 §6.5).
    public static let sourceDescription = RTCPType(rawValue: 202)
    /// BYE (RFC 3550 §6.6).
    public static let goodbye = RTCPType(rawValue: 203)
    /// APP (RFC 3550 §6.7).
    public static let application = RTCPType(rawValue: 204)
    /// RTPFB (RFC 4585 §6.2).
    public static let transportFeedback = RTCPType(rawValue: 205)
    /// PSFB (RFC 4585 §6.3).
    public static let payloadFeedback = RTCPType(rawValue: 206)
    /// XR (RFC 3611).
    public static let extendedReport = RTCPType(rawValue: 207)
}
