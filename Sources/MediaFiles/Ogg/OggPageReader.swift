/// Finds pages of Ogg in a stream, whatever stands between them.
struct OggPageReader: Sendable {
    private static let maximumSize = OggPage.headerSize + 255 + 255 * 255
    private var buffer = StreamBuffer(limit: 1 << 20)
    private var isFinished = false
    /// How many bytes were of no page, or of one that is damaged.
    private(set) var skippedCount = 0

    /// How many bytes have come, and of how many checksums were made: not more than a number for
    /// each that has come, so that signatures within each other, each with a long page behind it,
    /// cost no more than the bytes that they stand in.
    private(set) var (pushedCount, summedCount) = (0, 0)
    static let sumsPerByte = 16

    mutating func push(_ bytes: Span<UInt8>) throws(MediaFileError) {
        try buffer.append(bytes)
        pushedCount += bytes.count
    }

    mutating func finish() { isFinished = true }

    /// The next page that is whole; nil if none has come.
    mutating func next() -> OggPage? {
        while findSignature() {
            guard let size = size else {
                guard isFinished else { return nil }
                skip(1)
                continue
            }
            if let page = page(of: size) {
                buffer.drop(size)
                return page
            }
            // The next page may begin within what this one seemed to be.
            skip(1)
        }
        return nil
    }

    /// Goes on to the next signature; false if there is none.
    private mutating func findSignature() -> Bool {
        while buffer.count >= 4 {
            if buffer.has("OggS") { return true }
            skip(buffer.firstIndex(of: UInt8(ascii: "O"), from: 1) ?? buffer.count)
        }
        return false
    }

    private mutating func skip(_ count: Int) {
        skippedCount += count
        buffer.drop(count)
    }

    /// How long the page is; nil until all of it is there.
    private var size: Int? {
        guard buffer.count >= OggPage.headerSize else { return nil }
        let bodyStart = OggPage.headerSize + Int(buffer[26])
        guard buffer.count >= bodyStart else { return nil }
        let size = (OggPage.headerSize..<bodyStart).reduce(bodyStart) { $0 + Int(buffer[$1]) }
        return buffer.count >= size ? size : nil
    }

    /// Nil if it is another version, or its checksum is wrong.
    private mutating func page(of size: Int) -> OggPage? {
        guard buffer[4] == 0, summedCount + size <= Self.sumsPerByte * pushedCount else { return nil }
        summedCount += size
        var bytes = buffer.bytes(0..<size)
        let sum = UInt32(bytes.little(at: 22, count: 4))
        for index in 22..<26 { bytes[index] = 0 }
        guard OggChecksum.of(bytes[...]) == sum else { return nil }
        let bodyStart = OggPage.headerSize + Int(bytes[26])
        return OggPage(
            flags: bytes[5], granule: Int64(bitPattern: bytes.little(at: 6, count: 8)),
            serial: UInt32(bytes.little(at: 14, count: 4)), sequence: UInt32(bytes.little(at: 18, count: 4)),
            lacing: Array(bytes[OggPage.headerSize..<bodyStart]), body: Array(bytes[bodyStart...]))
    }
}
