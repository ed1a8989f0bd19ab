/// The digest of a certificate as SDP carries it: `a=fingerprint:sha-256 AB:CD:…` (RFC 8122 §5).
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    /// The hash functions of RFC 8122 §5 that can still be trusted to name a certificate, weakest
    /// first.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable, Comparable {
        /// Accepted from old peers; never announced by us.
        case sha1 = "sha-1"
        /// 28 bytes.
        case sha224 = "sha-224"
        /// 32 bytes; what this library announces, as browsers do.
        case sha256 = "sha-256"
        /// 48 bytes.
        case sha384 = "sha-384"
        /// 64 bytes.
        case sha512 = "sha-512"

        /// The number of bytes of a digest.
        public var byteCount: Int {
            switch self {
            case .sha1: 20
            case .sha224: 28
            case .sha256: 32
            case .sha384: 48
            case .sha512: 64
            }
        }

        /// Whether the left one is the weaker.
        public static func < (left: Algorithm, right: Algorithm) -> Bool { left.byteCount < right.byteCount }
    }

    /// The hash function.
    public let algorithm: Algorithm
    /// The digest, ``Algorithm/byteCount`` bytes.
    public let bytes: [UInt8]

    /// Takes a digest that was computed elsewhere.
    ///
    /// - Throws: `invalidFingerprint` when the number of bytes is not that of the algorithm.
    public init(algorithm: Algorithm, bytes: [UInt8]) throws(DTLSError) {
        guard bytes.count == algorithm.byteCount else {
            throw DTLSError(
                .invalidFingerprint,
                "a \(algorithm.rawValue) fingerprint has \(algorithm.byteCount) bytes, not \(bytes.count)")
        }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Reads what follows `a=fingerprint:`, in either case.
    ///
    /// - Throws: `invalidFingerprint`, which says what is wrong. A session description may hold
    ///   lines with hash functions that we do not know; RFC 8122 §5 lets the reader skip these as
    ///   long as one line is left.
    public init(parsing text: some StringProtocol) throws(DTLSError) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2 else {
            throw DTLSError(
                .invalidFingerprint,
                "expected a hash function, a space and the digest, as in 'sha-256 AB:CD:…', but found "
                    + (parts.count == 1 ? "1 word" : "\(parts.count) words")
            )
        }
        try self.init(algorithm: parts[0], value: parts[1])
    }

    /// Reads the two fields of a fingerprint: the name of the hash function, and hexadecimal bytes
    /// joined by colons.
    ///
    /// - Throws: `invalidFingerprint`, which says what is wrong.
    public init(algorithm name: some StringProtocol, value: some StringProtocol) throws(DTLSError) {
        guard let algorithm = Algorithm(rawValue: name.lowercased()) else {
            let known = Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw DTLSError(.invalidFingerprint, "unknown hash function '\(name.prefix(32))'; known are \(known)")
        }
        let text = Array(value.utf8)
        var bytes: [UInt8] = []
        var start = 0
        while start <= text.count, bytes.count <= algorithm.byteCount {
            guard let byte = Self.byte(at: start, of: text) else {
                let field = String(decoding: text[start...].prefix { $0 != UInt8(ascii: ":") }.prefix(8), as: UTF8.self)
                throw DTLSError(
                    .invalidFingerprint,
                    "byte \(bytes.count + 1) of the \(algorithm.rawValue) fingerprint is '\(field)'; "
                        + "expected two hexadecimal digits between colons")
            }
            bytes.append(byte)
            start += 3
        }
        try self.init(algorithm: algorithm, bytes: bytes)
    }

    /// The digest as SDP wants it: upper-case hexadecimal bytes joined by colons.
    public var value: String {
        let digits = Array("0123456789ABCDEF".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count * 3)
        for byte in bytes {
            if !text.isEmpty { text.append(UInt8(ascii: ":")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// What follows `a=fingerprint:`.
    public var description: String { "\(algorithm.rawValue) \(value)" }

    /// Two digits, and then a colon or the end.
    private static func byte(at start: Int, of text: [UInt8]) -> UInt8? {
        let end = start + 2
        guard end == text.count || end < text.count && text[end] == UInt8(ascii: ":"),
            let high = nibble(of: text[start]), let low = nibble(of: text[start + 1])
        else { return nil }
        return high << 4 | low
    }

    private static func nibble(of digit: UInt8) -> UInt8? {
        if digit >= 0x30, digit <= 0x39 { return digit - 0x30 }
        let letter = digit | 0x20
        return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : nil
    }
}
