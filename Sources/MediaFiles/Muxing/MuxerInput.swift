internal import RTP

/// Frames of several tracks on their way into a file: as the file holds them, in the order of their
/// times, and none before all tracks are described.
///
/// What it holds is bounded in time and in bytes, whatever the tracks do.
struct MuxerInput: Sendable {
    /// A frame as the file holds it.
    struct Sample: Sendable {
        var track: Int
        var bytes: [UInt8]
        /// From the beginning of the file, with what a decoder is late.
        var timestamp: Duration
        /// If the codec or the application says so.
        var duration: Duration?
        /// What nobody is to hear at the end.
        var padding: Duration
        var isKeyFrame: Bool
    }

    private struct Queue: Sendable {
        var samples: [Sample] = []
        var start = 0
        var last: Duration?
        var first: Sample? { start < samples.count ? samples[start] : nil }

        mutating func pop() {
            start += 1
            if start > 32, start * 2 > samples.count {
                samples.removeFirst(start)
                start = 0
            }
        }
    }

    /// How long it waits for the first key frame of each track before the file begins without it.
    static let patience: Duration = .seconds(5)
    /// How many bytes it holds at most, beside the last frame.
    static let maximumSize = 32 << 20
    /// What a frame takes beside its bytes, so that many small ones are bounded as well.
    private static let overhead = 128
    static let maximumFrameSize = 1 << 28

    let tracks: [MediaFileTrack]
    /// Nil for those that are not in the file, once it has begun.
    private(set) var descriptions: [TrackDescription?]
    private(set) var hasBegun = false
    private let window: Duration
    /// Of each track, whether its parameter sets stay in the frames: others than those of the
    /// record have been seen, or may be.
    private var keepsSets: [Bool]
    let allowsFormatChange: Bool
    private var parameterSets: [ParameterSets]
    private var queues: [Queue]
    private var size = 0
    private(set) var isFinished = false
    /// The time of the frame that the file begins with.
    private var base: Duration?
    private var (oldest, newest): (Duration?, Duration?)

    /// - Parameters:
    ///   - tracks: 1 to 64.
    ///   - format: what it is called.
    ///   - codecs: what it has a place for.
    ///   - window: how long a track that is silent holds up the others.
    ///   - allowsFormatChange: whether key frames may need another description than the first.
    init(
        tracks: [MediaFileTrack], format: String, codecs: [MediaFileCodec], window: Duration,
        allowsFormatChange: Bool
    ) throws(MediaFileError) {
        guard (1...64).contains(tracks.count) else {
            throw .outOfRange(field: "the number of tracks", value: tracks.count, allowed: 1...64)
        }
        for track in tracks where !codecs.contains(track.codec) {
            throw .codec(track.codec, format: format, allowed: codecs)
        }
        self.tracks = tracks
        self.window = min(.seconds(10), max(.zero, window))
        self.allowsFormatChange = allowsFormatChange
        keepsSets = tracks.map { _ in allowsFormatChange }
        descriptions = tracks.map { $0.codec.isVideo ? nil : .audio }
        parameterSets = tracks.map { _ in ParameterSets() }
        queues = tracks.map { _ in Queue() }
    }

    /// Those that the file waits for.
    var awaitedTracks: [Int] { hasBegun ? [] : descriptions.indices.filter { descriptions[$0] == nil } }

    var hasVideo: Bool { tracks.contains { $0.codec.isVideo } }

    func canBegin(with frame: MediaFileFrame) -> Bool {
        tracks.indices.contains(frame.track) && frame.isKeyFrame && (!hasVideo || tracks[frame.track].codec.isVideo)
    }

    /// Takes a frame. Frames of video before its first key frame are left out.
    mutating func push(_ frame: MediaFileFrame) throws(MediaFileError) {
        guard !isFinished else { throw .finished }
        guard tracks.indices.contains(frame.track) else { throw .noSuchTrack(frame.track, count: tracks.count) }
        guard (1...Self.maximumFrameSize).contains(frame.bytes.count) else {
            throw .outOfRange(
                field: "the length of a frame", value: frame.bytes.count, allowed: 1...Self.maximumFrameSize)
        }
        let codec = tracks[frame.track].codec
        guard let bytes = try codec.isVideo ? video(frame) : frame.bytes, !bytes.isEmpty else { return }
        // Before the file begins, times may still turn out to be earlier than the first.
        let delay = tracks[frame.track].delay
        var time = frame.timestamp + delay
        if let base { time = max(time, base) }
        time = max(time, queues[frame.track].last ?? time)
        queues[frame.track].last = time
        let coded = Self.duration(of: frame.bytes, tracks[frame.track])
        let duration = coded ?? frame.duration.map { max(.zero, $0) }
        let padding =
            if let coded, let wanted = frame.duration { max(.zero, coded - max(.zero, wanted)) } else { Duration.zero }
        queues[frame.track].samples.append(
            Sample(
                track: frame.track, bytes: bytes, timestamp: time, duration: duration,
                padding: padding > .milliseconds(1) ? padding : .zero, isKeyFrame: frame.isKeyFrame))
        size += bytes.count + Self.overhead
        (oldest, newest) = (min(oldest ?? time, time), max(newest ?? time, time))
        if !hasBegun { beginIfReady() }
    }

    /// The next frame in the order of times, or nil until more have come.
    mutating func pop() -> Sample? {
        guard hasBegun, let base else { return nil }
        var (first, isMissing): (Sample?, Bool) = (nil, false)
        for (index, queue) in queues.enumerated() where descriptions[index] != nil {
            guard let candidate = queue.first else {
                isMissing = true
                continue
            }
            if first.map({ candidate.timestamp < $0.timestamp }) ?? true { first = candidate }
        }
        guard var sample = first else { return nil }
        guard !isMissing || isFinished || size > Self.maximumSize || (newest ?? base) - sample.timestamp >= window
        else { return nil }
        queues[sample.track].pop()
        size -= sample.bytes.count + Self.overhead
        sample.timestamp -= base
        return sample
    }

    /// Nothing more comes: what is held can be pulled.
    mutating func finish() {
        isFinished = true
        begin()
    }

    /// As the file holds it; nil for one that is left out.
    private mutating func video(_ frame: MediaFileFrame) throws(MediaFileError) -> [UInt8]? {
        let (track, codec) = (frame.track, tracks[frame.track].codec)
        let units = codec == .h264 || codec == .h265 ? NALUnits.ranges(in: frame.bytes) : []
        if codec == .h264 || codec == .h265 {
            guard !units.isEmpty else {
                throw .malformed(field: "a frame of \(codec)", at: 0, problem: "it has no start code, or no unit")
            }
        }
        if let description = descriptions[track] {
            if !allowsFormatChange, !Self.matches(frame.bytes, units, description, codec) {
                guard !frame.isKeyFrame else { throw .formatChanged(track: track) }
                // From here on a decoder has to be told of the old ones again, too.
                keepsSets[track] = true
            }
            return sample(frame.bytes, units, description, track)
        }
        guard !hasBegun else {
            guard !frame.isKeyFrame else { throw .leftOut(track: track) }
            return nil
        }
        parameterSets[track].note(units, in: frame.bytes, codec: codec)
        guard frame.isKeyFrame,
            let description = TrackDescription(
                keyFrame: frame.bytes, codec: codec, parameterSets: parameterSets[track])
        else { return nil }
        descriptions[track] = description
        return sample(frame.bytes, units, description, track)
    }

    /// Whether a frame can be decoded with what stands at the beginning of the file.
    private static func matches(
        _ bytes: [UInt8], _ units: [Range<Int>], _ description: TrackDescription, _ codec: MediaFileCodec
    ) -> Bool {
        switch codec {
        case .h264, .h265:
            units.allSatisfy {
                guard case .parameterSet = NALUnits.kind(of: $0, in: bytes, codec: codec) else { return true }
                return description.parameterSets.has(bytes[$0])
            }
        case .av1:
            // One without a header goes on with the sequence.
            AV1SequenceHeader(temporalUnit: bytes).map { $0.unit == description.sequenceHeader } ?? true
        default: true
        }
    }

    /// H.264 and H.265 with the length in front of each unit, and without those that stand in the
    /// record and delimiters (ISO/IEC 14496-15 §5.3.2, §8.3.2); AV1 without delimiters (AV1 in ISO
    /// BMFF §2.4).
    private func sample(
        _ bytes: [UInt8], _ units: [Range<Int>], _ description: TrackDescription, _ track: Int
    ) -> [UInt8] {
        let codec = tracks[track].codec
        var sample: [UInt8] = []
        switch codec {
        case .h264, .h265:
            sample.reserveCapacity(bytes.count + units.count)
            for unit in units {
                switch NALUnits.kind(of: unit, in: bytes, codec: codec) {
                case .delimiter: continue
                case .parameterSet where !keepsSets[track] && description.parameterSets.has(bytes[unit]): continue
                default: break
                }
                sample.append(big: UInt32(clamping: unit.count))
                sample += bytes[unit]
            }
        case .av1:
            guard bytes.first.map({ $0 >> 3 & 0x0F }) == AV1Units.temporalDelimiter else { return bytes }
            AV1Units.forEach(in: bytes) { unit in
                if unit.type != AV1Units.temporalDelimiter { sample += bytes[unit.range] }
                return true
            }
        default: return bytes
        }
        return sample
    }

    private static func duration(of bytes: [UInt8], _ track: MediaFileTrack) -> Duration? {
        switch track.codec {
        case .opus: OpusFormat.sampleCount(of: bytes.span).flatMap { Duration(ticks: Int64($0), per: 48000) }
        case .pcmu, .pcma: Duration(ticks: Int64(bytes.count / track.channels), per: Int64(track.sampleRate))
        default: nil
        }
    }

    private mutating func beginIfReady() {
        let waited = (newest ?? .zero) - (oldest ?? .zero)
        guard
            descriptions.allSatisfy({ $0 != nil }) && queues.allSatisfy({ $0.first != nil })
                || waited >= Self.patience || size > Self.maximumSize || tracks.count == 1
                || descriptions.allSatisfy({ $0 != nil }) && waited >= window
        else { return }
        begin()
    }

    private mutating func begin() {
        guard !hasBegun else { return }
        base = queues.compactMap { $0.first?.timestamp }.min()
        hasBegun = base != nil
    }
}
