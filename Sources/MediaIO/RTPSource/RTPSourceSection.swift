internal import Foundation
internal import JSEP
internal import SDP

/// What a session description says of one stream that is sent here.
struct RTPSourceSection: Sendable, Hashable {
    var kind: MediaKind
    /// Where it is sent to: an address of this machine.
    var address: String
    var port: UInt16
    /// Where its reports are sent to; nil if they come with it (RFC 5761).
    var controlPort: UInt16?
    /// By payload type: what `MediaStreamTrack.send(_:codec:)` calls it.
    var codecs: [UInt8: String]
    /// By payload type: the parameter sets of H.264 and H.265 that the description has (RFC 6184
    /// §8.1, RFC 7798 §7.1), without start codes.
    var parameterSets: [UInt8: [[UInt8]]] = [:]
    /// The only address that it comes from, if the description says so (RFC 4570).
    var source: String?

    static let codecNames: [MediaKind: [String: String]] = [
        .audio: [
            "opus": "audio/opus", "pcmu": "audio/PCMU", "pcma": "audio/PCMA", "g722": "audio/G722",
        ],
        .video: [
            "vp8": "video/VP8", "vp9": "video/VP9", "h264": "video/H264", "h265": "video/H265", "av1": "video/AV1",
        ],
    ]
    /// Those that need no `a=rtpmap` (RFC 3551 §6).
    static let staticCodecs: [UInt8: String] = [0: "pcmu", 8: "pcma", 9: "g722"]
    static let maximumSections = 16
    /// Of a payload type.
    static let maximumParameterSets = (count: 64, bytes: 16 << 10)

    /// Reads a description as ffmpeg and others write it.
    static func sections(of text: String) throws(RTPSourceError) -> [RTPSourceSection] {
        // What ffmpeg prints begins with a line of its own.
        let text = text.hasPrefix("SDP:") ? String(text.drop { !$0.isNewline }.drop { $0.isNewline }) : text
        let document: SDPDocument
        do throws(SDPError) {
            document = try SDPDocument(parsing: text)
        } catch {
            throw .syntax(error)
        }
        var sections: [RTPSourceSection] = []
        for (index, media) in document.media.enumerated() {
            guard let section = try Self(media, of: document, number: index + 1) else { continue }
            sections.append(section)
        }
        guard !sections.isEmpty else { throw .noMedia }
        guard sections.count <= maximumSections else {
            throw .section(
                number: maximumSections + 1, problem: "there are more than \(maximumSections)",
                remedy: "make another source for them")
        }
        for (index, section) in sections.enumerated() {
            if sections[..<index].contains(where: { $0.port == section.port && $0.address == section.address }) {
                throw .section(
                    number: index + 1, problem: "another section has port \(section.port), too",
                    remedy: "send each stream to a port of its own")
            }
        }
        return sections
    }

    /// Nil for what is neither sound nor pictures.
    private init?(_ media: MediaDescription, of document: SDPDocument, number: Int) throws(RTPSourceError) {
        switch media.kind {
        case .audio: kind = .audio
        case .video: kind = .video
        default: return nil
        }
        guard media.cryptos.isEmpty, document.fingerprints(of: media).isEmpty, !media.transport.contains("SAVP") else {
            throw .section(
                number: number, problem: "the stream is encrypted (\(media.transport))",
                remedy: "send plain RTP (RTP/AVP), such as rtp:// instead of srtp://")
        }
        guard media.transport == "RTP/AVP" || media.transport == "RTP/AVPF" else {
            throw .section(
                number: number, problem: "the transport is \(media.transport)",
                remedy: "send RTP over UDP: m=\(kind.rawValue) <port> RTP/AVP <payload type>")
        }
        guard media.port > 0 else {
            throw .section(
                number: number, problem: "the port is 0",
                remedy: "name the port that is sent to: m=\(kind.rawValue) 5004 RTP/AVP <payload type>")
        }
        port = media.port
        let connection = document.connection(of: media)
        // Whoever sends first is shown to all: not somebody on the network, unless that is meant.
        let name = connection?.address ?? "127.0.0.1"
        // A multicast address may have its range behind it (RFC 8866 §5.7).
        address = String(name.prefix { $0 != "/" })
        guard !Self.isMulticast(address) else {
            throw .section(
                number: number, problem: "\(address) is a multicast address",
                remedy: "send to an address of this machine, such as rtp://127.0.0.1:\(port)")
        }
        codecs = [:]
        for format in media.formats {
            guard let type = UInt8(format), type < 128 else { continue }
            let map = media.rtpMaps.first { $0.payloadType == type }
            let codec = map?.encodingName.lowercased() ?? Self.staticCodecs[type]
            guard let codec, let name = Self.codecNames[kind]?[codec] else { continue }
            if let map { try Self.check(map, of: kind, number: number) }
            codecs[type] = name
            if let payload = NALPayload(codec: name) {
                parameterSets[type] = try Self.parameterSets(of: media, format, payload, number: number)
            }
        }
        guard !codecs.isEmpty else {
            let found = media.rtpMaps.map(\.encodingName)
            let allowed = (Self.codecNames[kind] ?? [:]).keys.sorted().joined(separator: ", ")
            throw .section(
                number: number,
                problem: found.isEmpty
                    ? "no a=rtpmap line says what payload types \(media.formats.joined(separator: " ")) are"
                    : "WebRTC has no codec \(found.joined(separator: ", "))",
                remedy: "encode \(kind.rawValue) with one of \(allowed), and say so in a=rtpmap")
        }
        if media.isRTCPMultiplexed {
            controlPort = nil
        } else {
            controlPort = media.rtcp?.port ?? (port < .max ? port + 1 : nil)
        }
        source = Self.source(of: media) ?? Self.source(of: document)
    }

    /// The clock and channels that peers know the codec with (RFC 3551 §6, RFC 7587 §7).
    private static func check(_ map: RTPMapAttribute, of kind: MediaKind, number: Int) throws(RTPSourceError) {
        let name = map.encodingName
        let isOpus = name.lowercased() == "opus"
        let rate: UInt32 = kind == .video ? 90000 : isOpus ? 48000 : 8000
        let channels = isOpus ? "2" : "1"
        guard map.clockRate != rate || kind == .audio && map.parameters ?? "1" != channels else { return }
        let found = "\(name)/\(map.clockRate)" + (map.parameters.map { "/\($0)" } ?? "")
        let wanted = "\(name)/\(rate)" + (isOpus ? "/2" : "")
        // G.722 has a clock of 8000, and 16,000 samples a second (RFC 3551 §4.5.2).
        let samples = name.lowercased() == "g722" ? 16000 : 8000
        throw .section(
            number: number, problem: "it is \(found), and peers know \(wanted) alone",
            remedy: kind == .video || isOpus
                ? "send it with that clock, and say so in a=rtpmap"
                : "encode one channel of \(samples) samples a second (ffmpeg: -ar \(samples) -ac 1)")
    }

    /// What stands in `a=fmtp`, each in base64; what is none of them is left out.
    private static func parameterSets(
        of media: MediaDescription, _ format: String, _ payload: NALPayload, number: Int
    ) throws(RTPSourceError) -> [[UInt8]]? {
        guard let parameters = media.formatParameters.first(where: { $0.format == format }) else { return nil }
        let names = payload == .h264 ? ["sprop-parameter-sets"] : ["sprop-vps", "sprop-sps", "sprop-pps"]
        let texts = names.compactMap { parameters[$0] }.flatMap { $0.split(separator: ",") }
        let sets = texts.compactMap { Data(base64Encoded: $0.filter { $0 != " " }).map([UInt8].init) }
            .filter { payload.isParameterSet($0) }
        let allowed = maximumParameterSets
        guard texts.count <= allowed.count, sets.reduce(0, { $0 + $1.count }) <= allowed.bytes else {
            throw .section(
                number: number,
                problem: "it has more than \(allowed.count) parameter sets, or \(allowed.bytes) bytes of them",
                remedy: "leave out \(names.joined(separator: ", ")) in a=fmtp, and send them with each key frame")
        }
        return sets.isEmpty ? nil : sets
    }

    /// `a=source-filter: incl IN IP4 <to> <from>` (RFC 4570 §3), with one address.
    private static func source(of container: some SDP.AttributeContainer) -> String? {
        let fields = container.value(of: "source-filter")?.split(separator: " ") ?? []
        return fields.count == 5 && fields[0] == "incl" ? String(fields[4]) : nil
    }

    private static func isMulticast(_ address: String) -> Bool {
        if let first = address.split(separator: ".").first.flatMap({ Int($0) }), address.contains(".") {
            return (224...239).contains(first)
        }
        return address.lowercased().hasPrefix("ff") && address.contains(":")
    }
}
