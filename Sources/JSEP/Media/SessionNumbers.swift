internal import SDP

/// The payload types and extension ids in use in a session. Bundled sections share one transport,
/// on which a number means one thing only (RFC 9143 §9.2).
struct SessionNumbers {
    /// The payload type of each codec; of each codec's `rtx`, and of `red` for it, by its payload
    /// type.
    private var codecs: [CodecIdentity: UInt8] = [:]
    private var repairs: [UInt8: UInt8] = [:]
    private var redundancies: [UInt8: UInt8] = [:]
    private var taken: Set<UInt8> = []
    private var extensions: [UInt16: String] = [:]

    /// What descriptions use already; what was agreed on first comes first.
    init(_ documents: [SDPDocument]) {
        let sections = documents.flatMap { document in document.media.map { (document, $0) } }
        for (document, media) in sections where !media.isRejected && MediaKind(media) != nil {
            for format in RTPFormat.all(in: media) where !taken.contains(format.payloadType) { insert(format) }
            taken.formUnion(media.formats.compactMap { UInt8($0) })
            for map in document.extensionMaps(of: media) where HeaderExtension.ids.contains(map.id) {
                if extensions[map.id] == nil { extensions[map.id] = map.uri }
            }
        }
    }

    private mutating func insert(_ format: RTPFormat) {
        let number = format.payloadType
        taken.insert(number)
        if let other = format.repairs {
            if repairs[other] == nil { repairs[other] = number }
        } else if let other = format.redundancyOf {
            if redundancies[other] == nil { redundancies[other] = number }
        } else if codecs[format.identity] == nil {
            codecs[format.identity] = number
        }
    }

    /// The format to offer for a codec, with the number that it has in the session.
    mutating func format(of codec: CodecCapability) -> RTPFormat {
        let known = codecs[codec.identity]
        let format = RTPFormat(
            payloadType: known ?? free(codec.payloadType), name: codec.name, clockRate: codec.clockRate,
            channels: codec.channels, parameters: codec.parameters, feedback: codec.feedback)
        if known == nil { insert(format) }
        return format
    }

    /// The `rtx` to offer for a format of that codec.
    mutating func repair(of format: RTPFormat, _ codec: CodecCapability) -> RTPFormat {
        let known = repairs[format.payloadType]
        let repair = RTPFormat.repair(known ?? free(codec.payloadType + 1), of: format.payloadType)
        if known == nil { insert(repair) }
        return repair
    }

    /// The `red` to offer for a format.
    mutating func redundancy(of format: RTPFormat, _ codec: CodecCapability) -> RTPFormat {
        let known = redundancies[format.payloadType]
        let redundancy = RTPFormat(
            payloadType: known ?? free(codec.payloadType), name: codec.name, clockRate: codec.clockRate,
            channels: codec.channels, parameters: "\(format.payloadType)/\(format.payloadType)",
            feedback: codec.feedback)
        if known == nil { insert(redundancy) }
        return redundancy
    }

    /// The id of an extension: the one that it has in the session, or one that is free. None if
    /// there is none, or if it is not to be offered by us first.
    mutating func map(of header: HeaderExtension) -> ExtensionMapAttribute? {
        if let known = extensions.filter({ $0.value == header.uri }).keys.min() {
            return ExtensionMapAttribute(id: known, uri: header.uri)
        }
        guard let preferred = header.id else { return nil }
        let free = ([preferred] + Array(PeerQuirks.ownExtensionIDs)).first { extensions[$0] == nil }
        guard let id = free else { return nil }
        extensions[id] = header.uri
        return ExtensionMapAttribute(id: id, uri: header.uri)
    }

    /// 96 to 127 are for dynamic assignment, then 35 to 63; 64 to 95 could be taken for RTCP (RFC
    /// 5761 §4). To a peer that has taken all of them the preferred one means two things.
    private func free(_ preferred: UInt8) -> UInt8 {
        if !taken.contains(preferred) { return preferred }
        return (96...127).first { !taken.contains($0) } ?? (35...63).first { !taken.contains($0) } ?? preferred
    }
}
