internal import RTP

/// The pictures of a track since the last that needs no other, with it: what somebody who comes in
/// the middle has to be given to see something.
///
/// Bounded in number and in bytes; a group that grows beyond that is let go, and the next begins
/// with the next key frame.
struct GroupOfPictures: Sendable {
    /// How many frames or packets it has at most, and how many bytes.
    static let maximumCount = 4096
    static let maximumBytes = 4 << 20
    /// The shortest time from one picture to the next that is another timestamp in RTP's 90 kHz.
    static let minimumStep: Duration = .microseconds(12)

    private var items: [TrackOutbox.Item] = []
    private var bytes = 0
    /// What knows the key frames of packets, and of which codec.
    private var format: (codec: String, format: any RTPPayloadFormat)?

    /// Whether there is nothing that a decoder could begin with.
    var isEmpty: Bool { items.isEmpty }

    /// Takes what is sent. Frames of one of several streams (RFC 8851) are none of the group.
    ///
    /// - Returns: whether a group begins with it.
    @discardableResult
    mutating func note(_ item: TrackOutbox.Item) -> Bool {
        let isFirst = begins(item)
        switch isFirst {
        case nil: return false
        case true?: removeAll()
        case false? where items.isEmpty: return false
        case false?: break
        }
        guard items.count < Self.maximumCount, bytes + item.cost <= Self.maximumBytes else {
            removeAll()
            return false
        }
        items.append(item)
        bytes += item.cost
        return isFirst == true
    }

    mutating func removeAll() {
        items.removeAll(keepingCapacity: items.capacity <= 1024)
        bytes = 0
    }

    /// The group as it was sent.
    var fedItems: [FedItem] { items.compactMap { FedItem($0) } }

    /// The group for who sends it on, after other pictures have taken its place: frames as in
    /// ``replay()``; packets as they were, whose numbers tell which of them have been there.
    var itemsAgain: [TrackOutbox.Item] {
        if case .frame? = items.last { return replay().items }
        return items
    }

    /// The group, to be sent once more: its timestamps follow directly on that of its last picture,
    /// so close to each other that all of them are before the next one's. So a decoder goes through
    /// it at once, and shows what is seen now; and no timestamp goes back.
    ///
    /// - Returns: what is to be sent, the last timestamp if it is of frames, and how long the group
    ///   took when it was sent first.
    func replay() -> (items: [TrackOutbox.Item], end: Duration?, length: Duration) {
        guard case .frame(let last)? = items.last else { return packets() }
        var length = Duration.zero
        if case .frame(let first)? = items.first { length = max(.zero, last.timestamp - first.timestamp) }
        var step = Duration.milliseconds(1)
        if items.count > 1, case .frame(let first) = items[0] {
            let distance = (last.timestamp - first.timestamp) / (items.count - 1)
            step = min(step, max(Self.minimumStep, distance / (items.count + 1)))
        }
        var time = last.timestamp
        let replayed = items.compactMap { item -> TrackOutbox.Item? in
            guard case .frame(var frame) = item else { return nil }
            time += step
            frame.timestamp = time
            return .frame(frame)
        }
        return (replayed, time, length)
    }

    private func packets() -> (items: [TrackOutbox.Item], end: Duration?, length: Duration) {
        guard case .packet(let first, _)? = items.first, case .packet(let last, _)? = items.last else {
            return ([], nil, .zero)
        }
        var (count, former) = (0, UInt32?.none)
        for case .packet(let packet, _) in items where packet.timestamp != former {
            count += 1
            former = packet.timestamp
        }
        let ticks = max(0, Int(Int32(bitPattern: last.timestamp &- first.timestamp)))
        let distance = ticks / max(1, count - 1)
        let step = UInt32(min(90, max(1, distance / (count + 1))))
        var time = last.timestamp
        former = nil
        var replayed: [TrackOutbox.Item] = [.renumber]
        replayed.reserveCapacity(items.count + 1)
        for case .packet(var packet, let codec) in items {
            if packet.timestamp != former { time &+= step }
            former = packet.timestamp
            packet.timestamp = time
            replayed.append(.packet(packet, codec: codec))
        }
        // Pictures have a clock of 90 kHz.
        return (replayed, nil, .seconds(Double(ticks) / 90_000))
    }

    /// Whether a group begins with that; nil for what is in none.
    private mutating func begins(_ item: TrackOutbox.Item) -> Bool? {
        switch item {
        case .renumber, .forwarded: return nil
        case .frame(let frame):
            guard frame.streamID == nil else { return nil }
            // Frames and packets do not go together.
            if case .packet? = items.first { removeAll() }
            return frame.isKeyFrame
        case .packet(let packet, let codec):
            if case .frame? = items.first { removeAll() }
            if format?.codec != codec {
                removeAll()
                let name = codec.lowercased().drop { $0 != "/" }.dropFirst()
                let parameters = RTPFormatParameters(payloadType: 0, name: String(name), clockRate: 90000)
                guard let known = parameters.makeFormat() else { return nil }
                format = (codec, known)
            }
            guard format?.format.beginsKeyFrame(packet.payload.span) == true else { return false }
            // Several of a frame may look like its first, as parameter sets and slices of H.264 do.
            if case .packet(let first, _)? = items.first, first.ssrc == packet.ssrc,
                first.timestamp == packet.timestamp
            {
                return false
            }
            return true
        }
    }
}
