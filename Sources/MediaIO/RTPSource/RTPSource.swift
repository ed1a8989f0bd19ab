internal import Foundation
internal import JSEP
public import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
public import WebRTC

/// Receives RTP over UDP as ffmpeg and GStreamer send it, for tracks that are sent on: packets are
/// neither decoded nor put together.
///
/// ```swift
/// // ffmpeg -re -i film.mp4 -an -c:v libvpx -g 50 -f rtp -sdp_file film.sdp \
/// //     "rtp://127.0.0.1:5004?pkt_size=1100"
/// let source = try RTPSource(sdpFile: "film.sdp")
/// try await source.start()
/// for track in source.tracks { try await connection.addTrack(track) }
/// ```
///
/// Each section of the description is a track. Packets have to be of 1,132 bytes at most (payloads
/// of 1,120), so that they are still whole when they have been encrypted. The sender cannot be
/// asked for a key frame, so it has to make one every second or two; a peer that comes in between
/// gets the pictures since the last one
/// (`MediaStreamTrack(_:id:keepsGroupOfPictures:)`).
///
/// A port listens to one sender: the one that the description names (RFC 4570), or the first.
/// Another may follow when that one has been silent for 5 s; the log says who. Without an address
/// in the description (`c=`) this machine alone may send, to 127.0.0.1.
///
/// Parameter sets of H.264 and H.265 that only the description has, as when ffmpeg copies them
/// from MP4, are sent in front of each key frame that comes without.
public actor RTPSource {
    /// What has come.
    public struct Counters: Sendable, Hashable {
        /// Packets that were handed to the tracks.
        public internal(set) var packets: UInt64 = 0
        /// Reports (RTCP) that were read, and left alone.
        public internal(set) var reports: UInt64 = 0
        /// Datagrams of another sender.
        public internal(set) var foreign: UInt64 = 0
        /// Datagrams that are no RTP, or of a payload type that the description does not have.
        public internal(set) var malformed: UInt64 = 0
        /// Packets that are larger than 1,120 bytes of payload: peers may not get them.
        public internal(set) var oversized: UInt64 = 0

        /// Nothing yet.
        public init() {}
    }

    /// What is received, in the order of the description's sections.
    public nonisolated let tracks: [MediaStreamTrack]
    private nonisolated let inputs: [RTPInput]
    private nonisolated let inputPlaces: [(address: String, port: UInt16, controlPort: UInt16?)]
    private let sections: [RTPSourceSection]
    private let logger: Logger?
    private var channels: [any Channel] = []
    private var hasStarted = false

    /// Reads a session description (RFC 8866).
    ///
    /// - Parameters:
    ///   - sdp: the text, as `ffmpeg -sdp_file` writes it.
    ///   - logger: says who sends, and what is wrong with that.
    /// - Throws: ``RTPSourceError`` that says what to change in the description, or in what sends.
    public init(sdp: String, logger: Logger? = nil) throws(RTPSourceError) {
        let sections = try RTPSourceSection.sections(of: sdp)
        self.sections = sections
        inputPlaces = sections.map { ($0.address, $0.port, $0.controlPort) }
        self.logger = logger
        let tracks = sections.map { MediaStreamTrack($0.kind, keepsGroupOfPictures: $0.kind == .video) }
        self.tracks = tracks
        inputs = zip(sections, tracks).map { RTPInput($0, track: $1, logger: logger) }
    }

    /// Where it listens, as the description has it: an address or a name, a port, and where reports
    /// have one of their own, that.
    package nonisolated var places: [(address: String, port: UInt16, controlPort: UInt16?)] {
        inputPlaces
    }

    /// Reads a session description from a file.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - logger: says who sends, and what is wrong with that.
    /// - Throws: as ``init(sdp:logger:)``; ``RTPSourceError/unreadable(path:reason:)`` if it is not
    ///   there.
    public init(sdpFile path: String, logger: Logger? = nil) throws(RTPSourceError) {
        let text: String
        do {
            text = try String(contentsOf: URL(fileURLWithPath: path), encoding: .utf8)
        } catch {
            throw .unreadable(path: path, reason: error.localizedDescription)
        }
        try self.init(sdp: text, logger: logger)
    }

    deinit {
        for channel in channels { channel.close(promise: nil) }
        for track in tracks { track.stop() }
    }

    /// Listens at the ports of the description.
    ///
    /// - Throws: ``RTPSourceError/port(_:address:reason:)`` if a port cannot be had: none is held
    ///   then. ``RTPSourceError/started`` if it has been started before.
    public func start() async throws(RTPSourceError) {
        guard !hasStarted else { throw .started }
        hasStarted = true
        for (section, input) in zip(sections, inputs) {
            do throws(RTPSourceError) {
                channels.append(try await Self.bind(section.address, section.port, input, isControl: false))
            } catch {
                await closeAll()
                hasStarted = false
                throw error
            }
            guard let port = section.controlPort else { continue }
            // Reports are of use, but not needed.
            do throws(RTPSourceError) {
                channels.append(try await Self.bind(section.address, port, input, isControl: true))
            } catch {
                logger?.debug("reports are not received", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Gives the ports up, and ends the tracks.
    public func stop() async {
        await closeAll()
        for track in tracks { track.stop() }
    }

    /// What has come so far, of all sections.
    public nonisolated var counters: Counters {
        inputs.reduce(into: Counters()) { sum, input in
            let counters = input.counters
            sum.packets &+= counters.packets
            sum.reports &+= counters.reports
            sum.foreign &+= counters.foreign
            sum.malformed &+= counters.malformed
            sum.oversized &+= counters.oversized
        }
    }

    private func closeAll() async {
        let open = channels
        channels = []
        for channel in open { try? await channel.close() }
    }

    /// What was made for a port that may not be had.
    private final class Attempt: Sendable {
        let channel = Mutex<(any Channel)?>(nil)
    }

    private static func bind(
        _ address: String, _ port: UInt16, _ input: RTPInput, isControl: Bool
    ) async throws(RTPSourceError) -> any Channel {
        let attempt = Attempt()
        do {
            let place = try SocketAddress.makeAddressResolvingHost(address, port: Int(port))
            guard !place.isMulticast else {
                throw RTPSourceError.port(
                    port, address: address, reason: "it is a multicast address; send to one of this machine's")
            }
            return try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .channelOption(.socketOption(.so_rcvbuf), value: 4 << 20)
                .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 2048))
                .channelInitializer { channel in
                    attempt.channel.withLock { $0 = channel }
                    return channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(RTPInputHandler(input, isControl: isControl))
                    }
                }
                .bind(to: place).get()
        } catch let error as RTPSourceError {
            throw error
        } catch {
            // SwiftNIO lets go of it only when it is closed.
            attempt.channel.withLock { $0 }?.close(promise: nil)
            throw .port(port, address: address, reason: "\(error)")
        }
    }
}
