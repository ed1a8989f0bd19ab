/// The samples of one track that the next fragment will have, and the one behind them, whose length
/// is not known before the next comes.
struct MP4Fragment: Sendable {
    /// sample_flags (ISO/IEC 14496-12 §8.8.3.1): it depends on no other.
    static let keyFlags: UInt32 = 0x0200_0000
    /// It depends on others, and is no sync sample.
    static let otherFlags: UInt32 = 0x0101_0000
    /// Times that differ by less than this part of a second are those of frames one behind the
    /// other.
    private static let snap: Int64 = 200

    private struct Entry: Sendable {
        var size: Int
        var duration: UInt32
        var isKey: Bool
    }

    let timescale: Int64
    private var entries: [Entry] = []
    private(set) var data: [UInt8] = []
    /// When the first of them is.
    private var start: Int64 = 0
    private var pending: MuxerInput.Sample?
    private var pendingTime: Int64 = 0
    private var lastDuration: Int64

    init(timescale: UInt32) {
        self.timescale = Int64(timescale)
        lastDuration = Int64(timescale) / 25
    }

    var isEmpty: Bool { entries.isEmpty }
    /// When the track ends, once it is finished.
    var end: Duration { Duration(ticks: pendingTime, per: timescale) ?? .zero }

    /// The sample that waited has ended.
    ///
    /// - Returns: when the next one begins.
    mutating func end(before sample: MuxerInput.Sample) -> Int64 {
        var time = max(pendingTime, sample.timestamp.ticks(per: timescale))
        if let pending {
            let coded = pending.duration.map { $0.ticks(per: timescale) }
            // Times that were rounded are no gaps.
            if let coded, coded > 0, abs(time - pendingTime - coded) < timescale / Self.snap {
                time = pendingTime + coded
            }
            complete(time - pendingTime)
        }
        return time
    }

    mutating func add(_ sample: MuxerInput.Sample, at time: Int64) {
        pending = sample
        pendingTime = time
    }

    /// Nothing comes behind the sample that waits.
    mutating func finish() {
        guard pending != nil else { return }
        let length = length(of: pending)
        complete(length)
        pendingTime += length
    }

    private func length(of sample: MuxerInput.Sample?) -> Int64 {
        sample?.duration.map { max(.zero, $0 - (sample?.padding ?? .zero)).ticks(per: timescale) } ?? lastDuration
    }

    private mutating func complete(_ duration: Int64) {
        guard let pending else { return }
        if entries.isEmpty { start = pendingTime }
        entries.append(
            Entry(size: pending.bytes.count, duration: UInt32(clamping: duration), isKey: pending.isKeyFrame))
        data += pending.bytes
        lastDuration = duration
        self.pending = nil
    }

    /// Appends the traf (§8.8.6).
    ///
    /// - Returns: where the distance from the beginning of the moof to the data has to be put.
    func append(id: UInt32, to bytes: inout [UInt8]) -> Int {
        var place = 0
        ISOBox.append("traf", to: &bytes) { bytes in
            // Distances are from the moof.
            ISOBox.append("tfhd", version: 0, flags: 0x020000, to: &bytes) { $0.append(words: id) }
            ISOBox.append("tfdt", version: 1, flags: 0, to: &bytes) { $0.append(big: start) }
            // Where the data is; of each sample the duration, the size and the flags.
            ISOBox.append("trun", version: 0, flags: 0x000701, to: &bytes) { bytes in
                bytes.append(words: UInt32(entries.count))
                place = bytes.count
                bytes.append(words: 0)
                for entry in entries {
                    bytes.append(
                        words: entry.duration, UInt32(clamping: entry.size),
                        entry.isKey ? Self.keyFlags : Self.otherFlags)
                }
            }
        }
        return place
    }

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        data.removeAll(keepingCapacity: data.capacity <= 4 << 20)
    }
}
