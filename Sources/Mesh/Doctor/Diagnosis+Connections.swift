internal import ICE
internal import JSEP
internal import NIOCore
internal import WebRTC

extension Diagnosis {
    /// Connects two peers in this process over the machine's own addresses.
    func connection() async -> Finding {
        let subject = "data channel"
        let start = ContinuousClock.now
        do throws(WebRTCError) {
            let settings = configuration(for: nil)
            let caller = try PeerConnection(configuration: settings)
            let callee = try PeerConnection(configuration: settings)
            let timer = closeAfterLimit([caller, callee])
            defer {
                timer.cancel()
                caller.close()
                callee.close()
            }
            let channel = try await caller.createDataChannel("doctor")
            try await caller.setLocalDescription()
            await caller.gatheringComplete()
            if let offer = caller.localDescription { try await callee.setRemoteDescription(offer) }
            try await callee.setLocalDescription()
            await callee.gatheringComplete()
            if let answer = callee.localDescription { try await caller.setRemoteDescription(answer) }
            try await channel.opened()
            return Finding(
                subject: subject, verdict: .good,
                text: "two peers on this machine were connected after \(Self.milliseconds(since: start)) ms")
        } catch {
            return Finding(
                subject: subject, verdict: .bad, text: "two peers on this machine cannot connect: \(error.message)",
                advice: "let UDP between this machine's own addresses pass the firewall")
        }
    }

    /// Asks a STUN server for this machine's address.
    func reflexive(_ url: String) async -> Finding {
        let subject = "STUN"
        var settings = configuration(for: url)
        settings.iceServers = [ICEServer(urls: [url])]
        if let obstacle = await obstacle(toName: url) {
            return Finding(
                subject: subject, verdict: .bad, text: "\(url): \(obstacle)",
                advice: "check how the name is spelled, and the DNS server of this machine")
        }
        do throws(WebRTCError) {
            let gathered = try await gather(settings) { $0.contains(" typ srflx") }
            if let candidate = gathered.found {
                return Finding(subject: subject, verdict: .good, text: "\(url) sees \(Self.address(in: candidate))")
            }
            // An answer that equals a local address makes no candidate, and is none the worse for
            // that.
            if gathered.isComplete, gathered.errors.count < gathered.hosts {
                return Finding(subject: subject, verdict: .good, text: "\(url) answers; no NAT is in between")
            }
            return Finding(
                subject: subject, verdict: .bad, text: "\(url): \(gathered.errors.first ?? "no answer")",
                advice: "check the name and port, and that UDP to it passes the firewall")
        } catch {
            return Finding(subject: subject, verdict: .bad, text: error.message)
        }
    }

    /// Asks a TURN server for a relayed address.
    func relay(_ server: ICEServer) async -> Finding {
        let subject = "TURN"
        let url = server.urls.first ?? ""
        var settings = configuration(for: url)
        settings.iceServers = [server]
        settings.iceTransportPolicy = .relay
        for url in server.urls {
            guard let obstacle = await obstacle(toName: url) else { continue }
            return Finding(
                subject: subject, verdict: .bad, text: "\(url): \(obstacle)",
                advice: "check how the name is spelled, and the DNS server of this machine")
        }
        do throws(WebRTCError) {
            let gathered = try await gather(settings) { $0.contains(" typ relay") }
            if let candidate = gathered.found {
                return Finding(
                    subject: subject, verdict: .good, text: "\(url) relays at \(Self.address(in: candidate))")
            }
            return Finding(
                subject: subject, verdict: .bad, text: "\(url): \(gathered.errors.first ?? "no relayed address")",
                advice: "check user and password, the URL, and that the port passes the firewall")
        } catch {
            return Finding(subject: subject, verdict: .bad, text: error.message)
        }
    }

    // MARK: Gathering

    private struct Gathered {
        var found: String?
        /// How many UDP host candidates there were: each asks the server.
        var hosts = 0
        var errors: [String] = []
        var isComplete = false
    }

    private func gather(
        _ settings: PeerConnection.Configuration, until isWanted: (String) -> Bool
    ) async throws(WebRTCError) -> Gathered {
        let connection = try PeerConnection(configuration: settings)
        let timer = closeAfterLimit([connection])
        defer {
            timer.cancel()
            connection.close()
        }
        _ = try await connection.createDataChannel("doctor")
        try await connection.setLocalDescription()
        var gathered = Gathered()
        for await candidate in connection.iceCandidates {
            guard let candidate, !candidate.candidate.isEmpty else {
                gathered.isComplete = true
                break
            }
            if candidate.candidate.contains(" typ host") { gathered.hosts += 1 }
            if isWanted(candidate.candidate) {
                gathered.found = candidate.candidate
                break
            }
        }
        let errors = connection.iceCandidateErrors
        connection.close()
        for await error in errors { gathered.errors.append(error.errorText) }
        return gathered
    }

    /// A server on this machine is asked from loopback only, for it would never answer the other
    /// addresses.
    private func configuration(for url: String?) -> PeerConnection.Configuration {
        guard let url else { return PeerConnection.Configuration(ice: ICESettings(includesLoopback: true)) }
        let isLocal = url.contains(":127.") || url.contains(":localhost") || url.contains("[::1]")
        var settings = ICESettings(includesLoopback: isLocal, includesIPv6: url.contains("["))
        if isLocal { settings.interfaceFilter = { $0.isLoopback } }
        return PeerConnection.Configuration(ice: settings)
    }

    private func closeAfterLimit(_ connections: [PeerConnection]) -> Task<Void, Never> {
        Task {
            guard (try? await Task.sleep(for: limit)) != nil else { return }
            for connection in connections { connection.close() }
        }
    }

    /// The address and port of a candidate line (RFC 8839 §5.1).
    private static func address(in candidate: String) -> String {
        let fields = candidate.split(separator: " ")
        guard fields.count > 5 else { return candidate }
        return "\(fields[4]) port \(fields[5])"
    }
}
