internal import AsyncQueues
internal import HTTPTypes
internal import Logging
internal import MediaIO
internal import Streaming
internal import WebRTC

// Recordings of streams.
extension StreamService {
    /// How often it is looked at what recordings take.
    private static let lookInterval = Duration.seconds(2)

    /// Begins to record a stream.
    func record(_ name: String) async throws(GatewayFailure) -> StreamRecording {
        let stream = try await known(name)
        guard let recordings else { throw Self.withoutRecording }
        guard stream.recording == nil else {
            throw GatewayFailure(.conflict, "recording-already", "The stream \"\(name)\" is recorded already.")
        }
        guard stream.process == nil, await stream.status().word == .live else {
            throw GatewayFailure(
                .conflict, "not-live", "Only a stream that is live, and not another program's, is recorded.")
        }
        guard await !recordings.isFull() else {
            throw GatewayFailure(
                .init(code: 507, reasonPhrase: "Insufficient Storage"), "full",
                "Recordings have taken the \(recordings.space) bytes that they may; "
                    + "remove some.")
        }
        let tracks = [stream.streamer.audio.source, stream.streamer.video.source].compactMap(\.self)
        let recording: StreamRecording
        do {
            let made = try await recordings.makeRecorder(
                for: name, codecs: tracks.compactMap { stream.codec(of: $0.kind) })
            recording = StreamRecording(name: made.name, made.1)
        } catch {
            logger.error("a stream cannot be recorded", metadata: ["stream": "\(name)", "error": "\(error)"])
            throw GatewayFailure(
                .internalServerError, "internal", "The recording cannot be made; the server's log says why.")
        }
        guard streams[name]?.number == stream.number, streams[name]?.isOver == false, streams[name]?.recording == nil
        else { throw GatewayFailure(.conflict, "wrong-state", "The stream has just ended, or is recorded already.") }
        streams[name]?.recording = recording
        changed(name)
        await recording.add(tracks)
        Task { [weak self] in
            while (try? await Task.sleep(for: Self.lookInterval)) != nil {
                guard await self?.mayGoOn(recording, of: name, recordings) == true else { return }
            }
        }
        return recording
    }

    /// Whether a recording is still made; ends it where there is no room any more.
    private func mayGoOn(_ recording: StreamRecording, of name: String, _ recordings: StreamRecordings) async -> Bool {
        guard streams[name]?.recording === recording else { return false }
        guard await recordings.isFull() else { return true }
        logger.warning("a recording has ended: there is no room for more", metadata: ["recording": "\(recording.name)"])
        _ = try? await endRecording(of: name)
        return false
    }

    /// Ends the recording of a stream.
    func endRecording(of name: String) async throws(GatewayFailure) -> StreamRecording {
        guard let recording = streams[name]?.recording else {
            throw GatewayFailure(.notFound, "not-recording", "The stream \"\(name)\" is not recorded.")
        }
        streams[name]?.recording = nil
        await recording.stop()
        changed(name)
        return recording
    }

    /// Those that are being made.
    ///
    /// - Returns: the stream of each file.
    func currentRecordings() async -> [String: String] {
        let made = streams.compactMap { name, stream in stream.recording.map { (name, $0) } }
        var files: [String: String] = [:]
        for (name, recording) in made {
            for file in await recording.files { files[file] = name }
        }
        return files
    }

    static let withoutRecording = GatewayFailure(
        .notFound, "without-recording", "This server has no folder for recordings.")
}
