/// About how many messages wait in usrsctp to be sent or acknowledged.
///
/// usrsctp bounds the bytes that wait but not the messages, and takes about 500 bytes for each
/// besides its payload: 8 MiB of one-byte messages would take 4 GB. It tells how many bytes wait,
/// so the messages are those that were behind so many bytes; a mark is kept every 1024 messages.
struct SendLedger {
    static let markInterval = 1024

    /// The most that may wait, give or take a mark. At 64 bytes each it is a megabyte in flight.
    static let maxMarks = 16

    private var marks: [UInt64] = []
    private var bytes: UInt64 = 0
    private var sinceMark = 0
    /// How many bytes waited when that was last asked for, and what had been queued until then.
    private var asked: (waiting: UInt64, bytes: UInt64) = (0, 0)

    /// Whether the bytes that wait have to be asked for before another message is queued.
    var isFull: Bool { marks.count >= Self.maxMarks }

    /// So many bytes wait, or fewer.
    var mostWaiting: Int { Int(clamping: asked.waiting &+ (bytes &- asked.bytes)) }

    /// A message was queued completely.
    mutating func queued(messageEnd: Bool, byteCount: Int) {
        bytes &+= UInt64(max(byteCount, 0))
        guard messageEnd else { return }
        sinceMark += 1
        if sinceMark == Self.markInterval {
            sinceMark = 0
            marks.append(bytes)
        }
    }

    /// Forgets the messages that are ahead of the `waiting` bytes.
    mutating func settle(waiting: Int) {
        asked = (UInt64(max(waiting, 0)), bytes)
        let done = bytes - min(bytes, UInt64(max(waiting, 0)))
        marks.removeAll { $0 <= done }
    }
}
