import ICE
import TransportTypes

/// The texts of ICE: candidates, and the addresses of STUN and TURN servers.
enum CandidateEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = IPAddress(text)
        if let url = try? ICEServerURL(parsing: text) { _ = "\(url)" }
        guard let candidate = try? ICECandidate(parsing: text) else { return }
        let written = candidate.description
        let again: ICECandidate
        do throws(ICEError) {
            again = try ICECandidate(parsing: written)
        } catch {
            throw FuzzFinding("what was written cannot be read: \(error)")
        }
        try FuzzFinding.require(again == candidate, "what was written reads as something else")
        _ = TransportAddress(candidate.address, port: candidate.port)
    }
}
