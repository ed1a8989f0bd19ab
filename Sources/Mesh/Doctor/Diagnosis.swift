internal import Discovery
internal import Logging
internal import MulticastDNS
internal import Signaling
public import WebRTC

/// Checks what a ``MeshNode`` needs from the machine and its network, one thing after another.
public struct Diagnosis: Sendable {
    /// What was found out about one thing.
    public struct Finding: Sendable, Hashable {
        /// How it stands.
        public enum Verdict: String, Sendable, Hashable {
            /// As it should be.
            case good
            /// It works, but not as one might expect.
            case remark
            /// It does not work.
            case bad
        }

        /// What was looked at.
        public var subject: String
        /// How it stands.
        public var verdict: Verdict
        /// What was seen.
        public var text: String
        /// What to do about it, if something is to be done.
        public var advice: String?
    }

    /// The port for the node's signaling server.
    public var port: UInt16
    /// A STUN server to try, as `host:port` or `stun:host:port`.
    public var stun: String?
    /// A TURN server to try, with its user and password.
    public var turn: ICEServer?
    /// How long one check may take.
    public var limit: Duration
    /// Whether the node is to have a group's key.
    public var hasKey: Bool

    /// A diagnosis of these things.
    public init(
        port: UInt16 = 3010, stun: String? = nil, turn: ICEServer? = nil, limit: Duration = .seconds(8),
        hasKey: Bool = false
    ) {
        self.port = port
        self.stun = stun
        self.turn = turn
        self.limit = limit
        self.hasKey = hasKey
    }

    /// Runs all checks and reports each finding when it is there; true when nothing is bad.
    public func run(_ report: (Finding) -> Void) async -> Bool {
        var isGood = true
        func tell(_ finding: Finding) {
            if finding.verdict == .bad { isGood = false }
            report(finding)
        }
        tell(interfaces())
        let daemon = await bounded("mDNS daemon") { await self.daemon() }
        tell(daemon)
        tell(await bounded("discovery") { await self.announcement(overDaemon: daemon.verdict == .good) })
        tell(await signaling())
        tell(key())
        tell(await connection())
        if let stun { tell(await reflexive(Self.hasScheme(stun) ? stun : "stun:\(stun)")) }
        if let turn { tell(await relay(turn)) }
        return isGood
    }

    private static func hasScheme(_ stun: String) -> Bool {
        ["stun:", "stuns:"].contains { stun.lowercased().hasPrefix($0) }
    }

    /// A daemon that hangs holds its callers for as long as D-Bus lets it, which is half a minute:
    /// too long to wait here.
    private func bounded(_ subject: String, _ check: @escaping @Sendable () async -> Finding) async -> Finding {
        let (findings, feed) = AsyncStream.makeStream(of: Finding.self)
        let late = Finding(
            subject: subject, verdict: .bad, text: "the mDNS daemon does not answer in time",
            advice: "end avahi-daemon and start it again: avahi-daemon -k; avahi-daemon -D")
        let work = Task { _ = feed.yield(await check()) }
        let timer = Task {
            guard (try? await Task.sleep(for: limit + .seconds(1))) != nil else { return }
            feed.yield(late)
        }
        defer {
            work.cancel()
            timer.cancel()
        }
        for await finding in findings { return finding }
        return late
    }

    // MARK: The checks

    private func interfaces() -> Finding {
        let list = HostNetwork.interfaces.map { "\($0.name) \($0.addresses.joined(separator: " "))" }
        let text = list.isEmpty ? "none is up" : list.joined(separator: "; ")
        guard HostNetwork.hasOnlyLoopback else { return Finding(subject: "interfaces", verdict: .good, text: text) }
        return Finding(
            subject: "interfaces", verdict: .remark, text: text,
            advice: "only programs on this machine can be reached; bring up a network interface")
    }

    private func key() -> Finding {
        guard !hasKey else { return Finding(subject: "group key", verdict: .good, text: "only members get in") }
        return Finding(
            subject: "group key", verdict: .remark, text: MeshConfiguration.openWithoutKey,
            advice: "make a key with meshchat key --out FILE, and give each node --key-file FILE")
    }

    private func daemon() async -> Finding {
        switch await daemonStatus() {
        case .running: return Finding(subject: "mDNS daemon", verdict: .good, text: "it answers")
        case .unavailable(let error):
            return Finding(
                subject: "mDNS daemon", verdict: .bad, text: "only nodes on this machine are found",
                advice: error.message)
        }
    }

    /// Announces a service and waits until it is seen, over the daemon if there is one.
    private func announcement(overDaemon: Bool) async -> Finding {
        let subject = "discovery"
        let type = "_rtc-doctor._tcp"
        do throws(DiscoveryError) {
            let browser = try ServiceBrowser(type: type)
            let service = try ServiceAdvertisement(name: "doctor \(PeerID().text.prefix(8))", type: type, port: 9)
            let start = ContinuousClock.now
            let timer = Task {
                try? await Task.sleep(for: limit)
                browser.stop()
            }
            try await service.start()
            var seen: Service?
            for await event in browser where event.service.name == service.name {
                if case .lost = event { continue }
                guard !overDaemon || event.service.source == .daemon else { continue }
                seen = event.service
                break
            }
            timer.cancel()
            browser.stop()
            await service.stop()
            guard let seen else {
                return Finding(
                    subject: subject, verdict: .bad, text: "a test service was announced and not seen",
                    advice: "let multicast to 224.0.0.251, UDP port 5353, pass the firewall")
            }
            let how = seen.source == .daemon ? "over mDNS" : "on this machine only"
            return Finding(
                subject: subject, verdict: seen.source == .daemon ? .good : .remark,
                text: "a test service was seen \(how) after \(Self.milliseconds(since: start)) ms")
        } catch {
            return Finding(subject: subject, verdict: .bad, text: error.message)
        }
    }

    /// Listens on the port and registers with itself.
    private func signaling() async -> Finding {
        let subject = "signaling"
        do throws(SignalingError) {
            let logger = Logger(label: "swift-webrtc.doctor", factory: { _ in SwiftLogNoOpLogHandler() })
            let server = SignalingServer(
                configuration: SignalingServerConfiguration(port: port, usesAnotherPort: true, logger: logger))
            let bound = try await server.start()
            let client = try await SignalingClient.connect(to: "ws://127.0.0.1:\(bound)/ws")
            await client.close()
            await server.stop()
            guard bound != port, port != 0 else {
                return Finding(
                    subject: subject, verdict: .good,
                    text: "port \(bound) is free and can be reached; whoever reaches it can register")
            }
            return Finding(
                subject: subject, verdict: .remark, text: "port \(port) is taken, port \(bound) works instead",
                advice: "nothing, unless a firewall lets only \(port) pass")
        } catch {
            return Finding(
                subject: subject, verdict: .bad, text: error.message, advice: "choose another port with --port")
        }
    }

    static func milliseconds(since start: ContinuousClock.Instant) -> Int {
        let parts = start.duration(to: .now).components
        return Int(parts.seconds) * 1000 + Int(parts.attoseconds / 1_000_000_000_000_000)
    }
}
