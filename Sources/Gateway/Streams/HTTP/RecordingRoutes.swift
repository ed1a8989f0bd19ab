internal import HTTPTypes
internal import Hummingbird
internal import MediaIO
internal import StrictJSON

/// Recordings of streams: begin, end, list, remove. They are played by a streamer with the source
/// `recording`.
struct RecordingRoutes: Sendable {
    /// How many are listed; the newest are.
    private static let mostListed = 1000

    let service: StreamService
    /// A user's stream is that user's to record.
    let checkOwner: @Sendable (String, GatewayRequest) async throws(GatewayFailure) -> Void

    var routes: [GatewayRoute] {
        [
            GatewayRoute(.post, "/api/streamers/:stream/recording", .whip) { request throws(GatewayFailure) in
                let name = try StreamRoutes.name(of: request)
                try await checkOwner(name, request)
                let recording = try await service.record(name)
                return .json(await Self.document(recording, isOver: false), status: .created)
            },
            GatewayRoute(.get, "/api/streamers/:stream/recording", .streamers) { request throws(GatewayFailure) in
                let name = try StreamRoutes.name(of: request)
                guard let recording = await service.streams[name]?.recording else {
                    throw GatewayFailure(.notFound, "not-recording", "The stream \"\(name)\" is not recorded.")
                }
                return .json(await Self.document(recording, isOver: false))
            },
            GatewayRoute(.delete, "/api/streamers/:stream/recording", .whip) { request throws(GatewayFailure) in
                let name = try StreamRoutes.name(of: request)
                try await checkOwner(name, request)
                return .json(await Self.document(try await service.endRecording(of: name), isOver: true))
            },
            GatewayRoute(.get, "/api/recordings", .streamers) { _ throws(GatewayFailure) in
                guard let recordings = service.recordings else { throw StreamService.withoutRecording }
                let current = await service.currentRecordings()
                let entries = await recordings.entries().prefix(Self.mostListed)
                return .json(
                    .array(
                        entries.map { entry in
                            .object([
                                "name": .string(entry.name), "bytes": .number(entry.bytes),
                                "changed_at": .time(entry.changed),
                                "streamer_id": current[entry.name].map { .string($0) } ?? .null,
                            ])
                        }))
            },
            GatewayRoute(.delete, "/api/recordings/:recording", .api) { request throws(GatewayFailure) in
                guard let recordings = service.recordings else { throw StreamService.withoutRecording }
                let name = request.parameters.get("recording") ?? ""
                guard await service.currentRecordings()[name] == nil else {
                    throw GatewayFailure(.conflict, "recording", "\"\(name)\" is still written; end it first.")
                }
                let isThere = (try? await recordings.remove(name)) ?? false
                guard isThere else {
                    throw GatewayFailure(.notFound, "unknown-recording", "There is no such recording.")
                }
                return Response(status: .noContent)
            },
        ]
    }

    private static func document(_ recording: StreamRecording, isOver: Bool) async -> JSONValue {
        let (report, failure) = await recording.report
        var members: [String: JSONValue] = [
            "name": .string(recording.name), "status": .string(isOver ? "ended" : "recording"),
            "began_at": .time(recording.began), "frames": .number(report.frames),
            "dropped": .number(report.dropped), "lost_packets": .number(report.lostPackets),
            "files": .array(
                report.files.map { .string(String($0.split(separator: "/").last ?? "")) }),
        ]
        if let failure { members["problem"] = .string(failure) }
        return .object(members)
    }
}
