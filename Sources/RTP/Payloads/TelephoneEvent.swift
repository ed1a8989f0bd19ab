/// A key of a telephone, or another of its signals, as a payload (RFC 4733 §2.3): what there is of
/// it until now.
///
/// All packets of an event have the timestamp of its beginning; each says how long it has lasted.
public struct TelephoneEvent: Sendable, Hashable {
    /// The bytes of one.
    public static let size = 4
    /// The longest that an event, or a part of one, can be, in units of the clock.
    public static let maximumDuration: UInt16 = 0xFFFF

    /// 0 to 9 for the digits, 10 for `*`, 11 for `#`, 12 to 15 for A to D; more for other signals
    /// (§3.2).
    public var event: UInt8
    /// Whether it is over.
    public var isEnd: Bool
    /// In dB below the loudest, 0 to 63.
    public var volume: UInt8
    /// Since the timestamp, in units of the clock.
    public var duration: UInt16

    /// Makes one; a volume above 63 is that.
    public init(event: UInt8, isEnd: Bool, volume: UInt8 = 10, duration: UInt16) {
        self.event = event
        self.isEnd = isEnd
        self.volume = min(volume, 63)
        self.duration = duration
    }

    /// Reads one of a payload's, which may have several that followed each other (§2.5.1.5).
    ///
    /// - Parameters:
    ///   - payload: four bytes for each.
    ///   - index: which of them.
    /// - Throws: ``RTPError`` if the payload ends before.
    public init(_ payload: Span<UInt8>, at index: Int = 0) throws(RTPError) {
        let count = payload.count / Self.size
        guard index >= 0, index < count else {
            throw .truncated(field: "a telephone event", needed: Self.size, available: payload.count)
        }
        let place = index * Self.size
        event = payload[place]
        isEnd = payload[place + 1] & 0x80 != 0
        volume = payload[place + 1] & 0x3F
        duration = payload.uint16(at: place + 2)
    }

    /// Its bytes.
    public var bytes: [UInt8] {
        [
            event, (isEnd ? 0x80 : 0) | min(volume, 63), UInt8(truncatingIfNeeded: duration >> 8),
            UInt8(truncatingIfNeeded: duration),
        ]
    }

    /// The key of a telephone that it stands for; nil if it is another signal.
    public var tone: Character? {
        event < 16 ? Character(UnicodeScalar(Self.tones[Int(event)])) : nil
    }

    /// In the order of their numbers.
    static let tones = Array("0123456789*#ABCD".utf8)
}
