/// Writes MP4 in fragments (ISO/IEC 14496-12 §8.8): what is on disk plays up to the last whole
/// fragment whenever the writing stops. At the end it puts the duration where room was left for it.
///
/// A fragment ends before each key frame of video, and when it has become too long or too large.
/// Each track has its own data in it, with the time of its first sample (`tfdt`); the last sample
/// of a track goes into the next fragment, since how long it is, is when the next one begins.
///
/// The file begins when all tracks of video have had a key frame, or 5 s after the first frame
/// without those that have had none.
public struct FragmentedMP4Writer: MediaFileWriter {
    /// What it can hold. There is no agreed form for VP8.
    public static let codecs: [MediaFileCodec] = [.vp9, .av1, .h264, .h265, .opus]

    /// How fragments are cut, and how long frames wait for those of other tracks.
    public struct Options: Sendable, Hashable {
        /// How long a fragment may become, 20 ms to 60 s.
        public var fragmentDuration: Duration = .seconds(1)
        /// How large a fragment may become, in bytes, at least 1000.
        public var fragmentSize = 5 << 20
        /// How long a track that is silent holds up the others, 0 to 10 s.
        public var reorderingWindow: Duration = .milliseconds(500)
        /// Whether parameter sets of H.264 and H.265 stay in the frames, and a key frame may have
        /// others than the first, as after a change of size (`avc3`, `hev1`). Else that is an error
        /// (``MediaFileError/formatChanged(track:)``), and ``RecordingFile`` begins another file.
        public var allowsFormatChange = false

        /// A fragment of 1 s or 5 MiB, half a second for late frames.
        public init() {}
    }

    private let maximumDuration: Duration
    private let maximumSize: Int
    private var input: MuxerInput
    private var head: MP4Head?
    private var fragments: [MP4Fragment]
    /// When the fragment began, and how large its data is.
    private var (start, size): (Duration?, Int) = (nil, 0)
    private var sequence: UInt32 = 0

    /// - Parameters:
    ///   - tracks: 1 to 64.
    ///   - options: how fragments are cut.
    /// - Throws: ``MediaFileError`` if there are none, too many, or one of a codec that MP4 has no
    ///   place for.
    public init(tracks: [MediaFileTrack], options: Options = Options()) throws(MediaFileError) {
        input = try MuxerInput(
            tracks: tracks, format: "MP4", codecs: Self.codecs, window: options.reorderingWindow,
            allowsFormatChange: options.allowsFormatChange)
        maximumDuration = min(.seconds(60), max(.milliseconds(20), options.fragmentDuration))
        maximumSize = max(1000, options.fragmentSize)
        fragments = tracks.map {
            MP4Fragment(timescale: $0.codec.isVideo ? MP4Head.videoTimescale : MP4Head.audioTimescale)
        }
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
        for index in fragments.indices { fragments[index].finish() }
        flush(to: &output.bytes)
        let ends = zip(input.tracks, fragments).map { $1.end - $0.delay }
        output.patches.append(head.patch(duration: ends.max() ?? .zero))
    }

    private mutating func drain(to output: inout MediaFileOutput) {
        while let sample = input.pop() {
            if head == nil {
                let head = MP4Head(
                    tracks: input.tracks, descriptions: input.descriptions, allowsFormatChange: input.allowsFormatChange
                )
                self.head = head
                output.bytes += head.bytes
            }
            let track = sample.track
            let time = fragments[track].end(before: sample)
            let begins = sample.isKeyFrame && input.tracks[track].codec.isVideo
            if let start, begins || sample.timestamp - start >= maximumDuration || size >= maximumSize {
                flush(to: &output.bytes)
            }
            if start == nil { start = sample.timestamp }
            size += sample.bytes.count
            fragments[track].add(sample, at: time)
        }
    }

    /// Writes what is complete as a moof and its mdat.
    private mutating func flush(to bytes: inout [UInt8]) {
        (start, size) = (nil, 0)
        let present = fragments.indices.filter { !fragments[$0].isEmpty }
        guard !present.isEmpty else { return }
        sequence &+= 1
        let moof = bytes.count
        var places: [Int] = []
        ISOBox.append("moof", to: &bytes) { bytes in
            ISOBox.append("mfhd", version: 0, flags: 0, to: &bytes) { $0.append(words: sequence) }
            for index in present { places.append(fragments[index].append(id: UInt32(index + 1), to: &bytes)) }
        }
        ISOBox.append("mdat", to: &bytes) { bytes in
            for (index, place) in zip(present, places) {
                ISOBox.set(UInt32(clamping: bytes.count - moof), at: place, in: &bytes)
                bytes += fragments[index].data
            }
        }
        for index in present { fragments[index].removeAll() }
    }
}
