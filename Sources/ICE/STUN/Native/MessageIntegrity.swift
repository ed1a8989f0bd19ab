internal import COpenSSL

/// The HMAC-SHA1 of STUN's MESSAGE-INTEGRITY with a short-term password: RFC 8489 §9.1.1, §14.5.
enum MessageIntegrity {
    static let size = 20

    /// Empty when the library cannot compute it, which equals no attribute.
    static func code(of message: [UInt8], password: String) -> [UInt8] {
        let key = Array(password.utf8)
        var result = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        // SAFETY: each pointer is given with its size, and the result has room for the longest of
        // all digests.
        let isMade = unsafe HMAC(EVP_sha1(), key, Int32(key.count), message, message.count, &result, &count) != nil
        return isMade && count == size ? Array(result.prefix(size)) : []
    }
}
