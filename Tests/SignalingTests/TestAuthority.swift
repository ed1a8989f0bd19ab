import Crypto
import Foundation
import SwiftASN1
import TestSupport
import X509

@testable import Signaling

/// An authority that issues certificates as a test says.
struct TestAuthority {
    struct Issued {
        let certificate: String
        let key: String
        let fingerprint: String
    }

    private let key = P256.Signing.PrivateKey()
    private let name: DistinguishedName
    let certificate: String

    init(_ commonName: String = "Authority of a test") throws {
        name = try DistinguishedName { CommonName(commonName) }
        certificate = try Self.make(
            name, key.publicKey, issuer: name, key, -86_400...86_400,
            Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                Critical(KeyUsage(keyCertSign: true))
            }
        ).serializeAsPEM().pemString
    }

    /// - Parameters:
    ///   - names: names and addresses.
    ///   - times: from when to when it is valid, in seconds from now.
    ///   - commonName: a name of the old kind.
    func issue(
        _ names: [String], times: ClosedRange<TimeInterval> = -3600...3600, commonName: String = "server",
        isForServers: Bool = true
    ) throws -> Issued {
        let own = P256.Signing.PrivateKey()
        let generalNames = names.map { name in
            Authority(name)?.addressBytes.map { .ipAddress(ASN1OctetString(contentBytes: $0[...])) }
                ?? GeneralName.dnsName(name)
        }
        let made = try Self.make(
            DistinguishedName { CommonName(commonName) }, own.publicKey, issuer: name, key, times,
            Certificate.Extensions {
                try ExtendedKeyUsage([isForServers ? .serverAuth : .clientAuth])
                if !generalNames.isEmpty { SubjectAlternativeNames(generalNames) }
            })
        let pem = try made.serializeAsPEM()
        return Issued(
            certificate: pem.pemString, key: own.pemRepresentation,
            fingerprint: CertificateFingerprint.of(Array(pem.derBytes)))
    }

    private static func make(
        _ subject: DistinguishedName, _ subjectKey: P256.Signing.PublicKey, issuer: DistinguishedName,
        _ key: P256.Signing.PrivateKey, _ times: ClosedRange<TimeInterval>, _ extensions: Certificate.Extensions
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(subjectKey),
            notValidBefore: .now.addingTimeInterval(times.lowerBound),
            notValidAfter: .now.addingTimeInterval(times.upperBound),
            issuer: issuer, subject: subject, signatureAlgorithm: .ecdsaWithSHA256, extensions: extensions,
            issuerPrivateKey: .init(key))
    }
}

extension SignalingClient {
    /// Why a client cannot connect; nil when it can.
    static func failure(to url: String, _ tls: ClientTLS) async -> SignalingError? {
        do throws(SignalingError) {
            await (try await connect(to: url, configuration: .init(tls: tls))).close()
            return nil
        } catch {
            return error
        }
    }
}

extension TestFolder {
    /// Writes or replaces the files of a certificate, and says which these are.
    func tls(_ issued: TestAuthority.Issued) throws -> ServerTLS {
        try replace(issued.certificate, "server.pem")
        try replace(issued.key, "server.key")
        return .files(certificateChain: path("server.pem"), privateKey: path("server.key"))
    }

    @discardableResult
    func replace(_ text: String, _ name: String) throws -> String { try write(Array(text.utf8), to: name) }
}
