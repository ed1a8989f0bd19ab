import AsyncQueues
import DTLS
import ICE
import JSEP
import NIOCore
import NetworkLoop
import SCTP
import Synchronization
import TestSupport
import Testing
import TransportTypes
import WebRTCTestSupport

@testable import WebRTC

/// What stands above the cores: timers, generations, owners and clocks, on paths that do what they are told.
@Suite("A transport of a connection", .timeLimit(.minutes(2)))
struct TransportTests {
    private static let line = "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host"

    /// A connection that has answered an offer, with a channel of its own.
    private func answered(
        timeout: Duration = .seconds(30), more: String = ""
    ) async throws -> (StubbedConnection, DataChannel) {
        var configuration = PeerConnection.Configuration()
        configuration.ice.restartTimeout = timeout
        let stubbed = try StubbedConnection(configuration)
        let channel = try await stubbed.connection.createDataChannel("test")
        try await stubbed.connection.setRemoteDescription(StubbedConnection.offer(more: more))
        try await stubbed.connection.setLocalDescription()
        return (stubbed, channel)
    }

    @Test("a path that has failed has so much time, from the first word of it, and none is counted once it is back")
    func failure() async throws {
        let (stubbed, channel) = try await answered()
        await stubbed.connection.change(to: .failed)
        await stubbed.pass(.seconds(20))
        #expect(channel.readyState == .connecting)
        await stubbed.connection.change(to: .connected)
        await stubbed.pass(.seconds(20))
        #expect(channel.readyState == .connecting, "the time is over, and so is the failure")
        for state in [.failed, .failed, .connected] as [ICETransportState] {
            await stubbed.connection.change(to: state)
        }
        await stubbed.pass(.seconds(40))
        #expect(channel.readyState == .connecting, "said twice, it is over once")
        await stubbed.connection.change(to: .failed)
        await stubbed.pass(.seconds(20))
        await stubbed.connection.change(to: .failed)
        await stubbed.pass(.seconds(11))
        #expect(channel.readyState == .closed && channel.error?.code == .network)
        await stubbed.close()
    }

    @Test("a restart ends the time of a failure, and setConfiguration changes what the next one has")
    func restart() async throws {
        let (stubbed, channel) = try await answered()
        await stubbed.connection.change(to: .failed)
        try await stubbed.connection.setRemoteDescription(StubbedConnection.offer(ufrag: "efgh"))
        try await stubbed.connection.setLocalDescription()
        await stubbed.pass(.seconds(40))
        #expect(channel.readyState == .connecting)
        var configuration = await stubbed.connection.getConfiguration()
        configuration.ice.restartTimeout = .seconds(5)
        try await stubbed.connection.setConfiguration(configuration)
        await stubbed.connection.change(to: .checking)
        await stubbed.connection.change(to: .failed)
        await stubbed.pass(.seconds(6))
        #expect(channel.readyState == .closed)
        await stubbed.close()
    }

    @Test("who waits for a channel hears that there is no way, and waits again when there is one")
    func hindrance() async throws {
        let (stubbed, channel) = try await answered()
        let first = Task { try await channel.opened() }
        try await waitUntil { !channel.core.withLock({ $0.openWaiters.isEmpty }) }
        await stubbed.connection.change(to: .failed)
        let error = await #expect(throws: WebRTCError.self) { try await first.value }
        #expect(error?.code == .network)
        await stubbed.connection.change(to: .checking)
        let second = Task { try await channel.opened() }
        try await waitUntil { !channel.core.withLock({ $0.openWaiters.isEmpty }) }
        second.cancel()
        let other = await #expect(throws: WebRTCError.self) { try await second.value }
        #expect(other?.code == .abort)
        await stubbed.close()
    }

    @Test("what ended the data first is what later channels are told")
    func firstReason() async throws {
        let (stubbed, _) = try await answered()
        await stubbed.connection.change(to: .failed)
        await stubbed.connection.endData(WebRTCError(.dtlsFailure, "first"))
        await stubbed.pass(.seconds(60))
        let late = try await stubbed.connection.createDataChannel("late")
        #expect(late.error?.code == .dtlsFailure)
        await stubbed.close()
    }

    @Test("the time in which a peer may explain its leaving ends when data go on with another")
    func explained() async throws {
        let (stubbed, _) = try await answered()
        await stubbed.connection.leaveAndGoOn()
        await stubbed.pass(.seconds(10))
        let next = try await stubbed.connection.createDataChannel("next")
        #expect(next.readyState == .connecting)
        await stubbed.close()
    }

    @Test("who waits for a channel to open hears that it is closed instead")
    func closedInstead() async throws {
        let (stubbed, channel) = try await answered()
        let opening = Task { try await channel.opened() }
        try await waitUntil { !channel.core.withLock({ $0.openWaiters.isEmpty }) }
        channel.close()
        let error = await #expect(throws: WebRTCError.self) { try await opening.value }
        #expect(error?.code == .invalidState)
        await stubbed.close()
    }

    @Test("a candidate, and the end of candidates, count for each generation, and a name for the one that asked")
    func generations() async throws {
        let more = "a=\(Self.line)\r\na=end-of-candidates\r\n"
        let (stubbed, _) = try await answered(more: more)
        let first = await stubbed.connection.peer
        #expect(first.addresses == ["192.0.2.1"] && first.ends == 1)
        try await stubbed.connection.setRemoteDescription(StubbedConnection.offer(ufrag: "efgh", more: more))
        try await stubbed.connection.setLocalDescription()
        let second = await stubbed.connection.peer
        #expect(second.addresses == ["192.0.2.1"] && second.ends == 2)
        let named = try ICECandidate(parsing: "candidate:1 1 udp 1 a.local 9 typ host")
        await stubbed.connection.resolve(named, to: "192.0.2.7", for: .random())
        #expect(await stubbed.connection.peer.addresses == ["192.0.2.1"])
        await stubbed.close()
    }

    @Test("another peer finds nothing of the former: no timer, no datagram, no pair, and no end")
    func anotherPeer() async throws {
        let (stubbed, _) = try await answered()
        await stubbed.connection.change(to: .connected)
        let former = FormerTimer()
        #expect(await stubbed.connection.leaveTraces(former) == 3, "a timer, a datagram and the end of the peer")
        try await stubbed.connection.setRemoteDescription(StubbedConnection.offer(ufrag: "efgh", print: "0A"))
        try await stubbed.connection.setLocalDescription()
        #expect(await stubbed.connection.traces(former) == 0)
        #expect(await stubbed.connection.waitsForPair)
        await stubbed.close()
    }

    @Test("a DTLS transport that begins anew has no certificate and no error of before")
    func anew() {
        let dtls = DTLSTransport(iceTransport: ICETransport())
        dtls.update(state: .failed, certificate: [1], error: DTLSError(.timedOut, ""))
        #expect(dtls.error != nil && dtls.remoteCertificates == [[1]])
        dtls.restart()
        #expect(dtls.state == .new && dtls.error == nil && dtls.remoteCertificates.isEmpty)
    }

    @Test("candidates that nobody reads are superseded by those of another generation, and by no others")
    func supersededCandidates() async {
        let source = EventSource<ICECandidateInit?>(.kept, .candidates)
        func send(_ fragment: String, _ count: Int) {
            for number in 0..<count {
                source.send(ICECandidateInit(candidate: "\(number)", sdpMid: "0", usernameFragment: fragment))
            }
        }
        send("a", 600)
        #expect(source.backlog == 600)
        send("b", 600)
        #expect(source.backlog == 600)
        source.finish()
        #expect(await source.events().all().allSatisfy { $0?.usernameFragment == "b" })
    }

    @Test("candidates of a former generation are not told as ours")
    func lateCandidate() async throws {
        let (stubbed, _) = try await answered()
        await stubbed.connection.gatheringComplete()
        let known = try #require(stubbed.connection.localDescription)
        await stubbed.connection.gather(try ICECandidate(parsing: Self.line + " ufrag old"))
        #expect(stubbed.connection.localDescription == known)
        #expect(stubbed.connection.sctp?.transport.iceTransport.localCandidates.isEmpty == true)
        await stubbed.close()
    }

    @Test("transports of a description of which one cannot be made are closed")
    func halfWay() async throws {
        var configuration = PeerConnection.Configuration()
        configuration.bundlePolicy = .maxCompat
        let stubbed = try StubbedConnection(configuration, paths: 1)
        _ = try await stubbed.connection.createDataChannel("test")
        try await stubbed.connection.addTransceiver(.audio)
        await #expect(throws: WebRTCError.self) { try await stubbed.connection.setLocalDescription() }
        #expect(stubbed.connection.snapshot.values.withLock { $0.openTransports } == 0)
        await stubbed.close()
    }

    @Test("a connection counts as released with its last transport")
    func release() async throws {
        let snapshot = ConnectionSnapshot(untakenChannels: 1)
        snapshot.didOpenTransport()
        snapshot.didOpenTransport()
        snapshot.release()
        snapshot.didCloseTransport()
        #expect(snapshot.values.withLock { !$0.isReleased })
        snapshot.didCloseTransport()
        #expect(snapshot.values.withLock { $0.isReleased })
    }

    @Test("moments are told in milliseconds since 1970, round trips in seconds, and each report has its own time")
    func statistics() async throws {
        let (stubbed, _) = try await answered()
        let (one, other) = (
            try ICECandidate(parsing: Self.line), try ICECandidate(parsing: "candidate:2 1 udp 1 192.0.2.2 9 typ host")
        )
        let first = await stubbed.connection.report(1_000_000, local: one, remote: one)
        #expect(try abs(#require(first.pair?.lastPacketSentTimestamp) - (1_000_000 - 5_000)) < 1)
        #expect(first.pair?.currentRoundTripTime == 0.25)
        #expect(first.candidates.allSatisfy { $0.timestamp == 1_000_000 } && !first.candidates.isEmpty)
        let second = await stubbed.connection.report(2_000_000, local: one, remote: other)
        #expect(second.candidates.allSatisfy { $0.timestamp == 2_000_000 })
        #expect(second.pair.map { $0.remoteCandidateId != first.pair?.remoteCandidateId } == true)
        #expect(second.candidates.map(\.id).contains(second.pair?.remoteCandidateId ?? ""))
        let report = await stubbed.connection.getStats()
        let again = await stubbed.connection.getStats()
        let now = try #require(report.peerConnection?.timestamp)
        #expect(now > 1_700_000_000_000 && now < 10_000_000_000_000)
        for later in again.entries.values { #expect(later.timestamp >= now, "\(later.id)") }
        await stubbed.close()
    }

    @Test("the entry of the peer's certificate is that of the peer there is")
    func certificates() throws {
        var configuration = ICEConfiguration()
        configuration.credentials = .random()
        let delegate = SilentDelegate()
        let path = StubPath(configuration, delegate)
        var cache = StatsCache()
        var prints: [String] = []
        for certificate in [[1], [1], [2]] as [[UInt8]] {
            cache.update(path, [], nil, certificate, of: 1)
            prints.append(try #require(cache.remoteCertificate).fingerprint)
        }
        #expect(prints[0] == prints[1] && prints[1] != prints[2])
        cache.update(path, [], nil, nil, of: 1)
        #expect(cache.remoteCertificate == nil)
    }

    @Test("the end of gathering is told once for each gathering, and sequences end with the connection")
    func sequences() async throws {
        let (stubbed, _) = try await answered()
        let connection = stubbed.connection
        let (candidates, errors) = (connection.iceCandidates, connection.iceCandidateErrors)
        let (channels, unread, tracks) = (connection.dataChannels, connection.unreadChannels, connection.tracks)
        await connection.gatheringComplete()
        for _ in 0..<2 {
            try await connection.setRemoteDescription(StubbedConnection.offer())
            try await connection.setLocalDescription()
            await connection.gatheringComplete()
        }
        await stubbed.close()
        #expect(await candidates.all() == [nil])
        #expect(await errors.all().isEmpty)
        for await _ in channels { Issue.record("a channel of nobody") }
        for await _ in unread { Issue.record("a channel of nobody") }
        for await _ in tracks { Issue.record("a track of nobody") }
    }

    @Test("a need that is gone when its turn comes is not told")
    func needGone() async throws {
        let stubbed = try StubbedConnection()
        let needs = stubbed.connection.negotiationNeeded
        try await stubbed.connection.needAndOffer()
        await stubbed.connection.pass()
        await stubbed.close()
        for await _ in needs { Issue.record("the offer was made already") }
    }

    @Test("a peer that has left and may yet say why has not left for those who wait for that")
    func departure() async throws {
        let (stubbed, _) = try await answered()
        await stubbed.connection.leaveWithoutWord()
        #expect(!stubbed.connection.snapshot.read(\.hasPeerLeft))
        await stubbed.pass(.seconds(5))
        #expect(stubbed.connection.snapshot.read(\.hasPeerLeft))
        await stubbed.close()
    }

    @Test(
        "a transport may be followed where the peer leaves it with the section that spoke for it",
        arguments: [true, false])
    func mayBeFollowed(leavesWithItsTag: Bool) async throws {
        let stubbed = try StubbedConnection()
        let group = "a=group:BUNDLE 0\r\n"
        let audio =
            "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=ice-ufrag:abcd\r\n"
            + "a=ice-pwd:abcdefghijklmnopqrstuv\r\na=setup:actpass\r\na=rtcp-mux\r\na=sendrecv\r\n"
            + "a=fingerprint:sha-256 \(Array(repeating: "09", count: 32).joined(separator: ":"))\r\n"
        var offer = StubbedConnection.offer()
        let library = leavesWithItsTag ? "a=msid-semantic: WMS\r\n" : ""
        offer.sdp = offer.sdp.replacing(group, with: "a=group:BUNDLE 1 0\r\n" + library + audio)
        try await stubbed.connection.setRemoteDescription(offer)
        try await stubbed.connection.setLocalDescription()
        #expect(await stubbed.connection.mayFollow == [leavesWithItsTag])
        await stubbed.close()
    }

    @Test("other servers have the next offer begin anew")
    func otherServers() async throws {
        let (stubbed, _) = try await answered()
        func fragment(_ description: SessionDescription?) -> Substring? {
            description?.sdp.split(separator: "\r\n").first { $0.hasPrefix("a=ice-ufrag:") }
        }
        let before = fragment(stubbed.connection.localDescription)
        #expect(try await fragment(stubbed.connection.createOffer()) == before)
        var configuration = await stubbed.connection.getConfiguration()
        configuration.iceServers = [.stun("192.0.2.1")]
        try await stubbed.connection.setConfiguration(configuration)
        #expect(try await fragment(stubbed.connection.createOffer()) != before)
        await stubbed.close()
    }

    @Test("the diagnosis is of the candidates of this generation")
    func diagnosis() async throws {
        let (stubbed, _) = try await answered()
        let ice = try #require(stubbed.connection.sctp?.transport.iceTransport)
        let (old, new) = (
            try ICECandidate(parsing: Self.line + " ufrag old"), try ICECandidate(parsing: Self.line + " ufrag new")
        )
        ice.update { values in
            (values.localCandidates, values.remoteCandidates) = ([old, old, new], [new])
            (values.state, values.gatheringState) = (.checking, .complete)
        }
        #expect(stubbed.connection.diagnosis.step == .checks)
        #expect(stubbed.connection.diagnosis.details.count == 1)
        await stubbed.close()
    }

    @Test("a range of ports does not begin with 0")
    func portRange() {
        var configuration = PeerConnection.Configuration()
        configuration.ice.portRange = 0...10
        let error = #expect(throws: WebRTCError.self) { try configuration.validate() }
        #expect(error?.code == .range)
        configuration.ice.portRange = 1...10
        #expect(throws: Never.self) { try configuration.validate() }
    }

    @Test("so many errors of servers are kept, and those of a former gathering are not")
    func serverErrors() async throws {
        let (stubbed, _) = try await answered()
        let snapshot = stubbed.connection.snapshot
        for number in 0..<100 { snapshot.keep(.unusable(url: "stun:\(number)", text: "no")) }
        #expect(snapshot.values.withLock { $0.servers.errors.count } == 32)
        try await stubbed.connection.setRemoteDescription(StubbedConnection.offer(ufrag: "efgh"))
        try await stubbed.connection.setLocalDescription()
        try await waitUntil { snapshot.values.withLock({ $0.servers.errors.isEmpty }) }
        await stubbed.close()
    }
}

/// `@unchecked Sendable`: used on the loop only.
private final class FormerTimer: @unchecked Sendable {
    var timer: LoopTimer?
}

private final class SilentDelegate: PathDelegate {
    func path(didGather candidate: ICECandidate) {}
    func pathDidFinishGathering() {}
    func path(didChange state: ICETransportState) {}
    func path(didSelect local: ICECandidate, remote: ICECandidate) {}
    func pathDidHearCheck() {}
    func path(didFail error: ICECandidateError) {}
    func path(didReceive datagrams: Span<UInt8>, segmentSize: Int) {}
}

extension PeerConnection {
    /// As if the former peer had left something of everything; how much.
    fileprivate func leaveTraces(_ former: FormerTimer) -> Int {
        guard let transport = transports.first else { return 0 }
        let hello: [UInt8] = [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1]
        transport.held.hold(hello.span, now: loop.now)
        transport.noteGone()
        if transport.dtlsTimer == nil { transport.dtlsTimer = loop.schedule(after: .seconds(1000)) {} }
        former.timer = transport.dtlsTimer
        let traces = traces(former)
        transport.held.hold(hello.span, now: loop.now)
        return traces
    }

    fileprivate func traces(_ former: FormerTimer) -> Int {
        guard let transport = transports.first else { return 0 }
        let isHeld = !transport.held.take(now: loop.now).isEmpty
        return [former.timer?.isActive == true, isHeld, transport.isPeerGone].count { $0 }
    }

    fileprivate var waitsForPair: Bool { transports.first?.waitsForPair ?? false }

    /// The peer leaves, may yet say why, and another takes over.
    fileprivate func leaveAndGoOn() {
        transports.first?.mayBeFollowed = true
        data?.peerDidLeave()
        data?.restart(WebRTCError(.network, "another peer"))
    }

    /// A need for negotiation, and its offer before the loop comes round.
    fileprivate func needAndOffer() throws {
        _ = try createDataChannel("test")
        try setLocalDescription()
    }

    /// The peer leaves as one that may yet say why.
    fileprivate func leaveWithoutWord() {
        guard let transport = transports.first else { return }
        transport.mayBeFollowed = true
        transport.dtls.update(state: .closed)
        transport.dtlsState = .closed
        data?.peerDidLeave()
        updateDeparture()
    }

    fileprivate var mayFollow: [Bool] { transports.map(\.mayBeFollowed) }

    fileprivate func endData(_ error: WebRTCError) { data?.fail(error) }

    fileprivate func change(to state: ICETransportState) { stubs.first?.change(to: state) }

    fileprivate func gather(_ candidate: ICECandidate) { transports.first?.path(didGather: candidate) }

    fileprivate var peer: (addresses: [String], ends: Int) {
        (stubs.first?.remoteCandidates.map(\.address) ?? [], stubs.first?.remoteEnds ?? 0)
    }

    fileprivate func resolve(_ candidate: ICECandidate, to address: String, for credentials: ICECredentials) {
        transports.first?.pendingNames += 1
        transports.first?.resolved(candidate, addresses: [address], for: credentials)
    }

    /// The entries of the first transport, with this pair, a packet sent 5 s ago and a round trip of a quarter of a second.
    fileprivate func report(
        _ timestamp: Double, local: ICECandidate, remote: ICECandidate
    ) -> (pair: CandidatePairStats?, candidates: [CandidateStats]) {
        guard let transport = transports.first, let path = stubs.first else { return (nil, []) }
        path.statistics.lastSent = loop.now - .seconds(5)
        path.select(local, remote)
        let entries = transport.stats(timestamp, role: .client, roundTrip: .milliseconds(250))
        let pairs = entries.compactMap { if case .candidatePair(let stats) = $0 { stats } else { nil } }
        let candidates = entries.compactMap { entry -> CandidateStats? in
            switch entry {
            case .localCandidate(let stats), .remoteCandidate(let stats): stats
            default: nil
            }
        }
        return (pairs.first, candidates)
    }
}
