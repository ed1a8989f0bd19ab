internal import Foundation
internal import JSEP
internal import Logging
internal import MediaIO
internal import Signaling
internal import Streaming
internal import WebRTC

/// Makes the sources that every gateway has.
struct StreamSources: Sendable {
    let settings: StreamSettings
    let recordings: StreamRecordings?
    let logger: Logger

    /// Makes what a request asks for.
    ///
    /// - Throws: ``SourceRefusal`` for what cannot be, other errors for what does not work.
    @concurrent
    func make(_ request: StreamerRequest) async throws -> HostedSource {
        let source = request.source
        if let factory = settings.sources[source.kind] { return try await factory(request) }
        switch source.kind {
        case "test": return try testPicture(request.settings)
        case "file": return try file(named: name(of: source), in: settings.files, source, "files")
        case "recording": return try file(named: name(of: source), in: recordings?.folder, source, "recordings")
        case "rtp": return try await rtp(source)
        case "program": return try program(name(of: source))
        default:
            throw SourceRefusal("There is no source \"\(source.kind.prefix(40))\" here; there are \(kinds).")
        }
    }

    /// The kinds that can be asked for.
    private var kinds: String {
        var kinds = ["rtp", "whip", "browser"] + settings.sources.keys
        if settings.ffmpeg != nil { kinds.append("test") }
        if settings.files != nil { kinds.append("file") }
        if recordings != nil { kinds.append("recording") }
        if !settings.programs.isEmpty { kinds.append("program") }
        return kinds.sorted().joined(separator: ", ")
    }

    private func name(of source: StreamerRequest.Source) throws -> String {
        guard let name = source.members["name"], !name.isEmpty else {
            throw SourceRefusal("The source \"\(source.kind)\" needs a \"name\".")
        }
        return name
    }

    // MARK: Files

    private func file(
        named name: String, in folder: URL?, _ source: StreamerRequest.Source, _ what: String
    ) throws -> HostedSource {
        guard let folder else { throw SourceRefusal("This server has no folder of \(what).") }
        guard name.utf8.count <= 255, !name.hasPrefix("."), !name.contains("/"), !name.contains("\0") else {
            throw SourceRefusal("\"name\" is the name of a file in the folder of \(what).")
        }
        let loops: Bool
        switch source.members["loop"] {
        case nil, "false"?: loops = false
        case "true"?: loops = true
        default: throw SourceRefusal("\"loop\" is true or false.")
        }
        let player: MediaPlayer
        do throws(MediaIOError) {
            player = try MediaPlayer(path: folder.appendingPathComponent(name).path, loops: loops)
        } catch {
            // Not where the folder is.
            throw SourceRefusal(
                "\"\(name)\" cannot be played: \("\(error)".replacing(folder.path + "/", with: ""))")
        }
        return HostedSource(
            StreamSource(tracks: player.tracks) {
                await player.play()
                do {
                    try await player.ended()
                    await player.stop()
                } catch {
                    await player.stop()
                    throw error
                }
            })
    }

    // MARK: Packets

    private func rtp(_ source: StreamerRequest.Source) async throws -> HostedSource {
        guard let sdp = source.members["sdp"] else {
            throw SourceRefusal("The source \"rtp\" needs an \"sdp\", as ffmpeg's -sdp_file writes it.")
        }
        let receiver: RTPSource
        do {
            receiver = try RTPSource(sdp: sdp, logger: logger)
            for place in receiver.places {
                // Of what strangers send, nothing is looked up, and nothing opened to others.
                guard settings.listensForRTP || RequestAccess.isLoopback(place.address),
                    RequestAccess.address(in: place.address) != nil
                else {
                    throw SourceRefusal(
                        "RTP is received at loopback addresses only, not at \(place.address.prefix(80)).")
                }
                guard place.port >= 1024, place.controlPort ?? 1024 >= 1024 else {
                    throw SourceRefusal("RTP is received at ports from 1024 on.")
                }
            }
            try await receiver.start()
        } catch let refusal as SourceRefusal {
            throw refusal
        } catch {
            throw SourceRefusal("The source cannot be received: \(error)")
        }
        let (silences, sink) = AsyncStream.makeStream(of: String?.self, bufferingPolicy: .bufferingNewest(4))
        let tracks = receiver.tracks
        return HostedSource(
            StreamSource(tracks: tracks) {
                let pulse = Task {
                    await PublisherPulse.follow {
                        receiver.counters.packets
                    } changed: {
                        sink.yield($0 ? "Nothing has come to the ports for a second." : nil)
                    }
                }
                // They end with the task, or with the receiver.
                for track in tracks { for await _ in track.muteChanges {} }
                pulse.cancel()
                sink.finish()
                await receiver.stop()
            }, silences: silences)
    }

    // MARK: Programs

    private func program(_ name: String) throws -> HostedSource {
        guard case .media(let command, let format)? = settings.programs[name] else {
            throw SourceRefusal(
                "There is no program \"\(name.prefix(40))\"; there are \(settings.programs.keys.sorted().joined(separator: ", "))."
            )
        }
        return hosted(ProgramSource(command: command, format: format, restarts: settings.restarts, logger: logger))
    }

    private func testPicture(_ wanted: StreamerRequest.Settings) throws -> HostedSource {
        guard let ffmpeg = settings.ffmpeg, ChildProgram.path(of: ffmpeg) != nil else {
            throw SourceRefusal("A test picture is made by ffmpeg, which is not installed here.")
        }
        let command = try TestPicture(wanted).command(ffmpeg)
        return hosted(ProgramSource(command: command, restarts: settings.restarts, logger: logger))
    }

    private func hosted(_ program: ProgramSource) -> HostedSource {
        HostedSource(
            StreamSource(tracks: program.tracks) { try await program.run() },
            silences: program.states.compactMap { state -> String?? in
                switch state {
                case .waiting(let reason, let time): "\(reason); it is begun again in \(time)"
                case .running: .some(nil)
                case .idle, .starting, .ended: nil
                }
            })
    }
}
