/// Why a packet was not protected, or is not believed.
package enum SRTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The keys are not as long as the profile wants, or the library has no such profile.
    case keys(String)
    /// It is too short for what it has to have, or too long.
    case malformed(bytes: Int)
    /// Nobody who has the key has made it, or it was changed on the way.
    case notAuthentic
    /// It has come before, or is older than can be told (RFC 3711 §3.3.2).
    case replayed
    /// There are as many sources as there may be, and none of them has been silent for long.
    case tooManySources(Int)
    /// The key has protected as many packets as it may (RFC 3711 §9.2).
    case keyExhausted
    /// Anything else that the library says, by its number.
    case library(Int)

    package var description: String {
        switch self {
        case .keys(let reason): "no SRTP session: \(reason)"
        case .malformed(let bytes): "\(bytes) bytes are no packet of SRTP or SRTCP"
        case .notAuthentic: "the packet is not authentic"
        case .replayed: "the packet has come before, or is too old"
        case .tooManySources(let limit): "\(limit) sources are in use, and that is the most"
        case .keyExhausted: "the key has protected as many packets as it may; connect anew"
        case .library(let code): "libsrtp2 error \(code)"
        }
    }
}
