import Foundation

extension InteropCase {
    /// Connects with the browser's offer, over a relay that is the only way: candidates of the browser stay away from us, and
    /// of ours there is one, with the relay's address.
    ///
    /// - Parameters:
    ///   - percent: of the packets each way, lost at random.
    ///   - bitrate: what passes to the browser, in bit/s; nil for all.
    ///   - media: what the browser sends.
    func connect(
        losing percent: Double, bitrate: Double? = nil, seed: UInt64 = 12, sending media: JSONValue
    ) async throws -> LossyRelay {
        try await theirs.perform("sendMedia", media)
        var offer = try await theirs.describeLocally(complete: true)
        offer.removeCandidates()
        try await ours.setRemoteDescription(offer)
        var answer = try await ours.describeLocally(complete: true)
        let (host, port) = try answer.hostCandidate()
        let relay = try await LossyRelay(to: host, port, losing: percent, bitrate: bitrate, seed: seed)
        try answer.replaceCandidates(host: relay.host, port: relay.port)
        try await theirs.setRemoteDescription(answer)
        try await ours.log.expect(.state("connected"))
        try await theirs.log.expect(.state("connected"))
        return relay
    }
}

extension Description {
    /// The parts of the first candidate of a host's that UDP over IPv4 reaches.
    private func hostCandidateParts() throws -> [Substring] {
        for line in sdp.split(separator: "\r\n") where line.hasPrefix("a=candidate:") {
            let parts = line.split(separator: " ")
            guard parts.count >= 8, parts[2].lowercased() == "udp", parts[7] == "host", !parts[4].contains(":") else {
                continue
            }
            return parts
        }
        throw InteropError("no candidate of a host over IPv4 in \(sdp)")
    }

    fileprivate func hostCandidate() throws -> (host: String, port: Int) {
        let parts = try hostCandidateParts()
        return (String(parts[4]), Int(parts[5]) ?? 0)
    }

    mutating func removeCandidates() {
        sdp = sdp.split(separator: "\r\n")
            .filter { !$0.hasPrefix("a=candidate:") && $0 != "a=end-of-candidates" }
            .map { $0 + "\r\n" }.joined()
    }

    /// Leaves one candidate in the first section, with another address.
    fileprivate mutating func replaceCandidates(host: String, port: Int) throws {
        var parts = try hostCandidateParts()
        (parts[4], parts[5]) = (Substring(host), Substring("\(port)"))
        removeCandidates()
        let line = parts.joined(separator: " ") + "\r\n"
        guard let section = sdp.range(of: "\r\nm="),
            let place = sdp.range(of: "\r\n", range: section.upperBound..<sdp.endIndex)
        else { throw InteropError("no section in \(sdp)") }
        // Behind the section's own lines of address.
        var end = place.upperBound
        if sdp[end...].hasPrefix("c="), let next = sdp.range(of: "\r\n", range: end..<sdp.endIndex) {
            end = next.upperBound
        }
        sdp.insert(contentsOf: line, at: end)
    }
}
