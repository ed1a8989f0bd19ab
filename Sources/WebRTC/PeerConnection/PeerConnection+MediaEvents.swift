internal import AsyncQueues
internal import JSEP

// What a description has done to tracks, transceivers and streams.
extension PeerConnection {
    /// The transceivers as the plan has them, without those that have come to their end.
    func apply(_ states: [TransceiverState], of plan: SessionPlan) -> [RTPTransceiver] {
        let known = Dictionary(uniqueKeysWithValues: transceivers.map { ($0.core.id, $0) })
        return states.map { state in
            let transceiver =
                known[state.id]
                ?? RTPTransceiver(TransceiverCore(state, track: nil, wishes: [], of: self))
            let id = state.mid.flatMap(plan.transportID(ofMid:))
            transceiver.core.update(state, transport: id.flatMap(transport)?.dtls)
            return transceiver
        }
    }

    /// Does to the objects what has happened, and returns what is to be told of it.
    ///
    /// - Parameter all: the transceivers that there are, and those that there were.
    func apply(_ events: [NegotiationEvent], to all: [RTPTransceiver]) -> Announcements {
        var announcements = Announcements()
        let known = Dictionary(all.map { ($0.core.id, $0) }, uniquingKeysWith: { first, _ in first })
        func transceiver(_ id: Int) -> RTPTransceiver? { known[id] }
        for event in events {
            switch event {
            case .signalingState(let state): announcements.append(.signalingState(state))
            case .tagLost: break
            case .streams(let id, let names):
                guard let track = transceiver(id)?.receiver.track else { continue }
                // Those of this track alone: a peer may name very many.
                let left = (streamNames[id] ?? []).filter { !names.contains($0) }.compactMap { streams[$0] }
                streamNames[id] = names.isEmpty ? nil : names
                for (stream, isMember) in left.map({ ($0, false) }) + names.map({ (stream(named: $0), true) }) {
                    if let change = stream.set(track, isMember: isMember) {
                        announcements.append(.change(change, of: stream))
                    }
                }
            case .track(let id, let names):
                guard let transceiver = transceiver(id) else { continue }
                announcements.append(
                    .track(
                        TrackEvent(
                            receiver: transceiver.receiver, track: transceiver.receiver.track,
                            streams: names.map(stream(named:)), transceiver: transceiver)))
            case .muted(let id): transceiver(id)?.receiver.track.setMuted(true)
            case .stopped(let id):
                transceiver(id)?.core.stop()
                transceiver(id)?.receiver.track.end()
                transceiver(id)?.sender.dtmf?.finish()
            case .removed(let id):
                transceiver(id)?.core.leave()
                streamNames[id] = nil
            }
        }
        for (name, stream) in streams where stream.tracks.isEmpty {
            streams[name] = nil
            announcements.append(.end(of: stream))
        }
        return announcements
    }

    private func stream(named name: String) -> MediaStream {
        if let known = streams[name] { return known }
        let stream = MediaStream(remote: name)
        streams[name] = stream
        return stream
    }
}
