internal import SDP

// The codecs of a transceiver in offers and answers (RFC 9429 §5.2.1, §5.3.1).
extension TransceiverState {
    /// The codecs that may be negotiated: those of the application in its order, or all.
    private var codecs: [CodecCapability] {
        let all = CodecTable.codecs(of: kind)
        guard !wish.codecPreferences.isEmpty else { return all }
        return wish.codecPreferences.compactMap { wanted in all.first { $0.codec.matches(wanted) } }.uniqued()
    }

    /// Whether lost packets may be sent again with `rtx`.
    private var allowsRepair: Bool {
        wish.codecPreferences.isEmpty || wish.codecPreferences.contains { $0.matches(CodecTable.repair) }
    }

    /// The formats to offer. Where the application does not care, those that were agreed on come
    /// first, in that order.
    func offerFormats(_ numbers: inout SessionNumbers, order: [RTPFormat]) -> [RTPFormat] {
        var wanted = codecs
        if wish.codecPreferences.isEmpty {
            let places = Dictionary(
                order.enumerated().map { ($0.element.identity, $0.offset) }, uniquingKeysWith: { first, _ in first })
            let ranks = wanted.enumerated().map { (places[$0.element.identity] ?? order.count, $0.offset, $0.element) }
            wanted = ranks.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
        }
        var formats: [RTPFormat] = []
        for codec in wanted {
            if codec.isRedundant {
                guard let inner = wanted.first(where: codec.isRedundancy) else { continue }
                formats.append(numbers.redundancy(of: numbers.format(of: inner), codec))
                continue
            }
            let format = numbers.format(of: codec)
            formats.append(format)
            if codec.isRepaired, allowsRepair { formats.append(numbers.repair(of: format, codec)) }
        }
        return formats
    }

    /// The formats of an answer; none if there is no codec in common. Without preferences the
    /// offer's order counts.
    func answerFormats(to media: MediaDescription) -> [RTPFormat] {
        let offered = RTPFormat.all(in: media)
        let places = Dictionary(uniqueKeysWithValues: codecs.enumerated().map { ($0.element.identity, $0) })
        var common: [(rank: Int, format: RTPFormat, codec: CodecCapability)] = []
        for (place, format) in offered.enumerated() {
            guard let (index, codec) = places[format.identity] else { continue }
            let rank = wish.codecPreferences.isEmpty ? place : index
            common.append((rank, codec.answer(to: format), codec))
        }
        let redundancies = common.filter(\.codec.isRedundant)
        for entry in redundancies {
            let isUsable = common.contains { other in
                entry.codec.isRedundancy(of: other.codec) && entry.format.redundancyOf == other.format.payloadType
            }
            if !isUsable { common.removeAll { $0.format.payloadType == entry.format.payloadType } }
        }
        guard common.contains(where: \.codec.carriesMedia) else { return [] }
        common.sort { $0.rank < $1.rank }
        return common.flatMap { entry in
            let isRepaired = entry.codec.isRepaired && allowsRepair
            let repair = offered.first { isRepaired && $0.repairs == entry.format.payloadType }
            return [entry.format] + (repair.map { [.repair($0.payloadType, of: entry.format.payloadType)] } ?? [])
        }
    }
}
