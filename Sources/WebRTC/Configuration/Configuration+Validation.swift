internal import DTLS
internal import ICE
public import JSEP
internal import SDP
internal import TransportTypes

extension PeerConnection.Configuration {
    /// Says what is wrong with the configuration, as W3C §4.4.1.6 demands.
    /// ``PeerConnection/init(configuration:)`` does it for each connection; a server that has its
    /// settings from outside may want to know at its start.
    ///
    /// - Throws: `RangeError` for a number or an address out of its range, which the message names;
    ///   `TypeError` for ``iceCandidatePoolSize``; `SyntaxError` for the URL of a server,
    ///   `InvalidAccessError` for a TURN server without credentials and for a certificate that has
    ///   expired; `NotSupportedError` for ``RTCPMuxPolicy/negotiate``.
    public func validate() throws(WebRTCError) {
        for server in iceServers { try Self.validate(server, roots: ice.tlsRoots) }
        for certificate in certificates where certificate.hasExpired {
            throw WebRTCError(.invalidAccess, "a certificate of the configuration has expired; generate a new one")
        }
        guard rtcpMuxPolicy == .require else {
            throw WebRTCError(
                .notSupported, "rtcpMuxPolicy is negotiate; RTCP has no port of its own here, use require")
        }
        try check(iceCandidatePoolSize, in: 0...255, name: "iceCandidatePoolSize", code: .type)
        try check(maxMessageSize, in: 1...(1 << 30), name: "maxMessageSize")
        try check(sendBufferLimit, in: 1...(1 << 40), name: "sendBufferLimit")
        try check(receiveBufferLimit, in: 1...(1 << 40), name: "receiveBufferLimit")
        try check(unreadLimit, in: (64 << 10)...(1 << 40), name: "unreadLimit")
        try validateSCTP()
        try check(maxChannels, in: 1...65535, name: "maxChannels")
        do throws(ICEError) {
            try ice.validate()
        } catch {
            throw WebRTCError(.range, "ice.\(error.message)")
        }
    }

    /// The first certificate, or the process's own.
    func certificateToShow() throws(WebRTCError) -> Certificate {
        if let first = certificates.first { return first }
        do throws(DTLSError) {
            return try Certificate.shared()
        } catch {
            throw WebRTCError(.operation, "no certificate can be generated: \(error)")
        }
    }

    /// What the ICE agent is told of it.
    var iceConfiguration: ICEConfiguration {
        var result = ICEConfiguration()
        result.servers = iceServers.map { server in
            var usable = server
            usable.urls.removeAll { Self.obstacle(to: $0) != nil }
            return usable
        }.filter { !$0.urls.isEmpty }
        result.transportPolicy = iceTransportPolicy == .relay ? .relay : .all
        result.settings = ice
        return result
    }

    /// The errors for servers that are left out.
    var unusableServers: [ICECandidateError] {
        iceServers.flatMap(\.urls).compactMap { url in
            Self.obstacle(to: url).map { .unusable(url: url, text: $0) }
        }
    }

    private static func obstacle(to url: String) -> String? {
        (try? ICEServerURL(parsing: url))?.obstacle
    }

    private static func validate(_ server: ICEServer, roots: TLSRoots) throws(WebRTCError) {
        do throws(ICEError) {
            let urls = try server.validated()
            if urls.contains(where: { $0.scheme == .turns }) { roots.prepare() }
        } catch {
            throw WebRTCError(
                error.code == .missingCredential ? .invalidAccess : .syntax,
                "an ICE server of the configuration: \(error.message)")
        }
    }

    func check(
        _ value: Int, in range: ClosedRange<Int>, name: String, code: WebRTCError.Code = .range
    ) throws(WebRTCError) {
        guard range.contains(value) else {
            throw WebRTCError(code, "\(name) is \(value); it must be from \(range.lowerBound) to \(range.upperBound)")
        }
    }
}

extension Certificate {
    /// The line that announces it in a description (RFC 8122 §5).
    func fingerprintAttribute() throws(WebRTCError) -> FingerprintAttribute {
        guard let print = try? fingerprint(.sha256),
            let attribute = FingerprintAttribute(attributeValue: print.description)
        else {
            throw WebRTCError(.operation, "the certificate's fingerprint cannot be computed")
        }
        return attribute
    }
}
