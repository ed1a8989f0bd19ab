/// Writes WebM and Matroska (RFC 9559) as they are recorded: Segment and Clusters have unknown
/// lengths until they end, so that what is on disk plays whenever the writing stops. Each frame is
/// written as soon as it is in order.
///
/// A cluster begins with each key frame of video, and when one has become too long or too large.
/// Times are in milliseconds and do not go back within a track. The end adds Cues, and puts the
/// Duration and a SeekHead where room was left for them.
///
/// The file begins when all tracks of video have had a key frame, or 5 s after the first frame
/// without those that have had none.
public struct MatroskaWriter: MediaFileWriter {
    /// How clusters are cut, and how long frames wait for those of other tracks.
    public struct Options: Sendable, Hashable {
        /// How long a cluster may become, 100 ms to 30 s.
        public var clusterDuration: Duration = .seconds(2)
        /// How large a cluster may become, in bytes, at least 1000.
        public var clusterSize = 5 << 20
        /// How long a track that is silent holds up the others, 0 to 10 s.
        public var reorderingWindow: Duration = .milliseconds(500)
        /// Whether parameter sets of H.264 and H.265 stay in the frames, and a key frame may have
        /// others than the first, as after a change of size. Else that is an error
        /// (``MediaFileError/formatChanged(track:)``), and ``RecordingFile`` begins another file.
        public var allowsFormatChange = false

        /// A cluster of 2 s or 5 MiB, half a second for late frames.
        public init() {}
    }

    private let format: MatroskaFormat
    private let maximumDuration: Int64
    private let maximumSize: Int
    private var input: MuxerInput
    private var head: MatroskaHead?
    private var cues = MatroskaCues()
    /// How many bytes have been written.
    private var offset = 0
    /// When the file ends, in milliseconds.
    private var end: Int64 = 0
    private var cluster: Cluster?

    private struct Cluster: Sendable {
        let offset: Int
        let time: Int64
    }

    /// - Parameters:
    ///   - tracks: 1 to 64.
    ///   - format: WebM or Matroska; nil for WebM if it has a place for all codecs.
    ///   - options: how clusters are cut.
    /// - Throws: ``MediaFileError`` if there are none, too many, or one of a codec that the format
    ///   has no place for.
    public init(
        tracks: [MediaFileTrack], format: MatroskaFormat? = nil, options: Options = Options()
    ) throws(MediaFileError) {
        let isWebM = tracks.allSatisfy { MatroskaFormat.webM.codecs.contains($0.codec) }
        let format = format ?? (isWebM ? .webM : .matroska)
        self.format = format
        input = try MuxerInput(
            tracks: tracks, format: format == .webM ? "WebM" : "Matroska", codecs: format.codecs,
            window: options.reorderingWindow, allowsFormatChange: options.allowsFormatChange)
        maximumDuration = min(30_000, max(100, options.clusterDuration.ticks(per: 1000)))
        maximumSize = max(1000, options.clusterSize)
    }

    public mutating func append(
        _ frame: MediaFileFrame, to output: inout MediaFileOutput
    ) throws(MediaFileError) {
        try input.push(frame)
        drain(to: &output)
    }

    public var awaitedTracks: [Int] { input.awaitedTracks }

    public func canBegin(with frame: MediaFileFrame) -> Bool { input.canBegin(with: frame) }

    public mutating func finish(to output: inout MediaFileOutput) {
        guard !input.isFinished else { return }
        input.finish()
        drain(to: &output)
        guard let head else { return }
        endCluster(to: &output)
        var tail: [UInt8] = []
        let hasCues = !cues.isEmpty
        if hasCues { cues.append(to: &tail) }
        let place = offset
        offset += tail.count
        output.bytes += tail
        output.patches += head.patches(duration: end, cues: hasCues ? place : nil, end: offset)
    }

    private mutating func drain(to output: inout MediaFileOutput) {
        while let sample = input.pop() {
            if head == nil {
                let head = MatroskaHead(format: format, tracks: input.tracks, descriptions: input.descriptions)
                self.head = head
                offset += head.bytes.count
                output.bytes += head.bytes
            }
            write(sample, to: &output)
        }
    }

    private mutating func write(_ sample: MuxerInput.Sample, to output: inout MediaFileOutput) {
        let start = output.bytes.count
        let time = sample.timestamp.ticks(per: 1000)
        let isVideo = input.tracks[sample.track].codec.isVideo
        let begins = sample.isKeyFrame && isVideo
        if let cluster {
            // A block is at most 2^15 ms from its cluster, before or behind.
            let distance = time - cluster.time
            if begins || distance >= maximumDuration || distance < -30_000 || offset - cluster.offset >= maximumSize {
                endCluster(to: &output)
            }
        }
        if cluster == nil { beginCluster(time, sample, cues: begins || !input.hasVideo, to: &output.bytes) }
        let relative = Int16(clamping: time - (cluster?.time ?? time))
        if sample.padding > .zero {
            appendGroup(sample, relative, to: &output.bytes)
        } else {
            EBML.append(id: MatroskaID.simpleBlock, to: &output.bytes)
            EBML.append(size: sample.bytes.count + 4, to: &output.bytes)
            appendBlock(sample, relative, flags: sample.isKeyFrame ? 0x80 : 0, to: &output.bytes)
        }
        offset += output.bytes.count - start
        // What a decoder is late is not part of it.
        let length = (sample.duration ?? .zero) - sample.padding - input.tracks[sample.track].delay
        end = max(end, time + length.ticks(per: 1000))
    }

    /// The content of a Block (RFC 9559 §10.1), without lacing.
    private func appendBlock(_ sample: MuxerInput.Sample, _ relative: Int16, flags: UInt8, to bytes: inout [UInt8]) {
        bytes.append(0x80 | UInt8(sample.track + 1))
        bytes.append(big: relative)
        bytes.append(flags)
        bytes += sample.bytes
    }

    /// A block of which not all is to be heard.
    private func appendGroup(_ sample: MuxerInput.Sample, _ relative: Int16, to bytes: inout [UInt8]) {
        EBML.append(MatroskaID.blockGroup, to: &bytes) { group in
            EBML.append(id: MatroskaID.block, to: &group)
            EBML.append(size: sample.bytes.count + 4, to: &group)
            appendBlock(sample, relative, flags: 0, to: &group)
            let duration = (sample.duration ?? .zero) - sample.padding
            EBML.append(MatroskaID.blockDuration, unsigned: UInt64(max(0, duration.ticks(per: 1000))), to: &group)
            // A signed number: the first bit is no part of it.
            var padding: [UInt8] = []
            padding.append(big: sample.padding.ticks(per: 1_000_000_000))
            EBML.append(MatroskaID.discardPadding, padding, to: &group)
        }
    }

    private mutating func beginCluster(
        _ time: Int64, _ sample: MuxerInput.Sample, cues isCue: Bool, to bytes: inout [UInt8]
    ) {
        cluster = Cluster(offset: offset, time: time)
        if isCue, let head { cues.note(time: time, track: sample.track, cluster: offset - head.segmentStart) }
        EBML.append(id: MatroskaID.cluster, to: &bytes)
        bytes += EBML.unknownSize
        EBML.append(MatroskaID.timestamp, unsigned: UInt64(time), to: &bytes)
    }

    /// Its length is known now.
    private mutating func endCluster(to output: inout MediaFileOutput) {
        guard let cluster else { return }
        self.cluster = nil
        var size: [UInt8] = []
        EBML.append(size: offset - cluster.offset - 12, width: 8, to: &size)
        output.patches.append(MediaFilePatch(offset: cluster.offset + 4, bytes: size))
    }
}
