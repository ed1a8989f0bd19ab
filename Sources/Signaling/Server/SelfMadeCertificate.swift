internal import Crypto
internal import Foundation
internal import SwiftASN1
internal import X509

/// A certificate for a server that is signed by its own key (RFC 5280 §4), and that key.
struct SelfMadeCertificate: Sendable {
    let certificate: [UInt8]
    /// In PEM (PKCS #8).
    let key: String

    var fingerprint: String { CertificateFingerprint.of(certificate) }

    init(names: [String], validFor: Duration, now: Date) throws(SignalingError) {
        let tenYears = Duration.seconds(3653 * 86_400)
        try check(validFor, "validFor", in: .seconds(60)...tenYears, "one minute to ten years")
        guard !names.isEmpty else {
            throw SignalingError(.invalidConfiguration, "names is empty: a certificate is for at least one name")
        }
        var generalNames: [GeneralName] = []
        for name in names { generalNames.append(try Self.generalName(name)) }
        let privateKey = P256.Signing.PrivateKey()
        do {
            let own = try DistinguishedName { CommonName("swift-webrtc signaling") }
            let made = try Certificate(
                version: .v3, serialNumber: Certificate.SerialNumber(),
                publicKey: Certificate.PublicKey(privateKey.publicKey), notValidBefore: now.addingTimeInterval(-3600),
                notValidAfter: now.addingTimeInterval(TimeInterval(validFor.components.seconds)),
                issuer: own, subject: own, signatureAlgorithm: .ecdsaWithSHA256,
                // Without a usage of its key: one that signs no certificates is no root of itself.
                extensions: try Certificate.Extensions {
                    Critical(BasicConstraints.notCertificateAuthority)
                    try ExtendedKeyUsage([.serverAuth])
                    SubjectAlternativeNames(generalNames)
                },
                issuerPrivateKey: Certificate.PrivateKey(privateKey))
            var serializer = DER.Serializer()
            try serializer.serialize(made)
            certificate = serializer.serializedBytes
        } catch {
            throw SignalingError(.tlsFailed, "the certificate cannot be made: \(error)")
        }
        key = privateKey.pemRepresentation
    }

    private static func generalName(_ text: String) throws(SignalingError) -> GeneralName {
        guard let authority = Authority(text), authority.port == nil else {
            throw SignalingError(
                .invalidConfiguration,
                "names has \"\(text.prefix(80))\": a name or an address, such as desk.local or 192.0.2.7")
        }
        guard let bytes = authority.addressBytes else { return .dnsName(authority.host) }
        return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
    }
}
