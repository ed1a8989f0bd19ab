internal import RTP

/// Reads Opus in Ogg (RFC 7845).
///
/// Pages that are damaged are left out, and it goes on behind them: times are right again with the
/// next page that is whole. Streams one behind the other (§3 calls them chained) are one behind the
/// other in time. Of streams at once, the first of Opus is read.
public struct OggOpusReader: MediaFileReader {
    /// Packets that are larger are left out, and comments that are larger are not kept.
    public static let maximumPacketSize = 1 << 20
    /// Larger positions are of no real stream: 23,000 years.
    private static let maximumGranule: Int64 = 1 << 55
    /// Of the stream that is read, once it has been.
    public private(set) var head: OpusHead?
    /// Of the stream that is read, once they have been.
    public private(set) var tags: OpusTags?
    /// How many streams have begun.
    public private(set) var linkCount = 0
    /// How many bytes were of no page, or of one that is damaged.
    public var skippedCount: Int { pages.skippedCount }

    private var pages = OggPageReader()
    private var joiner: OggPacketJoiner?
    private var hasAudio = false
    /// Where the next packet begins, in samples from the beginning of the stream.
    private var position: Int64?
    /// When the stream begins, and ends as far as it has been read.
    private var (start, end) = (Duration.zero, Duration.zero)
    /// The frames of the last page, in their reverse order.
    private var frames: [MediaFileFrame] = []

    /// There is nothing to choose.
    public init() {}

    public mutating func push(_ bytes: Span<UInt8>) throws(MediaFileError) { try pages.push(bytes) }

    public mutating func finish() { pages.finish() }

    /// - Throws: ``MediaFileError/malformed(field:at:problem:)`` for a stream whose header is whole
    ///   and not of Opus as RFC 7845 knows it. The place is one in the packet.
    public mutating func next() throws(MediaFileError) -> MediaFileFrame? {
        while frames.isEmpty {
            guard let page = pages.next() else { return nil }
            try read(page)
        }
        return frames.popLast()
    }

    private mutating func read(_ page: OggPage) throws(MediaFileError) {
        if page.flags & OggPage.isFirst != 0, page.body.has("OpusHead", at: 0), joiner == nil || hasAudio {
            head = try OpusHead(parsing: page.body)
            tags = nil
            hasAudio = false
            position = nil
            // However many streams there are, what is added to it stays a time.
            start = min(end, .seconds(1 << 40))
            linkCount += 1
            var joiner = OggPacketJoiner(serial: page.serial, maximumPacketSize: Self.maximumPacketSize)
            _ = joiner.packets(of: page)
            self.joiner = joiner
            return
        }
        guard page.serial == joiner?.serial, let head, let (packets, hasGap) = joiner?.packets(of: page) else { return }
        var audio = packets[...]
        if !hasAudio {
            if let first = audio.first, first.has("OpusTags", at: 0) {
                tags = try? OpusTags(parsing: first)
                audio.removeFirst()
            }
            // A comment of many pages ends none before its last.
            guard !audio.isEmpty else { return }
            hasAudio = true
        }
        read(audio, of: page, afterGap: hasGap, preSkip: Int64(head.preSkip))
    }

    private mutating func read(
        _ packets: ArraySlice<[UInt8]>, of page: OggPage, afterGap hasGap: Bool, preSkip: Int64
    ) {
        let counted = packets.compactMap { packet in
            OpusFormat.sampleCount(of: packet.span).map { (packet, Int64($0)) }
        }
        let sum = counted.reduce(0) { $0 + $1.1 }
        let isLast = page.flags & OggPage.isLast != 0
        let granule = (0...Self.maximumGranule).contains(page.granule) ? page.granule : nil
        var place = position ?? 0
        if let granule, granule - sum > place, !isLast || hasGap || position == nil {
            // The first page may begin anywhere, and so may one behind a gap (§4.1, §4.3).
            place = granule - sum
        }
        var pageFrames: [MediaFileFrame] = []
        for (packet, samples) in counted {
            var heard = samples
            // The last page may say that the end of its packets is not to be heard (§4.4).
            if isLast, let granule { heard = min(samples, max(0, granule - place)) }
            let timestamp = start + (Duration(ticks: place - preSkip, per: 48000) ?? .zero)
            let duration = Duration(ticks: heard, per: 48000) ?? .zero
            end = max(end, timestamp + duration)
            pageFrames.append(MediaFileFrame(bytes: packet, timestamp: timestamp, duration: duration))
            place += samples
        }
        position = place
        frames = pageFrames.reversed()
    }
}
