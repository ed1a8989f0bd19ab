import JSEP
import NetworkLoop
import Synchronization
import TransportTypes
import WebRTCTestSupport

@testable import ICE
@testable import WebRTC

/// A path of a transport that does what a test says, and notes what it was told. Used on its loop only.
final class StubPath: Path {
    var localCredentials: ICECredentials?
    var remoteCredentials: ICECredentials?
    var localCandidates: [ICECandidate] = []
    var state = ICETransportState.new
    var gatheringState = ICEGatheringState.new
    var announcedUsernameFragment: String?
    var role = ICERole.controlled
    var keepsFirstPair = false
    var statistics = ICEStatistics()
    private(set) var remoteCandidates: [ICECandidate] = []
    /// How often the peer's candidates were said to have ended.
    private(set) var remoteEnds = 0
    private(set) var isClosed = false
    private(set) var batches: [[UInt8]] = []
    private unowned let delegate: any PathDelegate

    init(_ configuration: ICEConfiguration, _ delegate: any PathDelegate) {
        localCredentials = configuration.credentials
        self.delegate = delegate
    }

    /// The path is in this state, and says so.
    func change(to state: ICETransportState) {
        self.state = state
        delegate.path(didChange: state)
    }

    func select(_ local: ICECandidate, _ remote: ICECandidate) {
        delegate.path(didSelect: local, remote: remote)
    }

    func setServers(_ servers: [ICEServer], transportPolicy: ICEConfiguration.TransportPolicy) {}

    func gather() {
        gatheringState = .complete
        announcedUsernameFragment = localCredentials?.usernameFragment
        delegate.pathDidFinishGathering()
    }

    func gather(for credentials: ICECredentials, role: ICERole?) {
        announcedUsernameFragment = credentials.usernameFragment
        delegate.pathDidFinishGathering()
    }

    func withdrawAnnouncement() { announcedUsernameFragment = localCredentials?.usernameFragment }

    func restart(credentials: ICECredentials?, gathers: Bool) {
        localCredentials = credentials
        remoteCandidates = []
    }

    func setRemoteCredentials(_ credentials: ICECredentials) { remoteCredentials = credentials }

    func addRemoteCandidate(_ candidate: ICECandidate) { remoteCandidates.append(candidate) }

    func remoteCandidatesEnded() { remoteEnds += 1 }

    func close(completion: @escaping @Sendable () -> Void) {
        isClosed = true
        completion()
    }

    func send(batch: Span<UInt8>, segmentSize: Int) -> Int {
        batches.append(batch.indices.map { batch[$0] })
        return 1
    }

    func send(unfragmented datagram: Span<UInt8>) -> ICEAgent.SendResult { .sent }
}

/// A connection on stub paths, and a clock that is moved by hand.
struct StubbedConnection {
    let connection: PeerConnection
    let clock: ManualClock
    private let pool: LoopPool

    /// The first of `paths` are made; the one after them cannot be.
    init(_ configuration: PeerConnection.Configuration = .init(), paths: Int = .max) throws {
        clock = ManualClock()
        pool = LoopPool(clock: .manual(clock))
        let left = Mutex(paths)
        connection = try PeerConnection(
            configuration: configuration,
            in: Surroundings(
                pool: pool,
                makePath: { _, configuration, delegate throws(ICEError) in
                    let isLeft = left.withLock { left in
                        defer { left -= 1 }
                        return left > 0
                    }
                    // Any error will do.
                    if !isLeft { _ = try ICEServer(urls: []).validated() }
                    return StubPath(configuration, delegate)
                }))
    }

    /// Lets time pass, and the loop go through its timers.
    func pass(_ time: Duration) async {
        clock.advance(by: time)
        for _ in 0..<2 { await connection.pass() }
    }

    func close() async {
        connection.close()
        await connection.closed()
        let pool = pool
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            Task.detached {
                pool.shutdown()
                continuation.resume()
            }
        }
    }

    /// An offer of data channels by a peer that is not there; `more` stands in its section.
    static func offer(ufrag: String = "abcd", print byte: String = "09", more: String = "") -> SessionDescription {
        let print = Array(repeating: byte, count: 32).joined(separator: ":")
        return SessionDescription(
            type: .offer,
            sdp: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n"
                + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\n"
                + "a=ice-ufrag:\(ufrag)\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:actpass\r\n"
                + "a=fingerprint:sha-256 \(print)\r\na=sctp-port:5000\r\n\(more)")
    }
}

extension PeerConnection {
    /// The connection's loop comes round once.
    func pass() {}

    var stubs: [StubPath] { transports.compactMap { $0.path as? StubPath } }
}
