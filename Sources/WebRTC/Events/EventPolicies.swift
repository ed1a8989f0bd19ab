package import AsyncQueues
package import JSEP

// How many events wait for a reader that does not read, and what happens then.

extension BoundedBuffer.Policy {
    /// For what only informs: the oldest are lost, and counted.
    static var latest: Self { Self(count: 1024, overflow: .dropOldest) }
}

extension BoundedBuffer<DataChannel>.Policy {
    /// No channel that is open is lost: one for which there is no room is refused before it opens. Those that the peer has
    /// closed again go first.
    ///
    /// - Parameter limit: how many may wait to be taken; 1 MiB of names are enough, too.
    static func channels(limit: Int) -> Self {
        Self(
            count: limit, bytes: 1 << 20, overflow: .refuse, cost: { $0.nameBytes },
            supersedes: { _, old in old.readyState == .closed })
    }
}

extension BoundedBuffer<Void>.Policy {
    /// For what calls for the same thing each time: one is as good as many.
    static var wake: Self { Self(count: 64, overflow: .dropOldest, supersedes: { _, _ in true }) }
}

extension BoundedBuffer<ICECandidateInit?>.Policy {
    /// No candidate is lost; those of a gathering that is over make room for those of the next, since the peer has no more
    /// use for them (RFC 8839 §4.4.1.1.1).
    static var candidates: Self {
        Self(
            count: 512, overflow: .admit,
            supersedes: { new, old in
                guard let old else { return true }
                return old.sdpMid == new?.sdpMid && old.usernameFragment != new?.usernameFragment
            })
    }
}

extension BoundedBuffer<TrackEvent>.Policy {
    /// No track is lost; what was said of one before makes room for what is said of it now.
    static var tracks: Self {
        Self(count: 128, overflow: .admit, supersedes: { new, old in new.transceiver === old.transceiver })
    }
}

extension BoundedBuffer<MediaStream.Change>.Policy {
    /// No track is lost; what was said of one before makes room for what is said of it now.
    static var trackChanges: Self {
        Self(count: 128, overflow: .admit, supersedes: { new, old in new.track === old.track })
    }
}

extension BoundedBuffer<SignalingPayload>.Policy {
    /// What waits for signaling, or has come from it: 1024 messages or 1 MiB of text, and what is more is refused.
    package static var signaling: BoundedBuffer<JSEP.SignalingPayload>.Policy {
        Self(count: 1024, bytes: 1 << 20, overflow: .refuse, cost: \.textBytes)
    }
}

extension SignalingPayload {
    /// The size of what a peer may make as long as it likes, in bytes.
    fileprivate var textBytes: Int {
        switch self {
        case .description(let description, _): description.sdp.utf8.count
        case .candidate(let candidate):
            [candidate?.candidate, candidate?.sdpMid, candidate?.usernameFragment].reduce(0) {
                $0 + ($1?.utf8.count ?? 0)
            }
        }
    }
}

extension MediaStream.Change {
    fileprivate var track: MediaStreamTrack {
        switch self {
        case .added(let track), .removed(let track): track
        }
    }
}
