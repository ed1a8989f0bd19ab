/// Which section and which stream a packet belongs to (RFC 8843 §9.2). It is only asked for packets
/// that are authentic.
struct StreamTable {
    /// How many sources there are at once; the one that was silent for longest makes room.
    static let maximumSources = 256
    /// How many new ones there may be at once, and how many in a second from then on: each costs
    /// more than a packet, and a peer can make one of each packet.
    static let newSources = (atOnce: 256.0, inSecond: 64.0)

    /// What a source is.
    enum Source {
        /// A stream.
        case stream(ReceivedStream)
        /// The retransmissions of a stream, which need not be known yet.
        case repair(RepairSource)
    }

    /// A source of retransmissions (RFC 4588 §4): of a section, and of the stream with a name or
    /// with that source, if it says so.
    final class RepairSource {
        let ssrc: UInt32
        let mid: String
        var repairedID: String?
        var repairs: UInt32?
        var lastPacket: Duration

        init(ssrc: UInt32, mid: String, now: Duration) {
            self.ssrc = ssrc
            self.mid = mid
            lastPacket = now
        }
    }

    /// Why a packet belongs to nobody.
    enum Refusal: Error {
        /// It names a section that there is not, or says nothing that tells which one it is.
        case unknownSection
        /// The section does not have its payload type.
        case unknownPayloadType
        /// Nothing may come for the section.
        case notReceiving
        /// There have been too many new ones of late.
        case tooManyNew
    }

    private(set) var sections: [String: RTPSection] = [:]
    private(set) var sources: [UInt32: Source] = [:]
    private(set) var ids = ExtensionIDs()
    /// How many streams there have been.
    private var streamCount = 0
    /// How many new sources there may be now, as of a moment.
    private var allowance = (count: newSources.atOnce, since: Duration.zero)
    /// Streams that packets have put out, until ``takeGone()``.
    private var gone: [ReceivedStream] = []
    /// The sections that alone have a payload type.
    private var owners: [UInt8: String] = [:]
    /// The sources that descriptions have announced.
    private var announced: [UInt32: (mid: String, repairs: UInt32?)] = [:]

    /// All streams, in the order of their sources' numbers.
    var streams: [ReceivedStream] {
        sources.values.compactMap { if case .stream(let stream) = $0 { stream } else { nil } }
            .sorted { $0.ssrc < $1.ssrc }
    }

    /// Takes what both ends have agreed on now, and returns the streams that end with it. Those of
    /// a section that only does not receive now may go on later.
    mutating func update(_ next: [RTPSection]) -> [ReceivedStream] {
        sections = Dictionary(next.map { ($0.mid, $0) }, uniquingKeysWith: { first, _ in first })
        ids = next.reduce(ExtensionIDs()) { $0.merged(with: $1.receivedExtensions) }
        owners = [:]
        var shared: Set<UInt8> = []
        announced = [:]
        for section in next where section.receives {
            for type in section.receivedFormats.keys where !shared.contains(type) {
                if owners.updateValue(section.mid, forKey: type) != nil {
                    owners[type] = nil
                    shared.insert(type)
                }
            }
            for source in section.announcedSources { announced[source] = (section.mid, nil) }
            for (source, repair) in section.announcedRepairs { announced[repair] = (section.mid, source) }
        }
        var over: [ReceivedStream] = []
        for (ssrc, source) in sources {
            switch source {
            case .stream(let stream):
                if let section = sections[stream.mid] {
                    stream.isReceiving = section.receives
                    if !section.receives { over.append(stream) }
                    if let format = section.receivedFormats[stream.format.payloadType], format != stream.format {
                        stream.change(to: format)
                    }
                    continue
                }
                over.append(stream)
            case .repair(let repair): if sections[repair.mid]?.receives == true { continue }
            }
            sources[ssrc] = nil
        }
        return over
    }

    /// Finds what a packet belongs to, and learns from it what is not known yet.
    ///
    /// - Returns: the source, and whether it is new.
    mutating func route(
        _ header: RTPHeader, _ packet: Span<UInt8>, now: Duration
    ) throws(Refusal) -> (source: Source, isNew: Bool) {
        var midRange: Range<Int>?
        if ids.mid != 0 { midRange = header.rangeOfExtension(ids.mid, in: packet) }
        if let known = sources[header.ssrc] {
            switch known {
            case .stream(let stream):
                guard stream.isReceiving else { throw .notReceiving }
                guard let midRange else { return (known, false) }
                if packet.holds(stream.mid, at: midRange) { return (known, false) }
            case .repair(let repair):
                repair.lastPacket = now
                guard let midRange else { return (known, false) }
                if packet.holds(repair.mid, at: midRange) { return (known, false) }
            }
        }
        // A source that is known belongs to another section from here on.
        return (try learn(header, packet, midRange, now: now), true)
    }

    private mutating func learn(
        _ header: RTPHeader, _ packet: Span<UInt8>, _ midRange: Range<Int>?, now: Duration
    ) throws(Refusal) -> Source {
        guard let section = section(of: header, packet, midRange) else { throw .unknownSection }
        guard section.receives else { throw .notReceiving }
        guard let (format, _) = section.format(carriedBy: header, packet) else { throw .unknownPayloadType }
        guard takeAllowance(now: now) else { throw .tooManyNew }
        let source: Source
        if format.repairs != nil || announced[header.ssrc]?.repairs != nil {
            let repair = RepairSource(ssrc: header.ssrc, mid: section.mid, now: now)
            repair.repairs = announced[header.ssrc]?.repairs
            repair.repairedID =
                header.value(
                    of: RepairedStreamID.self, id: section.receivedExtensions.repairedStreamID, in: packet)?.text
            source = .repair(repair)
        } else {
            let rid = header.value(of: StreamID.self, id: section.receivedExtensions.streamID, in: packet)?.text
            streamCount += 1
            // Only a name that was agreed on tells streams apart.
            let known = rid.flatMap { section.receivedStreamIDs.contains($0) ? $0 : nil }
            let stream = ReceivedStream(
                ssrc: header.ssrc, number: streamCount, section: section, rid: known, format: format)
            stream.repairSSRC = section.announcedRepairs[header.ssrc]
            source = .stream(stream)
        }
        putOut(header.ssrc)
        makeRoom()
        sources[header.ssrc] = source
        return source
    }

    private mutating func takeAllowance(now: Duration) -> Bool {
        let more = max(0, (now - allowance.since) / .seconds(1)) * Self.newSources.inSecond
        allowance = (min(Self.newSources.atOnce, allowance.count + more), now)
        guard allowance.count >= 1 else { return false }
        allowance.count -= 1
        return true
    }

    private func section(of header: RTPHeader, _ packet: Span<UInt8>, _ midRange: Range<Int>?) -> RTPSection? {
        if let midRange {
            // One that is not known yet is for a description that is on its way.
            return sections.values.first { packet.holds($0.mid, at: midRange) }
        }
        if let known = announced[header.ssrc] { return sections[known.mid] }
        if let owner = owners[header.payloadType] { return sections[owner] }
        // Without anything else: the only one that receives.
        let receiving = sections.values.filter { $0.receives && $0.receivedFormats[header.payloadType] != nil }
        return receiving.count == 1 ? receiving.first : nil
    }

    /// The stream that a source of retransmissions repairs: as the descriptions say, or by the name
    /// in its packets, or the one of its section that misses the packet, or the only one.
    func stream(repairedBy repair: RepairSource, number: UInt16) -> ReceivedStream? {
        if let known = repair.repairs, case .stream(let stream) = sources[known] { return stream }
        // For each packet that is sent again: no list is made.
        var (only, count) = (ReceivedStream?.none, 0)
        var (named, missing) = (ReceivedStream?.none, ReceivedStream?.none)
        for case .stream(let stream) in sources.values where stream.mid == repair.mid && !stream.hasEnded {
            (only, count) = (stream, count + 1)
            if let name = repair.repairedID, stream.rid == name { named = Self.later(named, stream) }
            if stream.missing.contains(number) { missing = Self.later(missing, stream) }
        }
        return named ?? (count <= 1 ? only : missing)
    }

    /// Of two streams the one that has got something last.
    private static func later(_ one: ReceivedStream?, _ other: ReceivedStream) -> ReceivedStream {
        guard let one, (other.counters.lastPacket ?? .zero) <= (one.counters.lastPacket ?? .zero) else { return other }
        return one
    }

    /// A stream that is known by its source.
    func stream(_ ssrc: UInt32) -> ReceivedStream? {
        if case .stream(let stream) = sources[ssrc] { stream } else { nil }
    }

    private mutating func makeRoom() {
        guard sources.count >= Self.maximumSources else { return }
        let oldest = sources.min { $0.value.lastPacket < $1.value.lastPacket }
        if let oldest { putOut(oldest.key) }
    }

    private mutating func putOut(_ ssrc: UInt32) {
        if case .stream(let stream) = sources.removeValue(forKey: ssrc) { gone.append(stream) }
    }

    /// A stream that is in the table no more, since the last call.
    mutating func takeGone() -> ReceivedStream? { gone.popLast() }
}

extension StreamTable.Source {
    fileprivate var lastPacket: Duration {
        switch self {
        case .stream(let stream): stream.counters.lastPacket ?? .zero
        case .repair(let repair): repair.lastPacket
        }
    }
}

extension Span<UInt8> {
    /// Whether a text stands there, maybe with zeros behind it.
    fileprivate func holds(_ text: String, at range: Range<Int>) -> Bool {
        let utf8 = text.utf8
        guard range.count >= utf8.count else { return false }
        var place = range.lowerBound
        for byte in utf8 {
            guard self[place] == byte else { return false }
            place += 1
        }
        while place < range.upperBound {
            guard self[place] == 0 else { return false }
            place += 1
        }
        return true
    }
}
