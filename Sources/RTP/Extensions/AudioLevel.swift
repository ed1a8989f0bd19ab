/// How loud the sound of a packet is (RFC 6464 §3).
public struct AudioLevel: RTPExtensionValue {
    public static let uri = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
    /// In dB below the loudest, 0 to 127; 127 is silence.
    public var decibelsBelowFull: UInt8
    /// Whether the sender hears a voice in it; without `vad=on` in the description it says nothing.
    public var isVoice: Bool

    /// Makes one; what is above 127 is silence.
    public init(decibelsBelowFull: UInt8, isVoice: Bool) {
        self.decibelsBelowFull = min(decibelsBelowFull, 127)
        self.isVoice = isVoice
    }

    /// The one-byte form has one byte, the two-byte form may have more, which mean nothing yet.
    public init?(_ value: Span<UInt8>) {
        guard let byte = value.isEmpty ? nil : value[0] else { return nil }
        self.init(decibelsBelowFull: byte & 0x7F, isVoice: byte & 0x80 != 0)
    }

    public var bytes: [UInt8] { [(isVoice ? 0x80 : 0) | min(decibelsBelowFull, 127)] }
}
