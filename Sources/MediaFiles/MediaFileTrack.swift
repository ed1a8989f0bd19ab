/// What a file that is written holds of one source.
///
/// The size of pictures and what else a decoder has to know is taken from the first key frame.
public struct MediaFileTrack: Sendable, Hashable {
    /// What its frames are made with.
    public var codec: MediaFileCodec
    /// How many channels of audio, 1 or 2.
    public var channels: Int
    /// Samples of audio a second. For Opus this is what was recorded, and only for show: its own
    /// clock is 48000 (RFC 7845 §5.1).
    public var sampleRate: Int
    /// How many samples at 48 kHz a decoder of Opus makes that nobody is to hear, at the beginning
    /// (RFC 7845 §4.2). libopus is 312 samples late.
    public var preSkip: Int
    /// By how many degrees a player turns pictures clockwise: 0, 90, 180 or 270.
    public var rotation = 0
    /// What a player calls it; nil for nothing.
    public var name: String?

    /// A track of video.
    ///
    /// - Parameters:
    ///   - codec: which.
    ///   - rotation: by how many degrees pictures are turned clockwise, taken to the next quarter
    ///     below.
    ///   - name: what a player calls it.
    public static func video(_ codec: MediaFileCodec, rotation: Int = 0, name: String? = nil) -> Self {
        Self(
            codec: codec, channels: 0, sampleRate: 0, preSkip: 0, rotation: ((rotation % 360 + 360) % 360) / 90 * 90,
            name: name)
    }

    /// A track of audio.
    ///
    /// - Parameters:
    ///   - codec: which.
    ///   - channels: 1 or 2.
    ///   - sampleRate: samples a second, 1 to 192000; nil for 48000, or 8000 for PCMU and PCMA.
    ///   - preSkip: samples of Opus at 48 kHz that nobody is to hear, 0 to 65535.
    ///   - name: what a player calls it.
    public static func audio(
        _ codec: MediaFileCodec, channels: Int = 1, sampleRate: Int? = nil, preSkip: Int = 312, name: String? = nil
    ) -> Self {
        let rate = sampleRate ?? (codec == .opus ? 48000 : 8000)
        return Self(
            codec: codec, channels: min(2, max(1, channels)), sampleRate: min(192_000, max(1, rate)),
            preSkip: codec == .opus ? min(0xFFFF, max(0, preSkip)) : 0, name: name)
    }

    /// By how much a decoder's audio is later than its frames.
    var delay: Duration { Duration(ticks: Int64(preSkip), per: 48000) ?? .zero }
}
