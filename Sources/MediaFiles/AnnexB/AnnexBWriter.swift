/// Writes a stream of H.264 or H.265 with start codes (Annex B of either): access unit behind
/// access unit. It begins with the first key frame; frames before that are left out.
///
/// A key frame that comes without parameter sets gets those that were seen last, so that a player
/// can begin at each key frame.
public struct AnnexBWriter: MediaFileWriter {
    /// What it can hold.
    public static let codecs: [MediaFileCodec] = [.h264, .h265]
    private let codec: MediaFileCodec
    private let addsDelimiters: Bool
    private var parameterSets = ParameterSets()
    private var hasBegun = false
    private var isFinished = false

    /// - Parameters:
    ///   - codec: H.264 or H.265.
    ///   - addsDelimiters: whether an access unit that does not begin with a delimiter gets one
    ///     (H.264 §7.3.2.4, H.265 §7.3.2.5): then a reader knows its end without a look at the next
    ///     slice.
    /// - Throws: ``MediaFileError/codec(_:format:allowed:)`` for another codec.
    public init(codec: MediaFileCodec, addsDelimiters: Bool = false) throws(MediaFileError) {
        guard Self.codecs.contains(codec) else { throw .codec(codec, format: "Annex B", allowed: Self.codecs) }
        self.codec = codec
        self.addsDelimiters = addsDelimiters
    }

    /// - Throws: ``MediaFileError/malformed(field:at:problem:)`` for a frame without a start code.
    public mutating func append(
        _ frame: MediaFileFrame, to output: inout MediaFileOutput
    ) throws(MediaFileError) {
        guard !isFinished else { throw .finished }
        guard frame.track == 0 else { throw .noSuchTrack(frame.track, count: 1) }
        let units = NALUnits.ranges(in: frame.bytes)
        guard let first = units.first else {
            throw .malformed(field: "a frame of \(codec)", at: 0, problem: "it has no start code, or no unit")
        }
        let hasSets = parameterSets.note(units, in: frame.bytes, codec: codec)
        guard hasBegun || frame.isKeyFrame else { return }
        hasBegun = true
        var start = 0
        if case .delimiter = NALUnits.kind(of: first, in: frame.bytes, codec: codec) {
            // It stays in front of the parameter sets that are added.
            start = units.count > 1 ? first.upperBound : 0
            output.bytes += frame.bytes[..<start]
        } else if addsDelimiters {
            // Any kind of slice may follow (H.264 table 7-5, H.265 table 7-2).
            output.bytes += codec == .h264 ? [0, 0, 0, 1, 0x09, 0xF0] : [0, 0, 0, 1, 0x46, 0x01, 0x50]
        }
        if frame.isKeyFrame, !hasSets {
            for set in parameterSets.all { output.bytes += [0, 0, 0, 1] + set }
        }
        output.bytes += frame.bytes[start...]
    }

    public var awaitedTracks: [Int] { hasBegun ? [] : [0] }

    public func canBegin(with frame: MediaFileFrame) -> Bool { frame.isKeyFrame }

    public mutating func finish(to output: inout MediaFileOutput) { isFinished = true }
}
