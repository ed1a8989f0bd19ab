internal import COpenSSL
package import TransportTypes

extension Fingerprint {
    /// Computes the fingerprint of a certificate in DER.
    package init(of der: [UInt8], _ algorithm: Algorithm) throws(DTLSError) {
        // SAFETY: the digests are constants of the library. The output is as large as any digest,
        // the count is that of the input array, and both live through the call.
        let function =
            switch algorithm {
            case .sha1: unsafe EVP_sha1()
            case .sha224: unsafe EVP_sha224()
            case .sha256: unsafe EVP_sha256()
            case .sha384: unsafe EVP_sha384()
            case .sha512: unsafe EVP_sha512()
            }
        var bytes = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
        var count: UInt32 = 0
        let status = unsafe EVP_Digest(der, der.count, &bytes, &count, function, nil)
        guard status == 1 else { throw OpenSSLFailure.error("computing a \(algorithm.rawValue) fingerprint") }
        try self.init(algorithm: algorithm, bytes: Array(bytes.prefix(Int(count))))
    }
}
