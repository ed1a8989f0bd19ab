internal import MediaFiles
internal import WebRTC

/// Which of the sizes of one picture is recorded, where a sender sends several (RFC 8853): one
/// after the other, since frames of two cannot be decoded together. The first that has a key frame,
/// until a larger one has, or it has been silent for a while.
struct LayerChoice: Sendable {
    /// One that is silent for that long is followed by another.
    static let patience: Duration = .seconds(2)
    private var current: (name: String?, pixels: Int, lastArrival: Duration)?

    /// What becomes of a picture.
    enum Decision: Sendable, Hashable {
        /// It is recorded.
        case taken
        /// Another size is.
        case left
        /// None can be before the next key frame.
        case awaitsKeyFrame
    }

    /// Decides on a picture that has come.
    mutating func decide(on frame: MediaFrame, codec: MediaFileCodec, now: Duration) -> Decision {
        let isCurrent = current.map { $0.name == frame.streamID }
        // What has no name is all that there is, until something that has one comes.
        guard frame.isKeyFrame else {
            switch isCurrent {
            case true?:
                current?.lastArrival = now
                return .taken
            case nil where frame.streamID == nil: return .taken
            case nil: return .awaitsKeyFrame
            case false?: return isSilent(now) ? .awaitsKeyFrame : .left
            }
        }
        let size = frame.streamID == nil ? nil : PictureSize(keyFrame: frame.data, codec: codec)
        // A key frame of H.264 may be without its parameter sets.
        let pixels = size.map { $0.width * $0.height } ?? (isCurrent == true ? current?.pixels ?? 0 : 0)
        guard isCurrent != false || isSilent(now) || pixels > current?.pixels ?? 0 else { return .left }
        current = (frame.streamID, pixels, now)
        return .taken
    }

    private func isSilent(_ now: Duration) -> Bool {
        current.map { now - $0.lastArrival > Self.patience } ?? true
    }
}
