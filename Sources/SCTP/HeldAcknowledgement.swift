/// Spares usrsctp SACKs that the next one makes useless.
///
/// For each SACK with gaps usrsctp walks all that is under way, thousands of chunks on a long link,
/// and behind a gap its peer answers each packet. Of those that come in one turn of the loop the
/// last says it all: it is taken at the turn's end. Some are let through at once, for it takes
/// three reports of a gap until usrsctp repeats what is missing (RFC 9260 §7.2.4).
struct HeldAcknowledgement {
    private static let letThrough = 4

    private var packet: [UInt8] = []
    private var held: SCTPPacket.Acknowledgement?
    private var count = 0

    /// What is to be done with a packet that has come.
    enum Verdict: Equatable {
        /// usrsctp has to have it now.
        case pass
        /// It waits for the end of the turn; `isFirst` when nothing has waited until now.
        case hold(isFirst: Bool)
        /// It says less than the one that waits.
        case drop
    }

    mutating func admit(_ incoming: Span<UInt8>) -> Verdict {
        guard let news = SCTPPacket.acknowledgement(in: incoming) else { return .pass }
        count += 1
        let isFirst = held == nil
        if let held, held.isNewer(than: news) { return news.isAlone ? .drop : .pass }
        guard news.isAlone, count > Self.letThrough else {
            held = nil
            return .pass
        }
        held = news
        packet = incoming.array
        return .hold(isFirst: isFirst)
    }

    /// The turn is over: the packet that has waited, if any.
    mutating func release() -> [UInt8]? {
        count = 0
        guard held != nil else { return nil }
        held = nil
        return packet
    }
}

extension SCTPPacket.Acknowledgement {
    /// Whether it was sent after the other, as far as it shows.
    func isNewer(than other: Self) -> Bool {
        cumulative == other.cumulative ? newest.isAfter(other.newest) : cumulative.isAfter(other.cumulative)
    }
}
