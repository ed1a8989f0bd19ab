internal import AsyncQueues
internal import JSEP

extension BoundedBuffer<TrackEvent>.Policy {
    /// As many as a description may have sections: a peer that stops some and adds others, again
    /// and again, fills no memory. What was said of one before makes room for what is said of it
    /// now.
    static var tracks: Self {
        Self(count: 1024, overflow: .dropOldest, supersedes: { new, old in new.transceiver === old.transceiver })
    }
}

extension BoundedBuffer<MediaStream.Change>.Policy {
    /// The same, of what is said of a stream.
    static var trackChanges: Self {
        Self(count: 1024, overflow: .dropOldest, supersedes: { new, old in new.track === old.track })
    }
}

extension BoundedBuffer<KeyFrameRequest>.Policy {
    /// One for a size is as good as many, and one for all as good as those for each.
    static var requests: Self {
        Self(count: 64, overflow: .dropOldest, supersedes: { new, old in new.streamID == nil || new == old })
    }
}

extension MediaStream.Change {
    fileprivate var track: MediaStreamTrack {
        switch self {
        case .added(let track), .removed(let track): track
        }
    }
}
