import RTP

/// A sender that makes pictures of the size that the estimate allows.
final class PictureSource {
    /// How the receiver tells of arrivals.
    enum Feedback: CaseIterable {
        case transportWide
        case bySource
    }

    let pair: SessionPair
    private let streamCount: Int
    private var number = 0

    init(
        seed: UInt64 = 1, bitrate: Int?, loss: Double = 0, feedback: Feedback? = .transportWide,
        epoch: Duration = .seconds(1_700_000_000), streams: Int = 1
    ) {
        streamCount = streams
        pair = SessionPair(
            seed: seed, network: .init(loss: loss, delay: .milliseconds(25), bitrate: bitrate), epoch: epoch
        ) {
            if streams > 1 {
                $0.encodings = (0..<UInt32(streams)).map {
                    .init(rid: "\($0)", ssrc: 1000 + $0, repairSSRC: 2000 + $0)
                }
            }
            switch feedback {
            case .transportWide:
                $0.sentExtensions.note(TransportSequenceNumber.uri, id: 5)
                $1.receivedExtensions.note(TransportSequenceNumber.uri, id: 5)
            case .bySource:
                $0.tellBySource()
                $1.tellBySource()
            case nil: break
            }
        }
    }

    /// Sends 30 pictures a second; what the estimate was at the end of each second.
    func run(seconds: Int, most: Int = .max) throws -> [Int] {
        try (0..<seconds).map { _ in
            for _ in 0..<30 {
                let rate = min(pair.sender.session.availableBitrate ?? 300_000, most)
                let size = max(100, rate * 9 / 10 / 8 / 30 / streamCount)
                try pair.sendPicture(number, size: size, isKeyFrame: number == 0)
                number += 1
                pair.run(for: .microseconds(33_333))
            }
            return pair.sender.session.availableBitrate ?? 0
        }
    }
}

extension RTPSection {
    /// As if feedback by source had been agreed on, and no other (RFC 8888 §6).
    mutating func tellBySource() {
        for index in sentFormats.indices {
            sentFormats[index].feedback.remove(.transportWide)
            sentFormats[index].feedback.insert(.congestionControl)
        }
        for type in receivedFormats.keys {
            receivedFormats[type]?.feedback.remove(.transportWide)
            receivedFormats[type]?.feedback.insert(.congestionControl)
        }
    }
}
