internal import RTP

/// Reads WebM and Matroska (RFC 9559): the frames of all tracks, as they stand in the file.
///
/// Segments and clusters may have unknown lengths, blocks any kind of lacing. H.264 and H.265 are
/// given with start codes, and with the parameter sets in front of key frames; AV1 with its
/// delimiters. A frame's ``MediaFileFrame/track`` is the place in ``tracks``. Tracks that are
/// encrypted, or compressed in another way than by leaving out what all frames begin with, give
/// none.
public struct MatroskaReader: MediaFileReader {
    /// Frames that are larger are refused unless another bound is given.
    public static let defaultMaximumFrameSize = 16 << 20
    private static let maximumTrackCount = 128
    /// Once they have been read; those of the last segment that has begun.
    public private(set) var tracks: [MatroskaTrack] = []
    /// As the file says, if it does.
    public private(set) var duration: Duration?
    /// `webm` or `matroska`, once it has been read.
    public private(set) var documentType: String?
    private var buffer: StreamBuffer
    private let maximumSize: Int
    /// Nanoseconds in a unit of the segment's times.
    private var scale: UInt64 = 1_000_000
    private var clusterTime: UInt64 = 0
    /// The frames of the last block, in their reverse order.
    private var frames: [MediaFileFrame] = []

    /// - Parameter maximumFrameSize: bytes of the largest block that is read, 1000 to 2^30.
    public init(maximumFrameSize: Int = defaultMaximumFrameSize) {
        maximumSize = min(1 << 30, max(1000, maximumFrameSize))
        buffer = StreamBuffer(limit: maximumSize + 12)
    }

    public mutating func push(_ bytes: Span<UInt8>) throws(MediaFileError) { try buffer.append(bytes) }

    public mutating func finish() {}

    public mutating func next() throws(MediaFileError) -> MediaFileFrame? {
        while frames.isEmpty {
            guard try readElement() else { return nil }
        }
        return frames.popLast()
    }

    /// False until more bytes come.
    private mutating func readElement() throws(MediaFileError) -> Bool {
        guard let id = try number(at: 0, keepsMarker: true, longest: 4),
            let size = try number(at: id.width, keepsMarker: false, longest: 8)
        else { return false }
        let (element, head) = (UInt32(id.value), id.width + size.width)
        guard documentType != nil || element == MatroskaID.ebml else {
            throw .malformed(field: "the EBML header", at: buffer.position, problem: "another element stands there")
        }
        switch element {
        case MatroskaID.segment, MatroskaID.cluster:
            // What is in them is read as if it were behind them: no element stands in both, and so
            // it does not matter whether their end is known.
            clusterTime = 0
            buffer.drop(head)
            return true
        case MatroskaID.ebml, MatroskaID.info, MatroskaID.tracks, MatroskaID.timestamp, MatroskaID.simpleBlock,
            MatroskaID.blockGroup:
            guard !size.isUnknown, size.value <= UInt64(maximumSize) else {
                throw .outOfRange(
                    field: "the length of the element at byte \(buffer.position)", value: Int(clamping: size.value),
                    allowed: 0...maximumSize)
            }
            let end = head + Int(size.value)
            guard buffer.count >= end else { return false }
            let content = buffer.bytes(head..<end)
            try read(element, content, at: buffer.position + head)
            buffer.drop(end)
            return true
        default:
            guard !size.isUnknown else {
                throw .malformed(
                    field: "the element at byte \(buffer.position)", at: buffer.position + id.width,
                    problem: "only a Segment and a Cluster can have an unknown length")
            }
            buffer.drop(head + Int(size.value))
            return true
        }
    }

    /// Nil until all of it is there.
    private func number(
        at place: Int, keepsMarker: Bool, longest: Int
    ) throws(MediaFileError) -> (value: UInt64, width: Int, isUnknown: Bool)? {
        guard buffer.count > place else { return nil }
        guard buffer[place].leadingZeroBitCount < longest else {
            throw .malformed(
                field: "an element's \(keepsMarker ? "ID" : "length")", at: buffer.position + place,
                problem: "more than \(longest) bytes")
        }
        return EBMLElements.number(first: buffer[place], keepsMarker: keepsMarker) {
            place + $0 < buffer.count ? buffer[place + $0] : nil
        }
    }

    private mutating func read(_ id: UInt32, _ bytes: [UInt8], at place: Int) throws(MediaFileError) {
        let all = 0..<bytes.count
        var isWhole = true
        switch id {
        case MatroskaID.ebml:
            documentType = "matroska"
            isWhole = try EBMLElements.forEach(in: bytes, all) { id, range in
                if id == MatroskaID.docType { documentType = EBMLElements.text(bytes, range) }
            }
        case MatroskaID.info: isWhole = try readInfo(bytes)
        case MatroskaID.tracks:
            var found: [MatroskaTrack] = []
            isWhole = try EBMLElements.forEach(in: bytes, all) { id, range throws(MediaFileError) in
                guard id == MatroskaID.trackEntry, let track = try MatroskaTrack(bytes, range) else { return }
                // Before they are kept: each takes much more room than its few bytes in the file.
                guard found.count < Self.maximumTrackCount else {
                    throw .outOfRange(
                        field: "the number of tracks", value: found.count + 1, allowed: 0...Self.maximumTrackCount)
                }
                found.append(track)
            }
            tracks = found
        case MatroskaID.timestamp: clusterTime = EBMLElements.unsigned(bytes, all)
        case MatroskaID.simpleBlock: isWhole = try read(bytes, all, at: place, group: nil)
        default:
            var (block, group): (Range<Int>?, Group) = (nil, Group())
            isWhole = try EBMLElements.forEach(in: bytes, all) { id, range in
                switch id {
                case MatroskaID.block: block = range
                case MatroskaID.blockDuration: group.duration = EBMLElements.unsigned(bytes, range)
                case MatroskaID.referenceBlock: group.isKeyFrame = false
                case MatroskaID.discardPadding: group.padding = EBMLElements.signed(bytes, range)
                default: break
                }
            }
            if let block { isWhole = try read(bytes, block, at: place, group: group) && isWhole }
        }
        guard isWhole else {
            throw .malformed(
                field: "element \(String(id, radix: 16, uppercase: true))", at: place,
                problem: "what is in it goes beyond its end, or is none of its kind")
        }
    }

    private mutating func readInfo(_ bytes: [UInt8]) throws(MediaFileError) -> Bool {
        var (scale, length): (UInt64, Double) = (1_000_000, 0)
        let isWhole = try EBMLElements.forEach(in: bytes, 0..<bytes.count) { id, range in
            if id == MatroskaID.timestampScale { scale = EBMLElements.unsigned(bytes, range) }
            if id == MatroskaID.duration { length = EBMLElements.float(bytes, range) }
        }
        guard (1...1_000_000_000).contains(scale) else { return false }
        self.scale = scale
        let seconds = length * Double(scale) / 1e9
        duration = seconds > 0 && seconds < 1e12 ? .seconds(seconds) : nil
        return isWhole
    }

    /// What stands beside a Block.
    private struct Group {
        var duration: UInt64?
        /// Nanoseconds.
        var padding: Int64 = 0
        var isKeyFrame = true
    }

    /// False if it is no block.
    private mutating func read(
        _ bytes: [UInt8], _ range: Range<Int>, at place: Int, group: Group?
    ) throws(MediaFileError) -> Bool {
        guard let block = MatroskaBlock(bytes, range) else { return false }
        guard let index = tracks.firstIndex(where: { $0.number == block.trackNumber }), !tracks[index].isEncoded
        else { return true }
        let track = tracks[index]
        guard clusterTime < 1 << 62, let start = time(Int64(clusterTime) + Int64(block.time)) else {
            throw .malformed(field: "the time of a block", at: place, problem: "above 2^40 seconds")
        }
        var timestamp = start - track.codecDelay
        let isKeyFrame = track.codec?.isVideo == false || (group?.isKeyFrame ?? (block.flags & 0x80 != 0))
        var found: [MediaFileFrame] = []
        for range in block.frames {
            let coded = track.prefix.isEmpty ? Self.duration(of: bytes, range, track) : nil
            var length = coded ?? track.defaultDuration
            if block.frames.count == 1 {
                if let said = group?.duration, said < 1 << 32, coded == nil { length = time(Int64(said)) }
                if let group, group.padding > 0 {
                    length = length.map { max(.zero, $0 - .nanoseconds(group.padding)) }
                }
            }
            let frame = Self.frame(bytes[range], isKeyFrame: isKeyFrame, track)
            if !frame.isEmpty {
                found.append(
                    MediaFileFrame(
                        bytes: frame, timestamp: timestamp, duration: length, isKeyFrame: isKeyFrame, track: index))
            }
            timestamp += length ?? .zero
        }
        frames = found.reversed()
        return true
    }

    /// Units of the segment.
    private func time(_ units: Int64) -> Duration? {
        Duration(ticks: units, numerator: Int64(scale), per: 1_000_000_000)
    }

    private static func duration(of bytes: [UInt8], _ range: Range<Int>, _ track: MatroskaTrack) -> Duration? {
        switch track.codec {
        case .opus:
            OpusFormat.sampleCount(of: bytes.span.extracting(range)).flatMap { Duration(ticks: Int64($0), per: 48000) }
        case .pcmu, .pcma:
            track.sampleRate >= 1 && track.sampleRate < 1e6 && track.channels > 0
                ? Duration(ticks: Int64(range.count / track.channels), per: Int64(track.sampleRate)) : nil
        default: nil
        }
    }

    /// As ``MediaFileFrame`` has it.
    private static func frame(_ bytes: ArraySlice<UInt8>, isKeyFrame: Bool, _ track: MatroskaTrack) -> [UInt8] {
        let whole = track.prefix.isEmpty ? bytes : ArraySlice(track.prefix + bytes)
        if let record = track.record { return record.accessUnit(of: whole, isKeyFrame: isKeyFrame) }
        if track.codec == .av1, let first = whole.first, first >> 3 & 0x0F != AV1Units.temporalDelimiter {
            return [AV1Units.temporalDelimiter << 3 | 0x02, 0] + whole
        }
        return Array(whole)
    }
}
