package import Crypto

extension SymmetricKey {
    /// A copy of the key's bytes.
    package var bytes: [UInt8] {
        // SAFETY: the buffer is copied while it is valid, and does not leave the closure.
        unsafe withUnsafeBytes { unsafe Array($0) }
    }
}
