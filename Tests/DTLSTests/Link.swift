import DTLS
import TestSupport
import TransportTypes

/// Joins two ends. Datagrams are lost, repeated and overtaken as the seed says; time passes when
/// nothing else happens.
struct Link {
    var loss = 0.0
    var duplication = 0.0
    var reordering = 0.0
    /// Datagrams that get lost by their number, the first one being 0.
    var lost: Set<Int> = []
    /// Time passes as it does, instead of moving on: for tests in which something has to come
    /// before something else, one of them by OpenSSL's clock.
    var followsClock = false
    /// The largest datagram that was seen.
    private(set) var largest = 0
    private(set) var datagrams = 0
    private var random: SeededGenerator
    private var flying: [(toServer: Bool, bytes: [UInt8])] = []
    private var now = Duration.seconds(1)
    private let start = ContinuousClock.now

    init(seed: UInt64 = 1) {
        random = SeededGenerator(seed: seed)
    }

    /// Starts both ends and lets them talk. No time passes, so nothing may be lost.
    mutating func connect(_ client: Endpoint, _ server: Endpoint) {
        server.session.start(now: .zero)
        client.session.start(now: .zero)
        run(client, server)
    }

    /// Carries datagrams until there are none. No time passes.
    mutating func run(_ client: Endpoint, _ server: Endpoint) {
        while deliverOne(client, server, now: .zero) {}
    }

    /// Starts both ends and lets them talk until they are connected or have failed.
    mutating func connectInTime(_ client: Endpoint, _ server: Endpoint) async {
        server.session.start(now: now)
        client.session.start(now: now)
        await runInTime(client, server)
    }

    /// Carries datagrams until neither end is connecting. When there are none, time moves on to the
    /// next deadline.
    ///
    /// OpenSSL has the last word on whether a deadline has come, by the time of day: until it
    /// agrees, others may run.
    mutating func runInTime(_ client: Endpoint, _ server: Endpoint) async {
        while client.session.state == .connecting || server.session.state == .connecting {
            if deliverOne(client, server, now: now) { continue }
            guard let next = [client, server].compactMap(\.session.nextDeadline).min() else { return }
            now = followsClock ? Self.time(since: start) : max(now, next)
            client.session.handleTimeout(now: now)
            server.session.handleTimeout(now: now)
            await Task.yield()
        }
        while deliverOne(client, server, now: now) {}
    }

    /// The time of a test that follows the clock.
    static func time(since start: ContinuousClock.Instant) -> Duration {
        .seconds(1) + (ContinuousClock.now - start)
    }

    private mutating func deliverOne(_ client: Endpoint, _ server: Endpoint, now: Duration) -> Bool {
        launch(client.takeOutbox(), toServer: true)
        launch(server.takeOutbox(), toServer: false)
        guard !flying.isEmpty else { return false }
        let isOvertaken = Double.random(in: 0..<1, using: &random) < reordering
        let index = isOvertaken ? Int.random(in: flying.indices, using: &random) : 0
        let (toServer, bytes) = flying.remove(at: index)
        (toServer ? server : client).receive(bytes, now: now)
        return true
    }

    private mutating func launch(_ batch: [[UInt8]], toServer: Bool) {
        for bytes in batch {
            defer { datagrams += 1 }
            largest = max(largest, bytes.count)
            if Double.random(in: 0..<1, using: &random) < loss || lost.contains(datagrams) { continue }
            flying.append((toServer, bytes))
            if Double.random(in: 0..<1, using: &random) < duplication { flying.append((toServer, bytes)) }
        }
    }
}

/// Certificates are slow to make; the tests share these.
enum Fixtures {
    static let p256 = make(.ecdsaP256)
    static let otherP256 = make(.ecdsaP256)
    static let rsa = make(.rsa(bits: 2048))

    private static func make(_ algorithm: KeyAlgorithm) -> Certificate {
        do { return try Certificate.generate(algorithm) } catch { preconditionFailure("no certificate: \(error)") }
    }
}
