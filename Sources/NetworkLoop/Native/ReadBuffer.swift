/// Where what is read from a socket of a loop is put while it is dealt with: one for all sockets,
/// for a loop reads one at a time. Memory of the system is taken as far as it was ever filled.
///
/// `@unchecked Sendable`: used on the loop only.
@safe package final class ReadBuffer: @unchecked Sendable {
    /// How many datagrams one system call may read.
    package static let slotCount = 16
    /// The bytes for each: the largest that UDP has, and what is said of it.
    package static let slotSize = 65_536 + 64

    // SAFETY: allocated here once, freed in deinit; handed out to one caller at a time.
    private let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: slotCount * slotSize, alignment: 64)
    private var isTaken = false

    package init() {}

    // SAFETY: nobody has been handed the bytes, for who has holds the loop, and with it this.
    deinit { unsafe bytes.deallocate() }

    /// Calls `body` with the slots, one behind the other. Who reads from within such a call gets
    /// others.
    // SAFETY: who is called with the bytes has them alone until it returns.
    package func withSlots(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
        guard !isTaken else {
            let other = ReadBuffer()
            return unsafe other.withSlots(body)
        }
        isTaken = true
        defer { isTaken = false }
        unsafe body(bytes)
    }
}
