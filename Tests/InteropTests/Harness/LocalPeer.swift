import Foundation
import JSEP
import NIOCore
import WebRTC

/// Our end: a `PeerConnection` that reports what it sees as the other programs do.
final class LocalPeer: InteropEnd {
    let log: EventLog
    let connection: PeerConnection
    private let channels = ChannelTable()

    init(_ configuration: PeerConnection.Configuration = .init()) throws {
        var configuration = configuration
        let kept = KeptLog()
        configuration.logger = kept.logger
        let made = try PeerConnection(configuration: configuration)
        connection = made
        log = EventLog { "(\(made.diagnosis))\n\(kept.text)" }
        let (connection, log, channels) = (connection, log, channels)
        // Each task ends when the connection closes and its sequence does.
        Task { for await state in connection.connectionStates { log.append(.state(state.rawValue)) } }
        Task {
            for await candidate in connection.iceCandidates { log.append(.candidate(candidate.map(Candidate.init))) }
        }
        Task {
            for await channel in connection.dataChannels {
                log.append(.channel(ChannelDescription(channel)))
                await channels.adopt(channel, reportingTo: log)
            }
        }
    }

    /// The channel with this label, ours or one that the other end opened.
    func channel(_ label: String) async throws -> DataChannel {
        guard let channel = await channels.channel(label) else {
            throw InteropError("no channel '\(label)' at our end")
        }
        return channel
    }

    func createDataChannel(_ label: String, _ options: ChannelOptions) async throws {
        let channel = try await connection.createDataChannel(label, options: DataChannelOptions(options))
        await channels.adopt(channel, reportingTo: log)
    }

    func describeLocally(complete: Bool) async throws -> Description {
        try await connection.setLocalDescription()
        if complete { await connection.gatheringComplete() }
        guard let description = connection.localDescription else { throw InteropError("no local description") }
        return Description(type: description.type.rawValue, sdp: description.sdp)
    }

    func setRemoteDescription(_ description: Description) async throws {
        guard let kind = SessionDescription.Kind(rawValue: description.type) else {
            throw InteropError("a description of type '\(description.type)'")
        }
        try await connection.setRemoteDescription(SessionDescription(type: kind, sdp: description.sdp))
    }

    func addCandidate(_ candidate: Candidate?) async throws {
        try await connection.addICECandidate(candidate.map(ICECandidateInit.init))
    }

    func send(_ payload: Payload, on label: String) async throws {
        let channel = try await channel(label)
        switch payload {
        case .text(let text): try await channel.send(text)
        case .binary(let data): try await channel.send(ByteBuffer(bytes: data))
        }
    }

    func sendSequence(count: Int, size: Int, on label: String) async throws {
        let channel = try await channel(label)
        for number in 0..<count { try await channel.send(SequenceMessage.text(number, size: size)) }
    }

    func closeChannel(_ label: String) async throws {
        try await channel(label).close()
    }

    func close() async throws {
        connection.close()
        await connection.closed()
    }
}

/// The channel that our end does not read.
let unreadLabel = "unread"

/// The messages of ``InteropEnd/sendSequence(count:size:on:)``.
enum SequenceMessage {
    static func text(_ number: Int, size: Int) -> String {
        let head = "\(number):"
        return head + String(repeating: ".", count: max(size - head.count, 0))
    }
}

/// The channels of one connection by label, each read to its end.
private actor ChannelTable {
    private var channels: [String: DataChannel] = [:]

    func channel(_ label: String) -> DataChannel? { channels[label] }

    func adopt(_ channel: DataChannel, reportingTo log: EventLog) {
        let label = channel.label
        channels[label] = channel
        Task {
            do {
                try await channel.opened()
                log.append(.opened(label: label))
                if label == unreadLabel { await channel.closed() }
                for try await message in channel.messages { log.append(.message(label: label, Payload(message))) }
            } catch {
                log.append(.failed(label: label, "\(error)"))
            }
            await channel.closed()
            log.append(.closed(label: label))
        }
    }
}

extension Payload {
    init(_ message: DataChannelMessage) {
        switch message {
        case .text(let text): self = .text(text)
        case .binary(let buffer): self = .binary(Data(buffer.readableBytesView))
        }
    }
}

extension Candidate {
    init(_ candidate: ICECandidateInit) {
        self.init(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
            usernameFragment: candidate.usernameFragment)
    }
}

extension ICECandidateInit {
    init(_ candidate: Candidate) {
        self.init(
            candidate: candidate.candidate, sdpMid: candidate.sdpMid, sdpMLineIndex: candidate.sdpMLineIndex,
            usernameFragment: candidate.usernameFragment)
    }
}

extension DataChannelOptions {
    init(_ options: ChannelOptions) {
        self.init(
            ordered: options.ordered ?? true, maxPacketLifeTime: options.maxPacketLifeTime,
            maxRetransmits: options.maxRetransmits, protocol: options.protocol ?? "",
            negotiated: options.negotiated ?? false, id: options.id)
    }
}

extension ChannelDescription {
    init(_ channel: DataChannel) {
        self.init(
            label: channel.label, ordered: channel.ordered, maxPacketLifeTime: channel.maxPacketLifeTime,
            maxRetransmits: channel.maxRetransmits, protocol: channel.protocol, negotiated: channel.negotiated,
            id: channel.id)
    }
}
