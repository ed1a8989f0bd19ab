internal import Foundation
internal import NIOSSL

/// Where the certificate of a server and its key are, and what is made of them.
struct CertificateFiles: Sendable, Hashable {
    /// More than this is no certificate.
    static let limit = 1 << 20

    /// What is in a file at a time, or why nothing is.
    enum Content: Sendable, Hashable {
        case bytes([UInt8])
        case unreadable(String)
    }

    /// What is in both. Two of them that are equal make the same of themselves.
    struct Contents: Sendable, Hashable {
        var chain: Content
        var key: Content
    }

    /// Certificates that belong to a key.
    struct Identity: Sendable {
        let chain: [NIOSSLCertificate]
        let key: NIOSSLPrivateKey
    }

    let chain: String
    let key: String

    /// Reads both files, however long the disk takes for it.
    func read() -> Contents { Contents(chain: Self.read(chain), key: Self.read(key)) }

    /// What certificates and key the files hold.
    ///
    /// - Throws: `.invalidConfiguration`, with the file and what is wrong with it.
    func identity(in contents: Contents) throws(SignalingError) -> Identity {
        let certificates: [NIOSSLCertificate]
        do {
            certificates = try Self.certificates(inPEM: try bytes(contents.chain, of: chain))
        } catch let error as SignalingError {
            throw error
        } catch {
            throw SignalingError(.invalidConfiguration, "\(chain) has no certificate in PEM, or half of one")
        }
        do {
            let key = try NIOSSLPrivateKey(bytes: try bytes(contents.key, of: key), format: .pem)
            return Identity(chain: certificates, key: key)
        } catch let error as SignalingError {
            throw error
        } catch {
            throw SignalingError(
                .invalidConfiguration, "\(key) has no private key in PEM, or half of one, or one with a password")
        }
    }

    private func bytes(_ content: Content, of path: String) throws(SignalingError) -> [UInt8] {
        switch content {
        case .bytes(let bytes): return bytes
        case .unreadable(let reason): throw SignalingError(.invalidConfiguration, "\(path): \(reason)")
        }
    }

    /// The certificates among what stands in a file, in their order, whatever the length of their
    /// lines.
    ///
    /// - Throws: when there is none, or one is not whole.
    static func certificates(inPEM bytes: [UInt8]) throws -> [NIOSSLCertificate] {
        let (begin, end) = ("-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----")
        var rest = String(decoding: bytes, as: UTF8.self)[...]
        var certificates: [NIOSSLCertificate] = []
        while let start = rest.range(of: begin) {
            rest = rest[start.upperBound...]
            guard let stop = rest.range(of: end),
                let der = Data(base64Encoded: rest[..<stop.lowerBound].filter { !$0.isWhitespace })
            else { throw NIOSSLError.failedToLoadCertificate }
            certificates.append(try NIOSSLCertificate(bytes: Array(der), format: .der))
            rest = rest[stop.upperBound...]
        }
        guard !certificates.isEmpty else { throw NIOSSLError.failedToLoadCertificate }
        return certificates
    }

    /// Reads a file, if it is not larger than the limit.
    static func read(_ path: String) -> Content {
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            let data = try file.read(upToCount: limit + 1) ?? Data()
            return data.count > limit ? .unreadable("has more than \(limit) bytes") : .bytes(Array(data))
        } catch {
            return .unreadable(error.localizedDescription)
        }
    }
}
