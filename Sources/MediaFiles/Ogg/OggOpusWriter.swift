internal import RTP

/// Writes Opus in Ogg (RFC 7845), one or two channels.
///
/// Where frames are missing it writes packets of two bytes that ask a decoder to conceal the loss
/// (§4.1), so that what is behind is heard at its time. A page is written when it is as long as
/// wanted, and what is on disk is read up to the last whole page.
public struct OggOpusWriter: MediaFileWriter {
    /// A longer gap becomes one of this length.
    public static let maximumGap: Duration = .seconds(600)
    /// What is read elsewhere as well (§6).
    public static let maximumPacketSize = 61440
    /// Shorter ones are inaccuracies of somebody's clock: 5 ms, in samples.
    private static let minimumGap: Int64 = 240
    private let head: OpusHead
    private let tags: OpusTags
    private let pageSamples: Int64
    private let serial: UInt32
    private var page: OggPage
    /// Where the first packet of the page begins, and the next one.
    private var (pageStart, position): (Int64, Int64) = (0, 0)
    private var first: Duration?
    /// Samples at the end of the last packet that nobody is to hear.
    private var trimmed: Int64 = 0
    private var isFinished = false

    /// - Parameters:
    ///   - head: what a decoder has to know; of mapping family 0.
    ///   - tags: what is said of the stream.
    ///   - pageDuration: how much a page holds, 20 ms to 1 s (§4 advises against more).
    ///   - serial: the number of the stream; two in a chain have different ones.
    public init(
        head: OpusHead = OpusHead(channels: 2), tags: OpusTags = OpusTags(), pageDuration: Duration = .seconds(1),
        serial: UInt32 = .random(in: 0 ... .max)
    ) {
        self.head = head
        self.tags = tags
        self.serial = serial
        pageSamples = min(48000, max(960, pageDuration.ticks(per: 48000)))
        page = OggPage(flags: OggPage.isFirst, granule: 0, serial: serial, sequence: 0, lacing: [], body: [])
    }

    /// Times begin with the first frame, which is at the time of the pre-skip below 0. A duration
    /// that is shorter than the packet is kept for the last one.
    ///
    /// - Throws: ``MediaFileError/malformed(field:at:problem:)`` for what is no packet of Opus (RFC
    ///   6716 §3.1), ``MediaFileError/outOfRange(field:value:allowed:)`` for one that is too large.
    public mutating func append(
        _ frame: MediaFileFrame, to output: inout MediaFileOutput
    ) throws(MediaFileError) {
        guard !isFinished else { throw .finished }
        guard frame.track == 0 else { throw .noSuchTrack(frame.track, count: 1) }
        guard let count = OpusFormat.sampleCount(of: frame.bytes.span) else {
            throw .malformed(field: "a packet of Opus", at: 0, problem: "it ends early, or has more than 120 ms")
        }
        guard frame.bytes.count <= Self.maximumPacketSize else {
            throw .outOfRange(
                field: "the length of a packet of Opus", value: frame.bytes.count, allowed: 1...Self.maximumPacketSize)
        }
        if let first {
            conceal(until: (frame.timestamp - first).ticks(per: 48000), like: frame.bytes[0], to: &output.bytes)
        } else {
            first = frame.timestamp
            writeHeaders(to: &output.bytes)
        }
        let samples = Int64(count)
        add(frame.bytes[...], samples: samples, to: &output.bytes)
        trimmed = frame.duration.map { max(0, samples - max(0, $0.ticks(per: 48000))) } ?? 0
    }

    public var awaitedTracks: [Int] { [] }

    public func canBegin(with frame: MediaFileFrame) -> Bool { true }

    public mutating func finish(to output: inout MediaFileOutput) {
        guard !isFinished, first != nil else { return }
        isFinished = true
        position -= trimmed
        flush(isLast: true, to: &output.bytes)
    }

    private mutating func writeHeaders(to bytes: inout [UInt8]) {
        add(head.bytes[...], samples: 0, to: &bytes)
        flush(isLast: false, to: &bytes)
        add(tags.bytes[...], samples: 0, to: &bytes)
        flush(isLast: false, to: &bytes)
    }

    /// Fills the time with frames of no bytes, of the mode and size of the one behind (§4.1).
    private mutating func conceal(until wanted: Int64, like toc: UInt8, to bytes: inout [UInt8]) {
        guard wanted - position >= Self.minimumGap else { return }
        let limit = Self.maximumGap.ticks(per: 48000)
        if wanted - position > limit {
            // The rest of the gap is forgotten: times go on from here.
            first = first.map { $0 + (Duration(ticks: wanted - position - limit, per: 48000) ?? .zero) }
        }
        var rest = min(wanted - position, limit)
        let code = toc & 0xFC
        let size = [code].span
        if let samples = OpusFormat.sampleCount(of: size).map(Int64.init) {
            while rest >= samples {
                let count = min(5760 / samples, rest / samples)
                // Any number of frames of one size (RFC 6716 §3.2.5): none has a byte.
                add([code | 3, UInt8(truncatingIfNeeded: count)], samples: count * samples, to: &bytes)
                rest -= count * samples
            }
        }
        // What is left is shorter than a frame: CELT has some of 10, 5 and 2.5 ms.
        for (configuration, samples) in [(30, 480), (29, 240), (28, 120)] as [(UInt8, Int64)] where rest >= samples {
            let count = rest / samples
            add(
                [configuration << 3 | toc & 4 | 3, UInt8(truncatingIfNeeded: count)], samples: count * samples,
                to: &bytes)
            rest -= count * samples
        }
    }

    private mutating func add(_ packet: ArraySlice<UInt8>, samples: Int64, to bytes: inout [UInt8]) {
        let parts = packet.count / 255 + 1
        let isFull = page.lacing.count + parts > 255
        if !page.lacing.isEmpty, isFull || position + samples - pageStart > pageSamples {
            flush(isLast: false, to: &bytes)
        }
        var rest = packet
        while rest.count >= 255 {
            page.lacing.append(255)
            page.body += rest.prefix(255)
            rest = rest.dropFirst(255)
            if page.lacing.count == 255 {
                // It goes on in the next page, and nothing has ended in this one.
                page.granule = -1
                flush(isLast: false, to: &bytes)
                page.flags |= OggPage.isContinued
            }
        }
        page.lacing.append(UInt8(truncatingIfNeeded: rest.count))
        page.body += rest
        position += samples
        page.granule = 0
    }

    private mutating func flush(isLast: Bool, to bytes: inout [UInt8]) {
        if page.granule >= 0 { page.granule = position }
        if isLast { page.flags |= OggPage.isLast }
        page.append(to: &bytes)
        pageStart = position
        page = OggPage(
            flags: 0, granule: 0, serial: serial, sequence: page.sequence &+ 1, lacing: [], body: [])
    }
}
