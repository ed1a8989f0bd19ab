internal import SDP

// What a section says of simulcast (RFC 8853).
extension MediaDescription {
    /// The names of the encodings that the section's author sends or wants to receive, in its
    /// order; of alternatives the first. None where packets could not tell which they are of (RFC
    /// 8853 §5.5), and of sound, for which there is no simulcast.
    func simulcastRIDs(_ direction: RIDAttribute.Direction, in document: SDPDocument) -> [String] {
        guard kind == .video, let simulcast, hasStreamIDs(in: document) else { return [] }
        let streams = direction == .send ? simulcast.send : simulcast.recv
        let names = streams.compactMap { alternatives in
            alternatives.first { EncodingWish.isName($0.rid) }?.rid
        }
        return Array(names.uniqued().prefix(MediaKind.video.maximumEncodings))
    }

    private func hasStreamIDs(in document: SDPDocument) -> Bool {
        document.extensionMaps(of: self).contains { $0.uri == HeaderExtension.streamID.uri }
    }

    /// The lines for encodings that the author of an offer sends, as its answer has them (RFC 8851
    /// §6.3): those that are not only of payload types that the answer has left out.
    func answeredRIDs(in document: SDPDocument, formats: [RTPFormat]) -> [RIDAttribute] {
        let numbers = Set(formats.map { String($0.payloadType) })
        let lines = rids
        return simulcastRIDs(.send, in: document).compactMap { name in
            let said = lines.first { $0.id == name && $0.direction == .send }?.restrictions ?? ""
            var kept: [String] = []
            for part in said.split(separator: ";") {
                guard part.hasPrefix("pt=") else {
                    kept.append(String(part))
                    continue
                }
                let types = part.dropFirst(3).split(separator: ",").map(String.init).filter(numbers.contains)
                guard !types.isEmpty else { return nil }
                kept.append("pt=" + types.joined(separator: ","))
            }
            return RIDAttribute(
                id: name, direction: .recv, restrictions: kept.isEmpty ? nil : kept.joined(separator: ";"))
        }
    }

    /// Writes the encodings of both directions, as `a=rid` and `a=simulcast`.
    mutating func setSimulcast(sent: [String], received: [RIDAttribute]) {
        guard !sent.isEmpty || !received.isEmpty else { return }
        rids = sent.map { RIDAttribute(id: $0, direction: .send) } + received
        simulcast = SimulcastAttribute(
            send: sent.map { [SimulcastAttribute.Encoding(rid: $0)] },
            recv: received.map { [SimulcastAttribute.Encoding(rid: $0.id)] })
    }
}
