internal import SDP

/// An encoding as the application asks for it when it adds a transceiver: W3C
/// `RTCRtpEncodingParameters`, as far as descriptions know it.
package struct EncodingWish: Sendable, Hashable {
    /// The name of the encoding; nil for any.
    package var rid: String?

    /// An encoding of this name.
    package init(rid: String? = nil) {
        self.rid = rid
    }

    /// Whether a name can stand in the header extension that packets have it in: 1 to 255 letters
    /// and digits (RFC 8852 §3).
    package static func isName(_ text: String) -> Bool {
        (1...255).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "a")...UInt8(ascii: "z"):
                    true
                default: false
                }
            }
    }

    /// The names of the encodings that a sender begins with (W3C §5.1, "addTransceiver
    /// sendEncodings validation steps"): none for one that needs no name, and those that are too
    /// many left out, from the end.
    ///
    /// - Parameter wishes: none for one encoding. Either all have names or none has; without names
    ///   they are numbered.
    /// - Throws: `TypeError` for a name that is none, for two that are the same, and where only
    ///   some have one.
    package static func names(_ wishes: [EncodingWish], of kind: MediaKind) throws(WebRTCError) -> [String?] {
        let names = wishes.compactMap(\.rid)
        if let wrong = names.first(where: { !isName($0) }) {
            throw WebRTCError(
                .type,
                "addTransceiver: the rid '\(wrong.excerpt(60))' of encoding \(names.firstIndex(of: wrong) ?? 0) is not "
                    + "1 to 255 letters and digits (RFC 8852 §3)")
        }
        guard names.isEmpty || names.count == wishes.count else {
            throw WebRTCError(
                .type,
                "addTransceiver: \(names.count) of \(wishes.count) encodings have a rid; give one to all or to none")
        }
        guard Set(names).count == names.count else {
            throw WebRTCError(.type, "addTransceiver: two encodings have the same rid; give each its own")
        }
        let count = min(wishes.count, kind.maximumEncodings)
        guard count > 1 else { return [nil] }
        return names.isEmpty ? (0..<count).map(String.init) : Array(names.prefix(count))
    }
}

extension MediaKind {
    /// The most encodings of one track. Browsers send three at most, and one of sound.
    package var maximumEncodings: Int { self == .audio ? 1 : 8 }
}
