/// The receiver's clock in feedback by source, in 1/65536 s: it begins again after 18 hours (RFC
/// 8888 §3.1).
struct SourceReportTimes {
    private var last: Int64?

    /// The time of a feedback without an end: the nearest to the one before.
    mutating func unwrap(_ timestamp: UInt32) -> Int64 {
        let before = last ?? Int64(timestamp)
        let next = before + Int64(Int32(bitPattern: timestamp &- UInt32(truncatingIfNeeded: before)))
        // No connection lives for so many times 18 hours.
        let time = abs(next) < 1 << 44 ? next : Int64(timestamp)
        last = time
        return time
    }

    /// When a packet arrived.
    ///
    /// - Parameter offset: how long before the time of the feedback, in 1/1024 s.
    static func arrival(_ time: Int64, offset: UInt16) -> Duration {
        // 15,625 µs are 1024 of these units.
        .microseconds((time - 64 * Int64(offset)) * 15_625 / 1024)
    }
}
