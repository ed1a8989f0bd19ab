import StrictJSON

@testable import Signaling

/// What the nodes of a cluster say to each other: envelopes, and a node that hears them.
enum ClusterEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        guard input.flag() else { return try read(input.rest()) }
        try listen(&input)
    }

    private static func read(_ bytes: [UInt8]) throws {
        guard let envelope = ClusterEnvelope(bytes) else { return }
        try FuzzFinding.require(
            ClusterEnvelope(envelope.bytes) == envelope, "what was written reads as something else")
    }

    /// A node with two sockets of its own hears what it may, and sends to nobody but them and the others.
    private static func listen(_ input: inout FuzzInput) throws {
        var core = SignalingServerCore(takesTokens: true)
        var now = Duration.seconds(1)
        core.cluster = Cluster(name: "n0", wallClock: 1_000_000_000, now: now, firstAlias: 1 << 62)
        _ = core.clusterConnected(now: now)
        var open: Set<UInt64> = [1, 2]
        for socket in open.sorted() { _ = core.connected(socket, now: now) }
        let register = #"{"type":"register","peer_id":"0A0A0A0A-0000-4000-8000-00000000000A","peer_type":"display"}"#
        _ = core.received(Array(register.utf8), from: 1, now: now)
        _ = core.received(Array(#"{"type":"join","peerId":"A"}"#.utf8), from: 2, now: now)
        for _ in 0..<50 {
            let length = input.number() % 1024
            let bytes = input.take(length)
            guard !bytes.isEmpty else { break }
            now += .milliseconds(100 * length % 3000)
            for output in core.heard(bytes, now: now) + core.tick(now: now) {
                switch output {
                case .send(let to, _), .list(let to):
                    try FuzzFinding.require(open.contains(to), "something is sent to nobody")
                case .close(let closed, _, _), .cut(let closed): open.remove(closed)
                case .tell(_, let frame, _):
                    let envelope = ClusterEnvelope(node: "n0", epoch: 1, isForAll: true, number: 1, frame: frame)
                    try FuzzFinding.require(
                        ClusterEnvelope(envelope.bytes) == envelope, "what is told reads as something else")
                case .ping, .verify, .welcome, .forget, .rebind, .announce: break
                }
            }
        }
    }
}
