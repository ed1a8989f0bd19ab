import SDP
import Testing
import TransportTypes

@testable import JSEP

/// Negotiations without any transport, and the texts that they exchange.
enum Negotiations {
    /// A negotiation with a certificate of its own.
    static func make(_ name: UInt8 = 1, policy: BundlePolicy = .balanced) throws -> Negotiation {
        let digest = (0..<32).map { _ in hex(name) }.joined(separator: ":")
        let fingerprint = try #require(FingerprintAttribute(attributeValue: "sha-256 \(digest)"))
        return Negotiation(
            parameters: .init(
                fingerprints: [fingerprint], maxMessageSize: 262_144, sessionID: 77, bundlePolicy: policy),
            makeCredentials: { ICECredentials.random() })
    }

    /// Two that have completed a round: the first has offered data channels.
    static func agreed() throws -> (Negotiation, Negotiation) {
        var a = try make(1)
        var b = try make(2)
        a.wantsData = true
        try round(&a, &b)
        return (a, b)
    }

    /// A round of offer and answer, with the implicit forms.
    ///
    /// - Returns: what each has to tell of it.
    @discardableResult
    static func round(
        _ a: inout Negotiation, _ b: inout Negotiation
    ) throws -> (a: [NegotiationEvent], b: [NegotiationEvent]) {
        let offer = try a.setLocal(nil).events
        let offered = try b.setRemote(#require(a.local).description).events
        let answer = try b.setLocal(nil).events
        return (offer + (try a.setRemote(#require(b.local).description).events), offered + answer)
    }

    /// An offer of another implementation: the given sections after the usual session lines.
    static func offer(_ sections: String...) -> SessionDescription {
        SessionDescription(type: .offer, sdp: session + sections.joined())
    }

    static let session = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"

    /// A section for data channels.
    static func data(
        mid: String? = "0", port: Int = 9, ufrag: String? = "abcd", pwd: String? = "abcdefghijklmnopqrstuv",
        fingerprint: UInt8? = 9, setup: String? = "actpass", more: String = ""
    ) -> String {
        var text = "m=application \(port) UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\n"
        if let mid { text += "a=mid:\(mid)\r\n" }
        if let ufrag { text += "a=ice-ufrag:\(ufrag)\r\n" }
        if let pwd { text += "a=ice-pwd:\(pwd)\r\n" }
        if let fingerprint {
            text += "a=fingerprint:sha-256 \((0..<32).map { _ in hex(fingerprint) }.joined(separator: ":"))\r\n"
        }
        if let setup { text += "a=setup:\(setup)\r\n" }
        return text + "a=sctp-port:5000\r\n" + more
    }

    /// A section that we do not use.
    static func unused(mid: String? = "a", port: Int = 9) -> String {
        "m=text \(port) UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=rtpmap:111 t140/1000\r\n"
            + (mid.map { "a=mid:\($0)\r\n" } ?? "")
    }

    /// A section for sound or pictures; a payload type without a codec is one of RFC 3551's.
    static func media(
        _ kind: String, mid: String = "0", formats: [(Int, String?, String?)] = [(111, "opus/48000/2", nil)],
        more: String = "a=sendrecv\r\n"
    ) -> String {
        var text = "m=\(kind) 9 UDP/TLS/RTP/SAVPF \(formats.map { "\($0.0)" }.joined(separator: " "))\r\n"
        text += "c=IN IP4 0.0.0.0\r\na=mid:\(mid)\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\n"
        text += "a=fingerprint:sha-256 \((0..<32).map { _ in hex(9) }.joined(separator: ":"))\r\n"
        text += "a=setup:actpass\r\na=rtcp-mux\r\n"
        for (number, codec, parameters) in formats {
            if let codec { text += "a=rtpmap:\(number) \(codec)\r\n" }
            if let parameters { text += "a=fmtp:\(number) \(parameters)\r\n" }
        }
        return text + more
    }

    private static func hex(_ byte: UInt8) -> String {
        String(UInt16(byte) + 0x100, radix: 16).uppercased().suffix(2).description
    }
}

/// The one transport, where all is bundled.
extension Negotiation {
    /// The ICE username fragment of the description in force.
    var localFragment: String? { localTransport?.credentials.usernameFragment }
    var localTransport: TransportDescription? { transportIDs.first.flatMap { localTransport($0) } }
    var agreedLocalTransport: TransportDescription? { transportIDs.first.flatMap { agreement(on: $0)?.local } }
    var remoteTransport: TransportDescription? { transportIDs.first.flatMap { agreement(on: $0)?.remote } }
    var dtlsRole: DTLSRole? { transportIDs.first.flatMap { dtlsRole(on: $0) } }
}

/// The W3C name of the error that the body throws.
func code(_ body: () throws -> Void) -> WebRTCError.Code? {
    do {
        try body()
        return nil
    } catch {
        return (error as? WebRTCError)?.code
    }
}
