import JSEP
import TransportTypes

@testable import WebRTC

/// One of the two connections here; its twin in a browser is the class of this name in `differential.js`.
final class DifferentialPeer {
    let connection: PeerConnection
    private let names: DifferentialNames
    private let streams: [MediaStream]
    private let pool: [MediaStreamTrack]
    private let configuration: PeerConnection.Configuration
    private(set) var created: [SessionDescription.Kind: SessionDescription] = [:]
    private var seen: [RTPTransceiver] = []
    private var channels: [DataChannel] = []
    private let candidates: EventSequence<ICECandidateInit?>
    /// The credentials of the last stable state.
    private var fragments: Set<String> = []
    private var remoteFragments: Set<String> = []

    init(
        _ names: DifferentialNames, _ streams: [MediaStream], _ pool: [MediaStreamTrack],
        _ configuration: PeerConnection.Configuration
    ) throws {
        (self.names, self.streams, self.pool, self.configuration) = (names, streams, pool, configuration)
        connection = try PeerConnection(configuration: configuration)
        candidates = connection.iceCandidates
    }

    /// Makes the call and says what can be seen after it.
    func play(_ step: DifferentialStep, _ other: DifferentialPeer) async -> JSONValue {
        let needs = connection.negotiationNeeded
        let states = connection.signalingStates
        let tracks = connection.tracks
        var result = "done"
        var note = ""
        do {
            if try await !make(step, other) { result = "skipped" }
        } catch {
            let name = (error as? WebRTCError)?.code.name ?? "\(type(of: error))"
            result = name.hasPrefix("RTCError") ? "OperationError" : name
            note = "\(error)"
        }
        // What was posted to the loop comes before these.
        for _ in 0..<4 { _ = await connection.getConfiguration() }
        var made: SessionDescription?
        if result == "done", step.call == .createOffer { made = created[.offer] }
        if result == "done", step.call == .createAnswer { made = created[.answer] }
        let arrived = await tracks.soFar().map { event -> JSONValue in
            .array([.optional(event.transceiver.mid)] + event.streams.map { .string(names.name(of: $0.id)) })
        }
        let observation = observe().merging([
            "result": .string(result), "note": .string(note), "created": outline(of: made, names, besides: fragments),
            "negotiationNeeded": .number(Double(await needs.soFar().count)),
            // The first is the state before.
            // That it is closed our sequence says before it ends; browsers have no event for it (W3C §4.4.3).
            "states": .array(
                await states.soFar().dropFirst().filter { $0 != .closed }.map { .string($0.rawValue) }),
            "tracks": .array(arrived),
            "gathered": step.call == .gather ? await gathered() : nil,
        ])
        if connection.signalingState == .stable {
            fragments = Self.fragments(of: connection.currentLocalDescription)
            remoteFragments = Self.fragments(of: connection.currentRemoteDescription)
        }
        return observation
    }

    /// False if there is nothing to make the call on.
    private func make(_ step: DifferentialStep, _ other: DifferentialPeer) async throws -> Bool {
        let target = step.index.flatMap { seen.isEmpty ? nil : seen[$0 % seen.count] }
        let streams = (step.streams ?? []).map { self.streams[$0] }
        switch step.call {
        case .createOffer:
            created[.offer] = try await connection.createOffer(OfferOptions(iceRestart: step.restart ?? false))
        case .createAnswer: created[.answer] = try await connection.createAnswer()
        case .setLocal: return try await setLocal(step)
        case .setRemote: return try await setRemote(step, other)
        case .addTransceiver:
            let options = TransceiverOptions(direction: Self.direction(step), streams: streams)
            if let track = step.track {
                try await connection.addTransceiver(sending: pool[track], options: options)
            } else {
                try await connection.addTransceiver(step.kind == "audio" ? .audio : .video, options: options)
            }
        case .addTrack: try await connection.addTrack(pool[step.track ?? 0], streams: streams)
        case .removeTrack:
            guard let target else { return false }
            try await (step.foreign == true ? other : self).connection.removeTrack(target.sender)
        case .setDirection:
            guard let target else { return false }
            try target.setDirection(Self.direction(step))
        case .stop:
            guard let target else { return false }
            try target.stop()
        case .replaceTrack:
            guard let target else { return false }
            try target.sender.replaceTrack(step.track.map { pool[$0] })
        case .setStreams:
            guard let target else { return false }
            try target.sender.setStreams(streams)
        case .createDataChannel:
            let options = DataChannelOptions(negotiated: step.id != nil, id: step.id)
            channels.append(try await connection.createDataChannel("", options: options))
        case .restartIce: await connection.restartICE()
        case .addIceCandidate: try await connection.addICECandidate(step.candidate.map(candidate))
        case .setConfiguration: try await setConfiguration(step.configuration ?? [:])
        case .close: connection.close()
        case .gather: return await gather()
        }
        return true
    }

    /// Waits for the candidates of what was agreed on.
    private func gather() async -> Bool {
        guard connection.signalingState == .stable else { return false }
        let states = connection.iceGatheringStates
        guard connection.localDescription?.sdp.contains("a=ice-ufrag:") == true else { return true }
        for await state in states where state == .complete { break }
        return true
    }

    private static func direction(_ step: DifferentialStep) -> TransceiverDirection {
        step.direction.flatMap(TransceiverDirection.init) ?? .sendrecv
    }

    private func setLocal(_ step: DifferentialStep) async throws -> Bool {
        guard let kind = step.type.flatMap(SessionDescription.Kind.init) else {
            try await connection.setLocalDescription()
            return true
        }
        let made = created[kind == .offer ? .offer : .answer]
        if step.source == .created, kind != .rollback, made == nil { return false }
        let sdp = step.source == .created ? made?.sdp ?? "" : ""
        try await connection.setLocalDescription(SessionDescription(type: kind, sdp: sdp))
        return true
    }

    private func setRemote(_ step: DifferentialStep, _ other: DifferentialPeer) async throws -> Bool {
        let kind = step.type.flatMap(SessionDescription.Kind.init) ?? .offer
        guard kind != .rollback else {
            try await connection.setRemoteDescription(SessionDescription(type: .rollback))
            return true
        }
        let kept = other.created[kind == .offer ? .offer : .answer]
        guard let found = step.source == .created ? kept : other.connection.localDescription else { return false }
        var parts = DescriptionLines(found.sdp)
        parts.sections = parts.sections.map { lines in
            lines.filter { !$0.hasPrefix("a=candidate:") && $0 != "a=end-of-candidates" }
        }
        let sdp = Spoiling.spoil(parts.text, step.change)
        try await connection.setRemoteDescription(SessionDescription(type: kind, sdp: sdp))
        return true
    }

    private func candidate(_ given: DifferentialStep.Candidate) -> ICECandidateInit {
        var fragment = given.usernameFragment
        if let wanted = fragment, wanted.hasPrefix("#") {
            let sections = DescriptionLines(connection.remoteDescription?.sdp ?? "").sections
            let place = (Int(wanted.dropFirst()) ?? 0) % max(1, sections.count)
            let lines = sections.isEmpty ? [] : sections[place]
            fragment = DescriptionLines.values(lines, "ice-ufrag").first ?? "none"
        }
        return ICECandidateInit(
            candidate: given.candidate ?? "", sdpMid: given.sdpMid, sdpMLineIndex: given.sdpMLineIndex,
            usernameFragment: fragment)
    }

    private func setConfiguration(_ members: [String: String]) async throws {
        var configuration = configuration
        if let text = members["bundlePolicy"], let policy = BundlePolicy(rawValue: text) {
            configuration.bundlePolicy = policy
        }
        if let text = members["iceTransportPolicy"], let policy = ICETransportPolicy(rawValue: text) {
            configuration.iceTransportPolicy = policy
        }
        try await connection.setConfiguration(configuration)
    }

    /// The sections that speak for a transport and have had candidates, if no more will come.
    private func gathered() async -> JSONValue {
        guard connection.signalingState == .stable else { return nil }
        guard connection.iceGatheringState == .complete else {
            return .string(connection.iceGatheringState.rawValue)
        }
        let named = Set(await candidates.soFar().compactMap { $0?.sdpMid })
        let parts = DescriptionLines(connection.localDescription?.sdp ?? "")
        let bundled = DescriptionLines.values(parts.session, "group").flatMap { $0.split(separator: " ").dropFirst(2) }
        let mids = parts.sections.filter { $0[0].split(separator: " ")[1] != "0" }.compactMap {
            DescriptionLines.values($0, "mid").first
        }
        return .array(mids.filter { named.contains($0) && !bundled.contains(Substring($0)) }.map { .string($0) })
    }

    private static func fragments(of description: SessionDescription?) -> Set<String> {
        Set(DescriptionLines.values(DescriptionLines(description?.sdp ?? "").sections.flatMap(\.self), "ice-ufrag"))
    }

    /// The transceiver that is the first with this transport.
    private func transport(of sender: RTPSender) -> JSONValue {
        guard let transport = sender.transport else { return nil }
        return .number(Double(seen.firstIndex { $0.sender.transport === transport } ?? -1))
    }

    private func observe() -> JSONValue {
        let listed = connection.transceivers
        seen += listed.filter { transceiver in !seen.contains { $0 === transceiver } }
        let descriptions = [
            connection.currentLocalDescription, connection.pendingLocalDescription,
            connection.currentRemoteDescription, connection.pendingRemoteDescription,
        ]
        let transceivers = seen.map { transceiver -> JSONValue in
            [
                "listed": .number(Double(listed.firstIndex { $0 === transceiver } ?? -1)),
                "kind": .string(transceiver.kind.rawValue),
                "mid": .optional(transceiver.mid),
                "direction": .string(transceiver.direction.rawValue),
                "currentDirection": .optional(transceiver.currentDirection?.rawValue),
                "sends": .bool(transceiver.sender.track != nil),
                "receiver": .string(transceiver.receiver.track.readyState.rawValue),
                "muted": .bool(transceiver.receiver.track.isMuted),
                "transport": transport(of: transceiver.sender),
            ]
        }
        let channels = channels.map { channel -> JSONValue in
            [
                "id": channel.negotiated ? channel.id.map { .number(Double($0)) } ?? .null : .null,
                "readyState": .string(channel.readyState.rawValue),
            ]
        }
        return [
            "signalingState": .string(connection.signalingState.rawValue),
            "descriptions": .array(descriptions.map { .optional($0?.type.rawValue) }),
            "local": outline(of: connection.localDescription, names, besides: fragments),
            "remote": outline(of: connection.remoteDescription, names, besides: remoteFragments),
            "transceivers": .array(transceivers),
            "sctp": .bool(connection.sctp != nil),
            "channels": .array(channels),
            "canTrickle": connection.canTrickleICECandidates.map { .bool($0) } ?? .null,
        ]
    }
}

extension EventSequence {
    /// The events that there were since the subscription; ends it.
    fileprivate func soFar() async -> [Element] {
        let reader = Task {
            var events: [Element] = []
            for await event in self { events.append(event) }
            return events
        }
        // A stream whose reader is cancelled gives what it holds, and ends.
        reader.cancel()
        return await reader.value
    }
}

extension JSONValue {
    /// An object with the members of both.
    func merging(_ other: JSONValue) -> JSONValue {
        guard case .object(let members) = self, case .object(let more) = other else { return other }
        return .object(members.merging(more) { _, last in last })
    }
}
