internal import AsyncQueues
internal import Foundation
internal import Glibc
internal import MediaIO
internal import NIOCore
internal import NIOPosix
internal import Signaling
internal import Streaming
internal import StrictJSON
public import WebRTC

/// The other side of a streamer that is a program of its own (``StreamProgram/streamer(_:)``): the
/// program has the source and the peers' connections, and speaks with the server in lines of JSON
/// over its standard input and output.
///
/// ```swift
/// @main
/// struct Desktop {
///     static func main() async throws {
///         try await StreamerChild.run { request in
///             let screen = try Screen(width: request.settings.width ?? 1280)
///             return HostedSource(StreamSource(tracks: screen.tracks) { try await screen.run() }) {
///                 screen.apply($0)  // what the watchers press
///             }
///         }
///     }
/// }
/// ```
///
/// Nothing else may be written to standard output. Where the program ends badly, the server begins
/// it again, and its peers with it.
public enum StreamerChild {
    /// Runs a streamer until the server says that it ends, closes the input, or the source is over.
    ///
    /// - Parameters:
    ///   - connection: how the peers' connections are made.
    ///   - makeSource: makes what is shown, for the settings that the server has sent; once.
    /// - Throws: what `makeSource` throws, and why the source has failed: the program should end
    ///   with that, so that the server can say it.
    public static func run(
        connection: PeerConnection.Configuration = .init(),
        _ makeSource: @escaping @Sendable (StreamerRequest) async throws -> HostedSource
    ) async throws {
        let (input, output) = (fcntl(0, F_DUPFD_CLOEXEC, 0), fcntl(1, F_DUPFD_CLOEXEC, 0))
        let pipe = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .takingOwnershipOfDescriptors(input: input, output: output) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let host = ChildHost(connection, makeSource)
        try await pipe.executeThenClose { input, output in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await line in host.reports { try await output.write(line) }
                }
                group.addTask {
                    var reader = LineReader(limit: 1 << 20)
                    reading: for try await bytes in input {
                        for line in reader.push(bytes) {
                            guard let order = try? ProcessLine.order(line) else { continue }
                            guard try await host.take(order) else { break reading }
                        }
                    }
                    await host.stop()
                }
                group.addTask { try await host.over() }
                defer { group.cancelAll() }
                // Whichever is first: there is no server any more, or no source.
                try await group.next()
            }
        }
    }
}

/// What a streamer's program has.
private actor ChildHost {
    /// How many lines may wait for the server, and how many bytes; what is more is left out.
    let reports = AsyncQueue<ByteBuffer, Never>(
        .init(count: 4096, bytes: 16 << 20, overflow: .refuse, cost: { $0.readableBytes }))

    private let configuration: PeerConnection.Configuration
    private let makeSource: @Sendable (StreamerRequest) async throws -> HostedSource
    private var streamer: Streamer?
    private var source: HostedSource?
    private var dialogues: [String: (connection: PeerConnection, dialogue: PeerDialogue)] = [:]
    /// Peers that came before the source was there.
    private var early: [String] = []
    private let ending = AsyncQueue<Result<Void, any Error>, Never>(.init(count: 1, overflow: .refuse))

    init(
        _ configuration: PeerConnection.Configuration,
        _ makeSource: @escaping @Sendable (StreamerRequest) async throws -> HostedSource
    ) {
        (self.configuration, self.makeSource) = (configuration, makeSource)
    }

    /// Waits for the end.
    func over() async throws { try await ending.next()?.get() }

    /// False when it was the last one.
    func take(_ order: ProcessLine.Order) async throws -> Bool {
        switch order {
        case .start(let settings):
            guard source == nil else { return true }
            let request = try StreamerRequest(reading: settings)
            source = try await makeSource(request)
            streamer = Streamer(id: request.streamerID)
        case .startSource: start()
        case .addPeer(let id): add(id)
        case .removePeer(let id): await remove(id)
        case .fromPeer(let id, let message):
            do throws(SignalingRefusal) {
                try await dialogues[id]?.dialogue.receive(message)
            } catch {
                tell(id, .error(error))
            }
        case .stop:
            await stop()
            return false
        }
        return true
    }

    func stop() async {
        await streamer?.stop()
        for (connection, _) in dialogues.values { connection.close() }
        dialogues = [:]
        report("\"Stop\"")
        ending.push(.success(()))
    }

    private func start() {
        guard let streamer, let source else { return }
        if let take = source.input {
            let events = streamer.input
            Task {
                for await event in events { await take(event) }
            }
        }
        Task { [ending] in
            do {
                try await streamer.start(source.source)
                report("\"MoonlightConnected\"")
                begin()
                for await state in streamer.states {
                    if case .failed(let reason) = state { throw StreamEnd(description: reason) }
                }
                await stop()
            } catch {
                ending.push(.failure(error))
            }
        }
        let silences = source.silences
        Task {
            for await reason in silences {
                let status = reason.map { StreamStatus(.failed, $0) } ?? StreamStatus(.live)
                report(.object(["Broadcast": .object(SignalingMessage.state(status).all)]))
            }
        }
    }

    private func begin() {
        let waiting = early
        early = []
        for id in waiting { add(id) }
    }

    private func add(_ id: String) {
        guard let streamer, dialogues[id] == nil else { return }
        Task {
            guard case .live = await streamer.state else { return early.append(id) }
            do {
                let connection = try PeerConnection(configuration: configuration)
                let dialogue = PeerDialogue(
                    connection, of: streamer, as: id, gatheringTime: .milliseconds(500)
                ) { [weak self] message in
                    guard let self else { return }
                    // In the order in which they are sent.
                    reports.push(
                        Self.line(
                            .object(["ToPeer": .object(["peer_id": .string(id), "message": .object(message.all)])])))
                }
                dialogues[id] = (connection, dialogue)
                try await streamer.show(on: connection, as: id)
                Task {
                    _ = await connection.ended(ifNotConnectedWithin: .seconds(30))
                    await remove(id, ifStill: connection)
                }
                try await dialogue.run()
            } catch {
                tell(id, .error(SignalingRefusal("internal", "\(error)")))
            }
        }
    }

    private func remove(_ id: String, ifStill connection: PeerConnection) async {
        if dialogues[id]?.connection === connection { await remove(id) }
    }

    private func remove(_ id: String) async {
        early.removeAll { $0 == id }
        dialogues.removeValue(forKey: id)?.connection.close()
        await streamer?.remove(id)
    }

    // MARK: Lines

    private func tell(_ id: String, _ message: SignalingMessage) {
        report(.object(["ToPeer": .object(["peer_id": .string(id), "message": .object(message.all)])]))
    }

    private func report(_ value: JSONValue) { reports.push(Self.line(value)) }

    private func report(_ text: String) { reports.push(ByteBuffer(string: text + "\n")) }

    private static func line(_ value: JSONValue) -> ByteBuffer { ByteBuffer(bytes: value.bytes + [UInt8(ascii: "\n")]) }
}

extension SignalingMessage {
    /// The type among the other members.
    var all: [String: JSONValue] { members.merging(["type": .string(type)]) { _, type in type } }
}
