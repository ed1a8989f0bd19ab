internal import JSEP

/// What a diagnosis tells of the media on a transport, as the loop has published it last.
struct MediaFacts: Sendable, Hashable {
    /// How long nothing may come of a section before it is told.
    static let patience = Duration.seconds(5)
    /// How long a key frame may take before it is told.
    static let keyFramePatience = Duration.seconds(3)

    /// A section that carries media.
    struct Section: Sendable, Hashable {
        var mid: String
        var kind: MediaKind
        var sends = false
        /// Since when the peer may send, and its packets could be read; nil if it may not.
        var receivesSince: Duration?
        /// The codecs that may be sent.
        var agreed: [String] = []
        /// The codec of frames that were not sent as the peer does not have it, and how many.
        var missingCodec: String?
        var withoutCodec: UInt64 = 0
        /// Frames that were not sent as they are none of their codec.
        var malformed: UInt64 = 0
        var wantsFrames = false
        var wantsPackets = false
        var packetsReceived: UInt64 = 0
        /// Since when the reader of frames waits for one that needs no other, while packets come.
        var keyFrameWantedSince: Duration?
        /// How often the peer was asked for one.
        var keyFrameRequests: UInt32 = 0
    }

    /// DTLS has agreed on a profile of SRTP.
    var hasProfile = true
    /// In the order of their tags.
    var sections: [Section] = []
    /// Packets that nobody with the key has made.
    var notAuthentic: UInt64 = 0
    /// The peer's packets that belong to no section, or are of no codec of theirs.
    var strays: UInt64 = 0
    /// A packet that is the peer's has come.
    var hasHeard = false
}

/// What is wrong with media, the worst first, in words.
struct MediaFinding {
    var step = ConnectionDiagnosis.Step.media
    var verdict: ConnectionDiagnosis.Verdict
    var text: String
    var advice: String?
}

extension MediaFacts {
    /// What is found at a moment of the loop's clock.
    func findings(now: Duration) -> [MediaFinding] {
        guard hasProfile else {
            return [
                MediaFinding(
                    step: .srtp, verdict: .bad,
                    text: "DTLS is up, and no SRTP profile was agreed on: no media can flow",
                    advice: "look at the peer: its DTLS has to have the extension use_srtp (RFC 5764) with one of the "
                        + "profiles that this end has")
            ]
        }
        let all = protection + homeless + sections.flatMap { $0.findings(now: now) }
        return all.filter { $0.verdict == .bad } + all.filter { $0.verdict == .waiting }
            + all.filter { $0.verdict == .good }
    }

    private var homeless: [MediaFinding] {
        guard strays > 0 else { return [] }
        let hasOthers = sections.contains { $0.packetsReceived > 0 }
        return [
            MediaFinding(
                verdict: hasOthers ? .good : .waiting,
                text: "\(counted(strays, "packet")) of the peer's cannot be given to any section",
                advice: "look at the peer's packets: their payload type has to be one of the description, and the "
                    + "header extension for the mid, or a=ssrc, has to say which section they are of (RFC 8843 §9.2)")
        ]
    }

    private var protection: [MediaFinding] {
        guard notAuthentic > 0 else { return [] }
        let count = counted(notAuthentic, "packet")
        guard !hasHeard else {
            return [MediaFinding(verdict: .good, text: "\(count) of SRTP did not prove to be the peer's")]
        }
        return [
            MediaFinding(
                step: .srtp, verdict: .bad, text: "no packet of SRTP proves to be the peer's: \(count) did not",
                advice: "look at the peer: it has to use the keys of this DTLS session, and not those of one before")
        ]
    }
}

/// "1 frame", "2 frames".
private func counted(_ count: UInt64, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

extension MediaFacts.Section {
    private var name: String { "section '\(mid)' (\(kind.rawValue))" }

    fileprivate func findings(now: Duration) -> [MediaFinding] { sending + receiving(now: now) }

    private var sending: [MediaFinding] {
        var found: [MediaFinding] = []
        if sends, agreed.isEmpty {
            found.append(
                MediaFinding(
                    verdict: .bad, text: "\(name): both ends have no codec in common",
                    advice: "give setCodecPreferences a codec that the peer has, or none, and negotiate again"))
        } else if let missingCodec {
            let list = agreed.joined(separator: ", ")
            found.append(
                MediaFinding(
                    verdict: .bad,
                    text: "\(name): the peer does not have \(missingCodec): \(counted(withoutCodec, "frame")) of it "
                        + "not sent; agreed on: \(list)",
                    advice: "encode the track in one of these: \(list)"))
        }
        if malformed > 0 {
            found.append(
                MediaFinding(
                    verdict: .good,
                    text: "\(name): \(counted(malformed, "frame")) not sent, being none of the codec",
                    advice: "look at MediaFrame for the form of each codec's frames"))
        }
        return found
    }

    private func receiving(now: Duration) -> [MediaFinding] {
        guard let receivesSince else { return [] }
        let isRead = wantsFrames || wantsPackets
        guard packetsReceived > 0 else {
            guard now - receivesSince >= MediaFacts.patience else { return [] }
            return [
                MediaFinding(
                    verdict: isRead ? .waiting : .good,
                    text: "\(name): nothing has come for \(Self.seconds(now - receivesSince)) s, though the peer "
                        + "may send",
                    advice: isRead ? "look whether the peer sends a track there, and feeds it" : nil)
            ]
        }
        guard isRead else {
            return [
                MediaFinding(
                    verdict: .good, text: "\(name): \(counted(packetsReceived, "packet")) received, which nobody reads",
                    advice: "read frames or packets of the receiver's track, or let the transceiver not receive")
            ]
        }
        guard let wanted = keyFrameWantedSince, now - wanted >= MediaFacts.keyFramePatience else { return [] }
        return [
            MediaFinding(
                verdict: .waiting,
                text: "\(name): packets come, and no key frame has come for \(Self.seconds(now - wanted)) s, though it "
                    + "was asked for (\(counted(UInt64(keyFrameRequests), "time")))",
                advice: "look at the peer: it has to make a key frame when it is asked for one (RFC 4585 §6.3.1, "
                    + "RFC 5104 §4.3.1)")
        ]
    }

    private static func seconds(_ duration: Duration) -> Int64 { duration.components.seconds }
}

extension RefusedSection {
    /// What has become of the section, in words.
    var text: String {
        let name = "section '\(mid)' (\(kind.rawValue))"
        let codecs = offered.isEmpty ? "no codec" : offered.joined(separator: ", ")
        guard isOurs else { return "the peer has refused \(name), which offered \(codecs)" }
        return hasCommonCodec
            ? "this end has refused \(name): it was stopped, or its codec preferences have nothing of \(codecs)"
            : "this end has refused \(name): the peer offers \(codecs), and this library has none of it"
    }
}
