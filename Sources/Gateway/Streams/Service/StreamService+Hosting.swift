internal import AsyncQueues
internal import HTTPTypes
internal import JSEP
internal import Logging
internal import Streaming
internal import Synchronization
internal import WebRTC

// Streams of sources that were asked for.
extension StreamService {
    /// Makes a streamer, and waits for the first packet of its source.
    func host(_ request: StreamerRequest, by owner: StreamOwner) async throws(GatewayFailure) {
        let name = request.streamerID
        guard try place(for: name, owner) == nil else {
            throw GatewayFailure(.conflict, "id-in-use", "The stream \"\(name)\" is there already.")
        }
        if request.source.kind == "test" {
            let running = streams.values.count { !$0.isOver && $0.wanted?.source.kind == "test" }
            guard running < settings.testPictures || settings.sources["test"] != nil else {
                throw GatewayFailure(
                    .serviceUnavailable, "full", "There are \(running) test pictures; end one first.",
                    headers: [.retryAfter: "5"])
            }
        }
        switch request.source.kind {
        case "whip" where settings.sources["whip"] == nil, "browser" where settings.sources["browser"] == nil:
            let number = reserve(name, owner, request)
            try await wait(for: name, number)
        case "program":
            guard case .streamer(let command)? = settings.programs[request.source.members["name"] ?? ""] else {
                return try await feed(name, request, owner)
            }
            try await run(command, name, request, owner)
        default: try await feed(name, request, owner)
        }
    }

    /// Feeds a stream of ours with the source that was asked for.
    private func feed(_ name: String, _ request: StreamerRequest, _ owner: StreamOwner) async throws(GatewayFailure) {
        let run = SourceRun()
        let number = reserve(name, owner, from: .source(run), request)
        let maker = StreamSources(settings: settings, recordings: recordings, logger: logger)
        let hosted: HostedSource
        do {
            hosted = try await maker.make(request)
        } catch let refusal as SourceRefusal {
            forget(name, number)
            throw .impossible(refusal.description)
        } catch {
            forget(name, number)
            throw Self.failed("\(error)")
        }
        guard let stream = streams[name], stream.number == number, !stream.isOver, !isDraining else {
            // What was made ends with what feeds it, which begins and ends at once.
            let ending = Task { try await hosted.source.run() }
            ending.cancel()
            throw GatewayFailure(.conflict, "wrong-state", "The stream was ended meanwhile.")
        }
        let silences = Task { [weak self] in
            for await reason in hosted.silences { await self?.setSilence(reason, of: name, number) }
        }
        if let take = hosted.input {
            let events = stream.streamer.input
            Task {
                for await event in events { await take(event) }
            }
        }
        do {
            try await stream.streamer.start(run.followed(hosted.source), timeout: settings.sourceTime)
        } catch {
            metrics.sourceFailed()
            silences.cancel()
            await run.over(within: Self.patience)
            let wasEnded = isOver(name, number)
            forget(name, number)
            if !wasEnded, case .stopped? = error as? StreamingError {
                throw Self.failed("it has ended before it sent anything")
            }
            throw Self.notStarted(error, after: settings.sourceTime)
        }
        follow(stream)
        changed(name)
        Task {
            await run.over()
            silences.cancel()
        }
    }

    /// Waits until somebody publishes a stream that was asked for.
    private func wait(for name: String, _ number: Int) async throws(GatewayFailure) {
        guard let stream = streams[name], stream.number == number else {
            throw GatewayFailure(.conflict, "wrong-state", "The stream was ended meanwhile.")
        }
        let statuses = statuses(of: stream)
        let outcome = await withTaskGroup(of: StreamStatus?.self) { group in
            group.addTask {
                for await status in statuses where status.word != .starting { return status }
                return nil
            }
            group.addTask { [time = settings.sourceTime] in
                try? await Task.sleep(for: time)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        switch outcome?.word {
        case .live?: return
        case .failed?: throw Self.failed(outcome?.reason ?? "it has failed")
        case .stopped?: throw GatewayFailure(.conflict, "wrong-state", "The stream was ended meanwhile.")
        default:
            if streams[name]?.number == number { _ = await stop(name) }
            forget(name, number)
            throw Self.notStarted(StreamingError.noSource(after: settings.sourceTime), after: settings.sourceTime)
        }
    }

    /// Runs a streamer that is a program of its own.
    private func run(
        _ command: [String], _ name: String, _ request: StreamerRequest, _ owner: StreamOwner
    ) async throws(GatewayFailure) {
        let process = StreamerProcess(
            command: command, showing: request, restarts: settings.restarts, limit: settings.watchersPerStream,
            iceServers: settings.connection.iceServers, metrics: metrics, logger: logger)
        let number = reserve(name, owner, from: .process(process), request)
        let states = process.statuses
        Task { [weak self] in
            for await _ in states { await self?.changed(name) }
            await self?.ended(name, number)
        }
        await process.start()
        // The first try counts here: what fails at once is not begun again behind somebody's back.
        do throws(GatewayFailure) {
            try await wait(for: name, number)
        } catch {
            metrics.sourceFailed()
            await process.stop()
            forget(name, number)
            throw error
        }
    }

    private func setSilence(_ reason: String?, of name: String, _ number: Int) {
        guard streams[name]?.number == number else { return }
        if reason != nil { metrics.fellSilent() }
        setSilence(reason, of: name)
    }

    private static func failed(_ reason: String) -> GatewayFailure {
        GatewayFailure(.badGateway, "source-failed", "The source has failed: \(reason)")
    }

    private static func notStarted(_ error: any Error, after time: Duration) -> GatewayFailure {
        switch error as? StreamingError {
        case .noSource?:
            GatewayFailure(.gatewayTimeout, "no-source", "The source has sent nothing in \(time).")
        case .stopped?: GatewayFailure(.conflict, "wrong-state", "The stream was ended meanwhile.")
        default: failed("\(error)")
        }
    }

    // MARK: Following one

    /// How a stream stands now, and each change of it, until it is over or forgotten.
    nonisolated func statuses(of stream: Stream) -> AsyncStream<StreamStatus> {
        let (news, last) = (stream.news.subscribe(), StatusMemory())
        let (name, number) = (stream.streamer.id, stream.number)
        return AsyncStream { [weak self] in
            while !last.isOver {
                if last.hasBegun, await news.next() == nil { return nil }
                guard let (status, isOver) = await self?.status(of: name, number) else { return nil }
                if last.note(status, isOver: isOver) { return status }
            }
            return nil
        }
    }

    /// Whether nothing comes of a stream any more.
    func isOver(_ name: String, _ number: Int) -> Bool {
        streams[name]?.number != number || streams[name]?.isOver == true
    }

    private func status(of name: String, _ number: Int) async -> (StreamStatus, isOver: Bool)? {
        guard let stream = streams[name], stream.number == number else { return nil }
        return (await stream.status(), isOver(name, number))
    }
}

/// What was last said of a stream's status.
private final class StatusMemory: Sendable {
    private let state = Mutex<(last: StreamStatus?, isOver: Bool)>((nil, false))

    var hasBegun: Bool { state.withLock { $0.last != nil } }
    var isOver: Bool { state.withLock { $0.isOver } }

    /// Whether it is another one.
    func note(_ status: StreamStatus, isOver: Bool) -> Bool {
        state.withLock { state in
            defer { state = (status, isOver) }
            return state.last != status
        }
    }
}
