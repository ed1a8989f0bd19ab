package import TransportTypes

/// The keys of both directions, exported from the handshake (RFC 5764 §4.2).
package struct SRTPKeys: Sendable, Hashable {
    /// The profile that the handshake agreed on; it gives the lengths.
    package let profile: SRTPProfile
    /// Protects what we send.
    package let localKey: [UInt8]
    package let localSalt: [UInt8]
    /// Protects what the peer sends.
    package let remoteKey: [UInt8]
    package let remoteSalt: [UInt8]

    /// How many bytes the exporter must give for a profile: two keys and two salts.
    static func exportedCount(for profile: SRTPProfile) -> Int { 2 * (profile.keyLength + profile.saltLength) }

    /// Cuts the exported bytes: client key, server key, client salt, server salt (RFC 5764 §4.2).
    init?(exported: [UInt8], profile: SRTPProfile, role: DTLSRole) {
        guard exported.count == Self.exportedCount(for: profile) else { return nil }
        let (key, salt) = (profile.keyLength, profile.saltLength)
        let clientKey = Array(exported[0..<key])
        let serverKey = Array(exported[key..<2 * key])
        let clientSalt = Array(exported[2 * key..<2 * key + salt])
        let serverSalt = Array(exported[2 * key + salt..<2 * (key + salt)])
        self.profile = profile
        localKey = role == .client ? clientKey : serverKey
        localSalt = role == .client ? clientSalt : serverSalt
        remoteKey = role == .client ? serverKey : clientKey
        remoteSalt = role == .client ? serverSalt : clientSalt
    }
}
