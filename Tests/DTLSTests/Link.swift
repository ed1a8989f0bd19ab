import DTLS
import TestSupport

/// Joins two ends. Datagrams are lost, repeated and overtaken as the seed says; time passes when nothing else happens.
struct Link {
    var loss = 0.0
    var duplication = 0.0
    var reordering = 0.0
    /// The largest datagram that was seen.
    private(set) var largest = 0
    private(set) var datagrams = 0
    private var random: SeededGenerator
    private var flying: [(toServer: Bool, bytes: [UInt8])] = []
    private var now: UInt64 = 1_000_000_000

    init(seed: UInt64 = 1) {
        random = SeededGenerator(seed: seed)
    }

    /// Starts both ends and lets them talk until `isDone`, or until nothing can happen any more.
    mutating func connect(_ client: Endpoint, _ server: Endpoint) {
        server.session.start(now: now)
        client.session.start(now: now)
        run(client, server) { client.session.state == .connected && server.session.state == .connected }
    }

    /// Lets them talk; `isDone` is only asked when no datagram is under way.
    mutating func run(_ client: Endpoint, _ server: Endpoint, until isDone: () -> Bool = { false }) {
        let limit = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < limit {
            launch(client.takeOutbox(), toServer: true)
            launch(server.takeOutbox(), toServer: false)
            if !flying.isEmpty {
                let index =
                    Double.random(in: 0..<1, using: &random) < reordering
                    ? Int.random(in: flying.indices, using: &random) : 0
                let (toServer, bytes) = flying.remove(at: index)
                (toServer ? server : client).receive(bytes, now: now)
            } else if isDone() {
                return
            } else {
                guard let next = [client, server].compactMap(\.session.nextDeadline).min() else { return }
                now = max(now, next)
                client.session.handleTimeout(now: now)
                server.session.handleTimeout(now: now)
            }
        }
    }

    private mutating func launch(_ batch: [[UInt8]], toServer: Bool) {
        for bytes in batch {
            datagrams += 1
            largest = max(largest, bytes.count)
            if Double.random(in: 0..<1, using: &random) < loss { continue }
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
