internal import TransportTypes

/// Who the peer has to be: what its session description said of its certificate.
struct RemoteIdentity {
    /// The fingerprints that decide: those with the strongest hash function among the announced
    /// ones (RFC 8122 §5).
    private let expected: [Fingerprint]

    init(announced: [Fingerprint]) {
        let strongest = announced.map(\.algorithm).max()
        expected = announced.filter { $0.algorithm == strongest }
    }

    /// Whether a session description has been seen.
    var isKnown: Bool { !expected.isEmpty }

    /// Why the peer may not have this certificate; nil if it may. One match is enough.
    func mismatch(of der: [UInt8]) -> DTLSError? {
        guard let algorithm = expected.first?.algorithm else {
            return DTLSError(.fingerprintMismatch, "no fingerprint of the peer is known, so its certificate is refused")
        }
        do throws(DTLSError) {
            let actual = try Fingerprint(of: der, algorithm)
            if expected.contains(actual) { return nil }
            let list = expected.map(\.description).joined(separator: " or ")
            return DTLSError(
                .fingerprintMismatch,
                "the peer's certificate has the fingerprint \(actual), its session description announced \(list)",
                alert: 42)
        } catch {
            return error
        }
    }
}
