internal import COpenSSL
internal import Dispatch

/// scrypt (RFC 7914): takes memory and time, so that whoever tries many passphrases needs much of
/// both.
enum Scrypt {
    /// What one derivation takes: 32 MiB (128 · N · r) and about a tenth of a second.
    struct Cost: Sendable, Hashable {
        var n: UInt64 = 32768
        var r: UInt64 = 8
        var p: UInt64 = 1
    }

    /// Derives bytes, on a thread of its own kind: no task's thread waits for it.
    static func derive(
        _ passphrase: [UInt8], salt: [UInt8], cost: Cost = Cost(), count: Int
    ) async throws(GroupKeyError) -> [UInt8] {
        let result: [UInt8]? = await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                continuation.resume(returning: derivedNow(passphrase, salt: salt, cost: cost, count: count))
            }
        }
        guard let result else { throw GroupKeyError(.library, "OpenSSL failed at scrypt") }
        return result
    }

    static func derivedNow(_ passphrase: [UInt8], salt: [UInt8], cost: Cost, count: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let limit = 256 * cost.n * cost.r
        // SAFETY: OpenSSL reads and writes as many bytes as it is told of arrays that live through
        // the call. It reads the passphrase as characters, which are as large as bytes.
        let status = unsafe passphrase.withUnsafeBytes { passphrase in
            unsafe EVP_PBE_scrypt(
                passphrase.assumingMemoryBound(to: CChar.self).baseAddress, passphrase.count, salt, salt.count,
                cost.n, cost.r, cost.p, limit, &bytes, count)
        }
        rtc_err_clear()
        return status == 1 ? bytes : nil
    }
}
