internal import RTP

/// What a section's sender keeps from frame to frame.
struct LaneSending {
    /// What cuts the frames of a stream, and of which codec: the last one that was used.
    struct Cutter {
        var codec: String
        var format: RTPFormatParameters
        var cut: any RTPPayloadFormat
        /// What both ends like best.
        var preferred: RTPFormatParameters?
        /// What its frames go in, where both ends like that best.
        var redundancy: (red: RTPFormatParameters, writer: RedundantAudioWriter)?
    }

    /// When more goes of what waits; nil if nothing does.
    var nextTurn: Duration?
    /// By source.
    var cutters: [UInt32: Cutter] = [:]
    /// How the numbers of packets that come from elsewhere become ours, by source of ours.
    var offsets: [UInt32: PacketOffsets] = [:]
    /// Frames and packets of a codec that the peer does not have.
    var withoutCodec: UInt64 = 0
    /// The last such codec.
    var missingCodec: String?
    /// Frames that were none of their codec.
    var malformed: UInt64 = 0
}
