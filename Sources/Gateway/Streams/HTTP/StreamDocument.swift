internal import Foundation
internal import JSEP
internal import Streaming
internal import StrictJSON
internal import WebRTC

/// What the API says of streams and of who is connected with them.
enum StreamDocument {
    /// A stream as it is listed.
    static func summary(_ name: String, _ stream: StreamService.Stream) async -> JSONValue {
        .object(await members(name, stream))
    }

    /// A stream with its publisher and its watchers.
    static func whole(_ name: String, _ stream: StreamService.Stream) async -> JSONValue {
        var members = await members(name, stream)
        if let publisher = stream.publisher { members["publisher"] = await peer(publisher, of: stream) }
        var watchers: [JSONValue] = []
        for watcher in stream.watchers.values.sorted(by: { $0.created < $1.created }) {
            watchers.append(await peer(watcher, of: stream))
        }
        for peerID in stream.sockets.keys.sorted() { watchers.append(.object(["peer_id": .string(peerID)])) }
        members["peers"] = .array(watchers)
        return .object(members)
    }

    private static func members(_ name: String, _ stream: StreamService.Stream) async -> [String: JSONValue] {
        let status = await stream.status()
        let size = stream.streamer.video.size
        let wanted = stream.wanted?.settings
        var members: [String: JSONValue] = [
            "streamer_id": .string(name), "status": .string(status.word.rawValue),
            "moonlight_connected": .bool(status.word == .live), "connected_peers": .number(stream.peerCount),
            "width": (size?.width ?? wanted?.width).map { .number($0) } ?? .null,
            "height": (size?.height ?? wanted?.height).map { .number($0) } ?? .null,
            "fps": (stream.streamer.video.framesPerSecond.map { Int($0.rounded()) } ?? wanted?.fps)
                .map { .number($0) } ?? .null,
            "is_over": .bool(stream.isOver), "created_at": .time(stream.created),
            "recording": .bool(stream.recording != nil),
            "kinds": .array(stream.kinds.map(\.rawValue).sorted().map { .string($0) }),
        ]
        members["reason"] = status.reason.map { .string($0) }
        members["client_unique_id"] = stream.wanted?.clientUniqueID.map { .string($0) }
        members["host_id"] = stream.wanted?.hostID.map { .number($0) }
        members["app_id"] = stream.wanted?.appID.map { .number($0) }
        return members
    }

    private static func peer(_ session: StreamSession, of stream: StreamService.Stream) async -> JSONValue {
        let connection = session.connection
        let report = await connection.getStats()
        var members: [String: JSONValue] = [
            "peer_id": .string(session.name), "created_at": .time(session.created),
            "state": .string(connection.connectionState.rawValue),
            "diagnosis": (try? JSONValue(encoding: connection.diagnosis)) ?? .null,
            // In seconds, as the W3C's statistics are.
            "round_trip_time": .number(report.selectedCandidatePair?.currentRoundTripTime),
            "available_outgoing_bitrate": .number(connection.availableOutgoingBitrate.map(Double.init)),
        ]
        if let subject = session.owner.subject { members["subject"] = .string(subject) }
        let isPublisher = session.role == .publisher
        members["streams"] = .array(
            isPublisher ? await received(report, session) : await sent(report, session))
        if !isPublisher, let layer = await stream.streamer.layer(of: session.id) {
            members["layer"] = .object([
                "rid": layer.name.map { .string($0) } ?? .null,
                "width": layer.size.map { .number($0.width) } ?? .null,
                "height": layer.size.map { .number($0.height) } ?? .null,
            ])
        }
        return .object(members)
    }

    private static func received(_ report: StatsReport, _ session: StreamSession) async -> [JSONValue] {
        var streams: [JSONValue] = []
        for stream in report.inboundRTP {
            let total = Double(stream.packetsReceived) + Double(max(0, stream.packetsLost))
            streams.append(
                .object([
                    "kind": .string(stream.kind.rawValue), "ssrc": .number(stream.ssrc),
                    "codec": codec(stream.codecId, report),
                    "bitrate": .number(8 * (await session.rate(of: "bytes \(stream.ssrc)", stream.bytesReceived))),
                    "packets_lost": .number(stream.packetsLost),
                    "loss": .number(total > 0 ? Double(max(0, stream.packetsLost)) / total : 0),
                    "frames_per_second": await frames(stream.framesReceived, stream.ssrc, session),
                ]))
        }
        return streams
    }

    private static func sent(_ report: StatsReport, _ session: StreamSession) async -> [JSONValue] {
        let heard = Dictionary(report.remoteInboundRTP.map { ($0.ssrc, $0) }) { first, _ in first }
        var streams: [JSONValue] = []
        for stream in report.outboundRTP {
            let remote = heard[stream.ssrc]
            streams.append(
                .object([
                    "kind": .string(stream.kind.rawValue), "ssrc": .number(stream.ssrc),
                    "codec": codec(stream.codecId, report),
                    "bitrate": .number(8 * (await session.rate(of: "bytes \(stream.ssrc)", stream.bytesSent))),
                    "packets_lost": remote.map { .number($0.packetsLost) } ?? .null,
                    "loss": .number(remote?.fractionLost),
                    "round_trip_time": .number(remote?.roundTripTime),
                    "frames_per_second": await frames(stream.framesSent, stream.ssrc, session),
                ]))
        }
        return streams
    }

    private static func frames(_ count: UInt32?, _ ssrc: UInt32, _ session: StreamSession) async -> JSONValue {
        guard let count else { return .null }
        return .number(await session.rate(of: "frames \(ssrc)", UInt64(count)))
    }

    private static func codec(_ id: String?, _ report: StatsReport) -> JSONValue {
        report.codecs.first { $0.id == id }.map { .string($0.mimeType) } ?? .null
    }
}
