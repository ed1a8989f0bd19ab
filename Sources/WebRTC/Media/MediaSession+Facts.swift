internal import JSEP
internal import NetworkLoop
internal import RTP
internal import SRTP

// What the diagnosis is told, which reads it from any thread.
extension MediaSession {
    /// How often at most, where packets are what changes it.
    private static let factsInterval = Duration.milliseconds(250)

    /// Publishes what is known now: something has changed that seldom does.
    func publishFacts() {
        factsPublished = loop.now
        transport.dtls.show(facts)
    }

    /// The same where packets have changed something, which it is in time for once in a while.
    func publishFactsIfDue() {
        guard loop.now - factsPublished >= Self.factsInterval else { return }
        for lane in lanes.values { lane.inbox.forgetWishes() }
        lookAtWishes()
        publishFacts()
    }

    private var facts: MediaFacts {
        var facts = MediaFacts()
        facts.hasProfile = hasProfile
        facts.hasHeard = hasHeard
        facts.notAuthentic = refusals.notAuthentic
        facts.strays = rtp?.strays ?? 0
        let streams = Dictionary(grouping: rtp?.receivedStreams ?? [], by: \.mid)
        facts.sections = lanes.values.sorted { $0.plan.mid < $1.plan.mid }.map { lane in
            var section = MediaFacts.Section(mid: lane.plan.mid, kind: lane.plan.kind)
            section.sends = lane.plan.direction.sends
            let formats = rtp?.sections[section.mid]?.sentFormats ?? []
            section.agreed = formats.filter { !$0.isAuxiliary && $0.name != "red" }.map(\.displayName).uniqued()
            section.missingCodec = lane.sending.missingCodec
            section.withoutCodec = lane.sending.withoutCodec
            section.malformed = lane.sending.malformed
            section.wantsFrames = lane.wishes.frames
            section.wantsPackets = lane.wishes.packets
            if contexts != nil, let since = lane.receivesSince {
                section.receivesSince = max(since, connectedSince ?? since)
            }
            for stream in streams[section.mid] ?? [] {
                section.packetsReceived &+= stream.counters.packetsReceived
                // One that has ended brings no key frame any more.
                guard section.wantsFrames, !stream.hasEnded, let since = stream.keyFrames.wantedSince else { continue }
                section.keyFrameWantedSince = min(section.keyFrameWantedSince ?? since, since)
                section.keyFrameRequests = max(
                    section.keyFrameRequests, stream.counters.pliCount &+ stream.counters.firCount)
            }
            return section
        }
        return facts
    }
}
