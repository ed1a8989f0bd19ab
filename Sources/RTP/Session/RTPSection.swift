/// What both ends have agreed on for one media section, in RTP's terms.
package struct RTPSection: Sendable, Hashable {
    /// Sound or pictures.
    package enum Kind: Sendable, Hashable {
        case audio
        case video
    }

    /// A stream that this end sends: its source, that of its retransmissions, and its name.
    package struct Encoding: Sendable, Hashable {
        package var rid: String?
        package var ssrc: UInt32
        package var repairSSRC: UInt32

        package init(rid: String? = nil, ssrc: UInt32, repairSSRC: UInt32) {
            self.rid = rid
            self.ssrc = ssrc
            self.repairSSRC = repairSSRC
        }
    }

    /// The section's tag.
    package var mid: String
    package var kind: Kind
    /// Whether the peer may send to us, and we to it.
    package var receives = false
    package var sends = false
    /// By payload type: what the peer may send.
    package var receivedFormats: [UInt8: RTPFormatParameters] = [:]
    /// What we may send, the preferred one first.
    package var sentFormats: [RTPFormatParameters] = []
    /// The ids of header extensions in what comes, and in what goes.
    package var receivedExtensions = ExtensionIDs()
    package var sentExtensions = ExtensionIDs()
    /// The sources that the peer has announced, each with the one that repairs it.
    package var announcedSources: [UInt32] = []
    package var announcedRepairs: [UInt32: UInt32] = [:]
    /// The streams that we send.
    package var encodings: [Encoding] = []
    /// Whether RTCP may be of reduced size (RFC 5506).
    package var isReducedSize = false

    package init(mid: String, kind: Kind) {
        self.mid = mid
        self.kind = kind
    }
}

/// A payload type and what was agreed on for it.
package struct RTPFormatParameters: Sendable, Hashable {
    /// The feedback that was agreed on (RFC 4585 §4.2, RFC 5104 §7.1).
    package struct Feedback: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let nack = Feedback(rawValue: 1)
        package static let pictureLoss = Feedback(rawValue: 2)
        package static let fullIntraRequest = Feedback(rawValue: 4)
        package static let transportWide = Feedback(rawValue: 8)
        package static let estimatedBitrate = Feedback(rawValue: 16)
    }

    package var payloadType: UInt8
    /// As `a=rtpmap` has it, in lower case.
    package var name: String
    package var clockRate: Int
    package var channels: Int
    /// The parameters of `a=fmtp`, as they stand.
    package var parameters: String?
    package var feedback: Feedback
    /// Of RTX: the payload type that it repairs.
    package var repairs: UInt8?
    /// The payload type of the RTX that repairs this one.
    package var repairPayloadType: UInt8?

    /// As it is written by most: the name in the spelling of its registration.
    package var displayName: String {
        switch name {
        case "opus", "telephone-event", "rtx", "red": name
        default: name.uppercased()
        }
    }

    /// Whether it goes beside another one in a stream, and is none to carry media by itself.
    package var isAuxiliary: Bool { name == "telephone-event" || name == "cn" || name == "rtx" }

    package init(
        payloadType: UInt8, name: String, clockRate: Int, channels: Int = 1, parameters: String? = nil,
        feedback: Feedback = [], repairs: UInt8? = nil, repairPayloadType: UInt8? = nil
    ) {
        self.payloadType = payloadType
        self.name = name
        self.clockRate = max(1, clockRate)
        self.channels = channels
        self.parameters = parameters
        self.feedback = feedback
        self.repairs = repairs
        self.repairPayloadType = repairPayloadType
    }
}

/// The ids of the header extensions that a session itself reads and writes (RFC 8285); 0 for none.
package struct ExtensionIDs: Sendable, Hashable {
    package var mid: UInt8 = 0
    package var streamID: UInt8 = 0
    package var repairedStreamID: UInt8 = 0
    package var transportSequenceNumber: UInt8 = 0
    package var absoluteSendTime: UInt8 = 0
    package var audioLevel: UInt8 = 0
    package var contributorLevels: UInt8 = 0
    package var videoOrientation: UInt8 = 0
    package var absoluteCaptureTime: UInt8 = 0
    package var playoutDelay: UInt8 = 0

    package init() {}

    /// Notes what an extension of this name has as its id.
    package mutating func note(_ uri: String, id: UInt8) {
        switch uri {
        case MediaID.uri: mid = id
        case StreamID.uri: streamID = id
        case RepairedStreamID.uri: repairedStreamID = id
        case TransportSequenceNumber.uri: transportSequenceNumber = id
        case AbsoluteSendTime.uri: absoluteSendTime = id
        case AudioLevel.uri: audioLevel = id
        case ContributorLevels.uri: contributorLevels = id
        case VideoOrientation.uri: videoOrientation = id
        case AbsoluteCaptureTime.uri: absoluteCaptureTime = id
        case PlayoutDelay.uri: playoutDelay = id
        default: break
        }
    }

    /// What both have, this one's where they differ.
    func merged(with other: ExtensionIDs) -> ExtensionIDs {
        var merged = self
        for path in Self.all where merged[keyPath: path] == 0 { merged[keyPath: path] = other[keyPath: path] }
        return merged
    }

    private static var all: [WritableKeyPath<ExtensionIDs, UInt8>] {
        [
            \.mid, \.streamID, \.repairedStreamID, \.transportSequenceNumber, \.absoluteSendTime, \.audioLevel,
            \.contributorLevels, \.videoOrientation, \.absoluteCaptureTime, \.playoutDelay,
        ]
    }
}
