/// The digest of a certificate as SDP carries it: `a=fingerprint:sha-256 AB:CD:…` (RFC 8122 §5).
public struct Fingerprint: Sendable, Hashable, CustomStringConvertible {
    /// The hash functions of RFC 8122 §5 that can still be trusted to name a certificate, weakest first.
    public enum Algorithm: String, Sendable, Hashable, CaseIterable, Comparable {
        /// Accepted from old peers; never announced by us.
        case sha1 = "sha-1"
        case sha224 = "sha-224"
        case sha256 = "sha-256"
        case sha384 = "sha-384"
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
    /// - Throws: `invalidFingerprint`, which says what is wrong. A session description may hold lines with hash functions
    ///   that we do not know; RFC 8122 §5 lets the reader skip these as long as one line is left.
    public init(parsing text: some StringProtocol) throws(DTLSError) {
        let parts = text.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2 else {
            throw DTLSError(
                .invalidFingerprint,
                "expected a hash function, a space and the digest, as in 'sha-256 AB:CD:…', but found \(parts.count) words"
            )
        }
        try self.init(algorithm: parts[0], value: parts[1])
    }

    /// Reads the two fields of a fingerprint: the name of the hash function, and hexadecimal bytes joined by colons.
    ///
    /// - Throws: `invalidFingerprint`, which says what is wrong.
    public init(algorithm name: some StringProtocol, value: some StringProtocol) throws(DTLSError) {
        guard let algorithm = Algorithm(rawValue: name.lowercased()) else {
            let known = Algorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw DTLSError(.invalidFingerprint, "unknown hash function '\(name.prefix(32))'; known are \(known)")
        }
        var bytes: [UInt8] = []
        for field in value.split(separator: ":", omittingEmptySubsequences: false) {
            guard let byte = Self.byte(of: field) else {
                throw DTLSError(
                    .invalidFingerprint,
                    "byte \(bytes.count + 1) of the \(algorithm.rawValue) fingerprint is '\(field.prefix(8))'; "
                        + "expected two hexadecimal digits between colons")
            }
            bytes.append(byte)
            guard bytes.count <= algorithm.byteCount else { break }
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

    private static func byte(of field: some StringProtocol) -> UInt8? {
        let digits = field.utf8
        guard digits.count == 2, let high = digits.first, let low = digits.dropFirst().first,
            let high = nibble(of: high), let low = nibble(of: low)
        else { return nil }
        return high << 4 | low
    }

    private static func nibble(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
