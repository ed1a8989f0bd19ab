internal import SDP

/// The payload types and extension ids in use in a session. Bundled sections share one transport, on which a number means
/// one thing only (RFC 9143 §9.2).
struct SessionNumbers {
    private var formats: [RTPFormat] = []
    private var taken: Set<UInt8> = []
    private var extensions: [UInt16: String] = [:]

    /// What descriptions use already; what was agreed on first comes first.
    init(_ documents: [SDPDocument]) {
        for media in documents.flatMap(\.media) where !media.isRejected && MediaKind(media) != nil {
            for format in RTPFormat.all(in: media) where !taken.contains(format.payloadType) { insert(format) }
            taken.formUnion(media.formats.compactMap { UInt8($0) })
            for map in media.extensionMaps where extensions[map.id] == nil { extensions[map.id] = map.uri }
        }
    }

    private mutating func insert(_ format: RTPFormat) {
        formats.append(format)
        taken.insert(format.payloadType)
    }

    /// The format to offer for a codec, with the number that it has in the session.
    mutating func format(of codec: CodecCapability) -> RTPFormat {
        let known = formats.first(where: codec.matches)?.payloadType
        let number = known ?? free(codec.payloadType)
        let format = RTPFormat(
            payloadType: number, name: codec.name, clockRate: codec.clockRate, channels: codec.channels,
            parameters: codec.parameters, feedback: codec.feedback)
        if known == nil { insert(format) }
        return format
    }

    /// The `rtx` to offer for a format of that codec.
    mutating func repair(of format: RTPFormat, _ codec: CodecCapability) -> RTPFormat {
        let known = formats.first { $0.repairs == format.payloadType }?.payloadType
        let number = known ?? free(codec.payloadType + 1)
        let repair = RTPFormat.repair(number, of: format.payloadType)
        if known == nil { insert(repair) }
        return repair
    }

    /// The id of an extension.
    mutating func map(of header: HeaderExtension) -> ExtensionMapAttribute? {
        let known = extensions.first { $0.value == header.uri }?.key
        let free = [header.id].first { extensions[$0] == nil } ?? (1...14).first { extensions[$0] == nil }
        guard let id = known ?? free else { return nil }
        extensions[id] = header.uri
        return ExtensionMapAttribute(id: id, uri: header.uri)
    }

    /// 96 to 127 are for dynamic assignment, then 35 to 63; 64 to 95 could be taken for RTCP (RFC 5761 §4). To a peer that
    /// has taken all of them the preferred one means two things.
    private func free(_ preferred: UInt8) -> UInt8 {
        let choices = [preferred] + Array(96...127) + Array(35...63)
        return choices.first { !taken.contains($0) } ?? preferred
    }
}
