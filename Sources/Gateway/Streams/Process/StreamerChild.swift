internal import AsyncQueues
internal import Foundation
internal import Glibc
internal import ICE
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
    ///   - connection: how the peers' connections are made; without ICE servers, with the server's.
    ///   - makeSource: makes what is shown, for the settings that the server has sent; once.
    /// - Throws: what `makeSource` throws, and why the source has failed: the program should end
    ///   with that, so that the server can say it.
    public static func run(
        connection: PeerConnection.Configuration = .init(),
        _ makeSource: @escaping @Sendable (StreamerRequest) async throws -> HostedSource
    ) async throws {
        DescriptorBudget.raiseLimit()
        let (input, output) = (fcntl(0, F_DUPFD_CLOEXEC, 0), fcntl(1, F_DUPFD_CLOEXEC, 0))
        let pipe = try await NIOPipeBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .takingOwnershipOfDescriptors(input: input, output: output) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        let host = ChildHost(connection, makeSource)
        try await pipe.executeThenClose { input, output in
            // It goes on until all is said: the last word is that there is nothing to come.
            async let writing: Void = {
                for await line in host.reports { try await output.write(line) }
            }()
            let outcome: Result<Void, any Error> = await withTaskGroup(of: Result<Void, any Error>.self) { group in
                group.addTask {
                    do {
                        var reader = LineReader(limit: 1 << 20)
                        reading: for try await bytes in input {
                            for line in reader.push(bytes) {
                                guard let order = try? ProcessLine.order(line) else { continue }
                                guard try await host.take(order) else { break reading }
                            }
                        }
                        return .success(())
                    } catch {
                        return .failure(error)
                    }
                }
                group.addTask { await host.over() }
                defer { group.cancelAll() }
                // Whichever is first: there is no server any more, or no source.
                return await group.next() ?? .success(())
            }
            await host.stop(isDone: (try? outcome.get()) != nil)
            try? await writing
            try outcome.get()
        }
    }
}

/// What a streamer's program has.
private actor ChildHost {
    /// How many lines may wait for the server, and how many bytes; what is more is left out.
    let reports = AsyncQueue<ByteBuffer, Never>(
        .init(count: 4096, bytes: 16 << 20, overflow: .refuse, cost: { $0.readableBytes }))

    private var configuration: PeerConnection.Configuration
    private let makeSource: @Sendable (StreamerRequest) async throws -> HostedSource
    private var streamer: Streamer?
    private var source: HostedSource?
    /// The peers that there are; their connections are made when the source is there.
    private var peers: [String: Peer] = [:]
    private var isLive = false
    private let ending = AsyncQueue<Result<Void, any Error>, Never>(.init(count: 1, overflow: .refuse))

    init(
        _ configuration: PeerConnection.Configuration,
        _ makeSource: @escaping @Sendable (StreamerRequest) async throws -> HostedSource
    ) {
        (self.configuration, self.makeSource) = (configuration, makeSource)
    }

    private struct Peer {
        let dialogue: PeerDialogue
        var connection: PeerConnection?
    }

    /// Waits for the end of the source.
    func over() async -> Result<Void, any Error> { await ending.next() ?? .success(()) }

    /// False when it was the last one.
    func take(_ order: ProcessLine.Order) async throws -> Bool {
        switch order {
        case .start(let settings):
            guard source == nil else { return true }
            let request = try StreamerRequest(reading: settings)
            if configuration.iceServers.isEmpty { configuration.iceServers = ProcessLine.iceServers(of: settings) }
            let limit = settings["max_peers"]?.double.flatMap { Int(exactly: $0) } ?? 256
            source = try await makeSource(request)
            streamer = Streamer(id: request.streamerID, limits: .init(watchers: limit))
        case .startSource: start()
        case .addPeer(let id): add(id)
        case .removePeer(let id): await remove(id)
        case .fromPeer(let id, let message):
            do throws(SignalingRefusal) {
                try await peers[id]?.dialogue.receive(message)
            } catch {
                tell(id, .error(error))
            }
        case .stop: return false
        }
        return true
    }

    /// Ends all.
    ///
    /// - Parameter isDone: whether nothing is to come; otherwise the server begins it again.
    func stop(isDone: Bool) async {
        await streamer?.stop()
        for peer in peers.values { peer.connection?.close() }
        peers = [:]
        if isDone { report(.string("Stop")) }
        reports.finish()
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
                report(.string("MoonlightConnected"))
                isLive = true
                for id in peers.keys { connect(id) }
                for await state in streamer.states {
                    if case .failed(let reason) = state { throw StreamEnd(description: reason) }
                }
                ending.push(.success(()))
            } catch {
                ending.push(.failure(error))
            }
        }
        let silences = source.silences
        Task {
            for await reason in silences {
                let status = reason.map { StreamStatus(.failed, $0) } ?? StreamStatus(.live)
                report(.object(["Broadcast": SignalingMessage.state(status).json]))
            }
        }
    }

    private func add(_ id: String) {
        guard let streamer, peers[id] == nil else { return }
        let dialogue = PeerDialogue(of: streamer, gatheringTime: .milliseconds(500)) { [reports] message in
            // In the order in which they are sent.
            reports.push(Self.line(toPeer: id, message))
        }
        peers[id] = Peer(dialogue: dialogue)
        if isLive { connect(id) }
    }

    /// Makes the connection of a peer.
    private func connect(_ id: String) {
        guard let streamer, let dialogue = peers[id]?.dialogue, peers[id]?.connection == nil else { return }
        let connection: PeerConnection
        guard !DescriptorBudget.shared.isShort else {
            return tell(
                id, .error(SignalingRefusal(PeerDialogue.connectionOver, "the streamer has no descriptors left")))
        }
        do throws(WebRTCError) {
            connection = try PeerConnection(configuration: configuration)
        } catch {
            return tell(id, .error(SignalingRefusal("internal", "\(error)")))
        }
        peers[id]?.connection = connection
        Task {
            var why = "the connection is over"
            do {
                try await streamer.show(on: connection, as: id)
                Task {
                    _ = await connection.ended(ifNotConnectedWithin: .seconds(30))
                    connection.close()
                }
                try await dialogue.run(on: connection, as: id)
            } catch {
                why = "\(error)"
            }
            connection.close()
            guard peers[id]?.connection === connection else { return }
            tell(id, .error(SignalingRefusal(PeerDialogue.connectionOver, why)))
            await remove(id)
        }
    }

    private func remove(_ id: String) async {
        peers.removeValue(forKey: id)?.connection?.close()
        await streamer?.remove(id)
    }

    // MARK: Lines

    private func tell(_ id: String, _ message: SignalingMessage) { reports.push(Self.line(toPeer: id, message)) }

    private func report(_ value: JSONValue) { reports.push(Self.line(value)) }

    private static func line(toPeer id: String, _ message: SignalingMessage) -> ByteBuffer {
        line(.object(["ToPeer": .object(["peer_id": .string(id), "message": message.json])]))
    }

    private static func line(_ value: JSONValue) -> ByteBuffer { ByteBuffer(bytes: value.bytes + [UInt8(ascii: "\n")]) }
}
