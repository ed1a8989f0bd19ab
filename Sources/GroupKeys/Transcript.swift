internal import Crypto

/// What a proof is about: fields with their lengths, so that no two lists of fields read the same.
struct Transcript {
    private(set) var bytes: [UInt8] = []

    /// - Parameter label: What is said with these fields, and by whom. No two kinds of proof have
    ///   the same.
    init(_ label: String) { add(label) }

    /// Adds a field: four bytes of length, the largest first, and its bytes.
    mutating func add(_ field: some Collection<UInt8>) {
        let count = UInt32(truncatingIfNeeded: field.count)
        for shift in [24, 16, 8, 0] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: count >> shift)) }
        bytes += field
    }

    /// Adds a field of text.
    mutating func add(_ text: String) { add(Array(text.utf8)) }

    /// HMAC with SHA-256 over the fields (RFC 2104).
    func code(_ key: SymmetricKey) -> [UInt8] { Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key)) }

    /// Whether this is the code over the fields. How long that takes does not depend on where the
    /// two differ.
    func isValid(_ code: [UInt8], _ key: SymmetricKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: bytes, using: key)
    }
}
