internal import CGLib
internal import CNice
internal import NetworkLoop
internal import TransportTypes

/// What libnice reports. On the loop; libnice's lock is not held, so the agent may be called from
/// within.
protocol NativeAgentEvents: AnyObject {
    func nativeAgent(_ agent: NativeAgent, didGather candidate: NativeCandidate.Gathered)
    func nativeAgentDidFinishGathering(_ agent: NativeAgent)
    func nativeAgent(_ agent: NativeAgent, didChange state: NativeAgent.State)
    func nativeAgent(_ agent: NativeAgent, didSelect local: ICECandidate, remote: ICECandidate)
    func nativeAgent(_ agent: NativeAgent, didReceive datagram: Span<UInt8>)
    /// The first check of the peer's, since it was made or restarted.
    func nativeAgentDidHearCheck(_ agent: NativeAgent)
}

/// One `NiceAgent` with one stream of one component.
///
/// Used on the loop only. ``close()`` cuts the callbacks off at once and frees libnice's part on
/// later passes of the loop: an agent freed while its sources are queued leaks descriptors or is
/// called back after its end.
@safe final class NativeAgent {
    /// NiceComponentState.
    enum State {
        case gathering, connecting, connected, ready, failed
    }

    /// What C calls back with. It outlives the agent, and is empty once the agent is closed.
    private final class Target {
        weak var agent: NativeAgent?
        var usernameFragment: String?
    }

    /// What has to be freed when the loop has passed, and who is told.
    ///
    /// `@unchecked Sendable`: made in ``close()``, handed to the loop, and used nowhere else.
    @safe private struct Remains: @unchecked Sendable {
        let agent: OpaquePointer
        let relays: [Relay]
        let target: Unmanaged<Target>
        let loop: NetworkLoop
        let completion: @Sendable () -> Void
    }

    /// A TURN server that it was told of.
    struct Relay {
        let entry: ICEAgent.ServerEntry
        /// The server's own address.
        let server: TransportAddress
        /// What libnice talks to in its place.
        let tunnel: TLSTunnel?
    }

    let loop: NetworkLoop
    let agent: OpaquePointer
    private let target: Unmanaged<Target>
    private let stream: UInt32
    /// How long libnice waits with nothing to check before it fails, in ms.
    let pacTimer: UInt32
    /// The timer of its checks, by its number in the context; 0 when there was none yet.
    var checkTimer: UInt32 = 0
    /// When it was last told to fire at once for a pair, by the loop's clock.
    var lastHurry = Duration.zero
    /// Ta, the least time between two checks (RFC 8445 §14.2).
    let checkInterval: Duration
    private(set) var isClosed = false
    private var refusesChecks = false
    /// Whether one of its pairs has been taken into use since it was made, or restarted.
    var hasSelected = false
    private weak var events: (any NativeAgentEvents)?
    /// The addresses that it was given to gather on.
    private(set) var localAddresses: [IPAddress] = []
    private(set) var hasGathered = false
    private(set) var relays: [Relay] = []

    init(loop: NetworkLoop, configuration: ICEConfiguration, events: any NativeAgentEvents) throws(ICEError) {
        GLibLog.install()
        var flags = NICE_AGENT_OPTION_NONE.rawValue
        if configuration.trickle { flags |= NICE_AGENT_OPTION_ICE_TRICKLE.rawValue }
        if configuration.consentFreshness { flags |= NICE_AGENT_OPTION_CONSENT_FRESHNESS.rawValue }
        // SAFETY: the loop's context outlives the agent, which holds a reference to it.
        guard
            let agent = unsafe nice_agent_new_full(
                loop.context, NICE_COMPATIBILITY_RFC5245, NiceAgentOption(rawValue: flags))
        else { throw ICEError(.nativeFailure, "libnice gave no agent") }
        unsafe rtc_nice_set_bool(agent, "upnp", 0)
        unsafe rtc_nice_set_bool(agent, "ice-udp", configuration.udpCandidates ? 1 : 0)
        unsafe rtc_nice_set_bool(agent, "ice-tcp", configuration.tcpCandidates ? 1 : 0)
        unsafe rtc_nice_set_bool(agent, "force-relay", configuration.transportPolicy == .relay ? 1 : 0)
        unsafe rtc_nice_set_bool(agent, "controlling-mode", configuration.role == .controlling ? 1 : 0)
        unsafe rtc_nice_set_uint(agent, "stun-pacing-timer", configuration.checkMilliseconds)
        pacTimer = configuration.pacMilliseconds
        checkInterval = .milliseconds(configuration.checkMilliseconds)
        unsafe rtc_nice_set_uint(agent, "idle-timeout", pacTimer)
        let stream = unsafe nice_agent_add_stream(agent, 1)
        guard stream > 0 else {
            unsafe g_object_unref(UnsafeMutableRawPointer(agent))
            throw ICEError(.nativeFailure, "libnice gave no stream")
        }
        if let range = configuration.portRange {
            unsafe nice_agent_set_port_range(agent, stream, 1, UInt32(range.lowerBound), UInt32(range.upperBound))
        }
        let object = Target()
        self.events = events
        self.loop = loop
        unsafe self.agent = agent
        self.stream = stream
        // SAFETY: this retain is balanced when the remains are freed, after which no callback can
        // come.
        unsafe target = Unmanaged.passRetained(object)
        if let credentials = configuration.credentials { setLocalCredentials(credentials) }
        object.usernameFragment = localCredentials()?.usernameFragment
        object.agent = self
        unsafe connect(target.toOpaque())
    }

    deinit { close() }

    // SAFETY: `addLocalAddress`, `gather`, `addRelay`, `setLocalCredentials`,
    // `setRemoteCredentials`, `remoteCandidatesEnded`, `restart`, `role` and `setRelayOnly` call
    // libnice on the loop, as all who have this object do; it is freed on a pass of the loop after
    // close(), which the last reference to this object brings about. libnice copies strings and
    // addresses, and the target is retained until then.

    // MARK: - Inputs

    func addLocalAddress(_ address: IPAddress) {
        localAddresses.append(address)
        var native = NiceAddress()
        TransportAddress(address: address, port: 0).write(to: &native)
        unsafe _ = nice_agent_add_local_address(agent, &native)
    }

    /// Starts gathering, which libnice does once; false when no socket could be opened.
    func gather() -> Bool {
        hasGathered = true
        let before = unsafe rtc_source_number(loop.context)
        defer { unsafe rtc_allow_recursion(loop.context, before) }
        return checkingAtOnce { unsafe nice_agent_gather_candidates(agent, stream) != 0 }
    }

    /// Tells libnice of a TURN server; false when it has no use for it. What it is told of stays
    /// until the end.
    func addRelay(_ relay: Relay) -> Bool {
        guard let place = relay.tunnel == nil ? relay.server : relay.tunnel?.address else { return false }
        let entry = relay.entry
        relays.append(relay)
        return unsafe nice_agent_set_relay_info(
            agent, stream, 1, "\(place.address)", UInt32(place.port), entry.username, entry.credential,
            entry.url.transport == .tcp ? NICE_RELAY_TYPE_TURN_TCP : NICE_RELAY_TYPE_TURN_UDP) != 0
    }

    private func setLocalCredentials(_ credentials: ICECredentials) {
        unsafe _ = nice_agent_set_local_credentials(
            agent, stream, credentials.usernameFragment, credentials.password)
    }

    /// From now on the peer's checks are refused, for another agent has taken this one's place. A
    /// peer that has begun to check from new ports would otherwise take the old ones for its best
    /// way; Chromium then looks at the new ones only after 25 s. What the selected pair carries
    /// still comes and goes.
    func refuseChecks() {
        if !refusesChecks { setLocalCredentials(.random()) }
        refusesChecks = true
    }

    func setRemoteCredentials(_ credentials: ICECredentials) -> Bool {
        checkingAtOnce {
            unsafe nice_agent_set_remote_credentials(
                agent, stream, credentials.usernameFragment, credentials.password) != 0
        }
    }

    /// Adds one candidate; false when libnice has no use for it.
    func addRemoteCandidate(_ candidate: ICECandidate, at address: TransportAddress) -> Bool {
        unsafe NativeCandidate.withNative(candidate, at: address, stream: stream) { native in
            var list = unsafe GSList(data: UnsafeMutableRawPointer(native), next: nil)
            // SAFETY: a list of one element on the stack; libnice reads it during the call.
            return checkingAtOnce(addsPair: true) {
                unsafe nice_agent_set_remote_candidates(agent, stream, 1, &list) > 0
            }
        }
    }

    func remoteCandidatesEnded() { unsafe _ = nice_agent_peer_candidate_gathering_done(agent, stream) }

    /// New credentials, no remote candidates; the sockets and local candidates stay.
    func restart(credentials: ICECredentials?) -> Bool {
        guard unsafe nice_agent_restart_stream(agent, stream) != 0 else { return false }
        hasSelected = false
        if let credentials { setLocalCredentials(credentials) }
        unsafe target._withUnsafeGuaranteedRef { $0.usernameFragment = localCredentials()?.usernameFragment }
        return true
    }

    /// Sends through libnice: TCP and relayed pairs. False when it has no room or no consent.
    func send(_ datagram: Span<UInt8>) -> Bool {
        // SAFETY: the span outlives the call; libnice copies what it has to keep.
        unsafe datagram.withUnsafeBytes { bytes in
            let count = UInt32(clamping: bytes.count)
            return unsafe nice_agent_send(
                agent, stream, 1, count, bytes.assumingMemoryBound(to: CChar.self).baseAddress)
                > 0
        }
    }

    var role: ICERole {
        get { unsafe rtc_nice_get_bool(agent, "controlling-mode") != 0 ? .controlling : .controlled }
        set { unsafe rtc_nice_set_bool(agent, "controlling-mode", newValue == .controlling ? 1 : 0) }
    }

    func setRelayOnly(_ relayOnly: Bool) { unsafe rtc_nice_set_bool(agent, "force-relay", relayOnly ? 1 : 0) }

    // MARK: - What libnice knows

    func localCredentials() -> ICECredentials? {
        var usernameFragment: UnsafeMutablePointer<CChar>?
        var password: UnsafeMutablePointer<CChar>?
        // SAFETY: on success both are strings that we own and free.
        guard unsafe nice_agent_get_local_credentials(agent, stream, &usernameFragment, &password) != 0,
            let usernameFragment = unsafe usernameFragment, let password = unsafe password
        else { return nil }
        defer {
            unsafe g_free(usernameFragment)
            unsafe g_free(password)
        }
        return try? unsafe ICECredentials(
            usernameFragment: String(cString: usernameFragment), password: String(cString: password))
    }

    /// The candidates as libnice has them now.
    func localCandidates() -> [NativeCandidate.Gathered] {
        var found: [NativeCandidate.Gathered] = []
        let usernameFragment = unsafe target._withUnsafeGuaranteedRef { $0.usernameFragment }
        // SAFETY: the list and its candidates are ours to free, once each.
        var entry = unsafe nice_agent_get_local_candidates(agent, stream, 1)
        while let current = unsafe entry {
            if let data = unsafe current.pointee.data {
                let native = unsafe data.assumingMemoryBound(to: NiceCandidate.self)
                if let candidate = unsafe NativeCandidate.read(native, usernameFragment: usernameFragment) {
                    found.append(candidate)
                }
                unsafe nice_candidate_free(native)
            }
            unsafe entry = g_slist_delete_link(current, current)
        }
        return found
    }

    /// The descriptors of the sockets that candidates were gathered on.
    func socketDescriptors() -> [Int32] {
        // SAFETY: the array holds references that its free function drops; the sockets stay with
        // libnice.
        guard let sockets = unsafe nice_agent_get_sockets(agent, stream, 1) else { return [] }
        defer { unsafe g_ptr_array_unref(sockets) }
        return unsafe (0..<sockets.pointee.len).map { unsafe rtc_socket_fd(sockets, $0) }
    }

    /// The descriptor of the selected pair if it is plain UDP from an own address.
    func selectedDescriptor() -> Int32? {
        // SAFETY: the reference is dropped here; libnice keeps its own while the pair exists.
        guard let socket = unsafe nice_agent_get_selected_socket(agent, stream, 1) else { return nil }
        defer { unsafe g_object_unref(UnsafeMutableRawPointer(socket)) }
        return unsafe g_socket_get_fd(socket)
    }

    /// Takes the selected pair into use again after its consent was lost; false when it cannot be
    /// named.
    func resumeSelectedPair() -> Bool {
        var local: UnsafeMutablePointer<NiceCandidate>?
        var remote: UnsafeMutablePointer<NiceCandidate>?
        // SAFETY: both stay libnice's, and valid until the loop turns; the foundations are copied.
        guard unsafe nice_agent_get_selected_pair(agent, stream, 1, &local, &remote) != 0,
            let local = unsafe local, let remote = unsafe remote,
            let from = unsafe NativeCandidate.read(local, usernameFragment: nil)?.candidate,
            let to = unsafe NativeCandidate.read(remote, usernameFragment: nil)?.candidate
        else { return false }
        // libnice finds a pair by its foundations; one that several candidates share might name
        // another pair.
        guard localCandidates().filter({ $0.candidate.foundation == from.foundation }).count == 1,
            remoteCandidates().filter({ $0.foundation == to.foundation }).count == 1
        else { return false }
        return unsafe nice_agent_set_selected_pair(agent, stream, 1, from.foundation, to.foundation) != 0
    }

    /// The addresses that the peer has told, and those that its checks have come from.
    func remoteAddresses() -> [TransportAddress] {
        remoteCandidates().compactMap { TransportAddress($0.address, port: $0.port) }
    }

    private func remoteCandidates() -> [ICECandidate] {
        var found: [ICECandidate] = []
        // SAFETY: the list and its candidates are ours to free, once each.
        var entry = unsafe nice_agent_get_remote_candidates(agent, stream, 1)
        while let current = unsafe entry {
            if let data = unsafe current.pointee.data {
                let native = unsafe data.assumingMemoryBound(to: NiceCandidate.self)
                if let remote = unsafe NativeCandidate.read(native, usernameFragment: nil) {
                    found.append(remote.candidate)
                }
                unsafe nice_candidate_free(native)
            }
            unsafe entry = g_slist_delete_link(current, current)
        }
        return found
    }

    // MARK: - The end

    /// No event comes from here on. May be called from within an event.
    ///
    /// - Parameter completion: called on the loop when sockets and memory are freed; not if the
    ///   agent was closed before.
    func close(completion: @escaping @Sendable () -> Void = {}) {
        guard !isClosed else { return }
        isClosed = true
        unsafe target._withUnsafeGuaranteedRef { $0.agent = nil }
        let remains = unsafe Remains(
            agent: agent, relays: relays, target: target, loop: loop, completion: completion)
        relays = []
        let stream = stream
        loop.post {
            unsafe rtc_nice_disconnect(remains.agent, remains.target.toOpaque())
            unsafe _ = nice_agent_attach_recv(remains.agent, stream, 1, remains.loop.context, nil, nil)
            unsafe nice_agent_remove_stream(remains.agent, stream)
            // Waits until the TURN servers have been told, or have not answered; then the agent may
            // go. SAFETY: the box is retained for the one call of the callback.
            let box = unsafe Unmanaged.passRetained(RemainsBox(remains)).toOpaque()
            unsafe nice_agent_close_async(
                remains.agent,
                { _, _, context in
                    guard let context = unsafe context else { return }
                    unsafe Unmanaged<RemainsBox>.fromOpaque(context).takeRetainedValue().free()
                }, box)
        }
    }

    private final class RemainsBox {
        let remains: Remains
        init(_ remains: Remains) { self.remains = remains }

        // SAFETY: the one call of this, on the loop, when libnice is done with the agent: our
        // reference to it, and the retain of what it called back with.
        func free() {
            unsafe g_object_unref(UnsafeMutableRawPointer(remains.agent))
            for relay in remains.relays { relay.tunnel?.close() }
            unsafe remains.target.release()
            // libnice's own call, of which this is the end, still refers to the agent.
            remains.loop.post(remains.completion)
        }
    }
}

extension NativeAgent {
    /// Installs the C callbacks. Each unwraps and forwards, nothing else.
    private func connect(_ context: UnsafeMutableRawPointer) {
        // SAFETY: libnice calls back with the Target that is retained until the agent is freed.
        unsafe rtc_nice_connect(
            agent,
            { _, _, context in unsafe NativeAgent.report(context) { $1.nativeAgentDidFinishGathering($0) } },
            { _, _, _, state, context in
                guard let state = State(NiceComponentState(rawValue: state)) else { return }
                unsafe NativeAgent.report(context) { agent, events in
                    agent.setPACTimer(in: state)
                    events.nativeAgent(agent, didChange: state)
                }
            },
            { _, _, _, local, remote, context in
                guard let local = unsafe local, let remote = unsafe remote,
                    let from = unsafe NativeCandidate.read(
                        local, usernameFragment: NativeAgent.usernameFragment(of: context)),
                    let to = unsafe NativeCandidate.read(remote, usernameFragment: nil)
                else { return }
                unsafe NativeAgent.report(context) {
                    $1.nativeAgent($0, didSelect: from.candidate, remote: to.candidate)
                }
            },
            { _, candidate, context in
                guard let candidate = unsafe candidate,
                    let found = unsafe NativeCandidate.read(
                        candidate, usernameFragment: NativeAgent.usernameFragment(of: context))
                else { return }
                unsafe NativeAgent.report(context) { $1.nativeAgent($0, didGather: found) }
            },
            { _, _, context in
                unsafe NativeAgent.report(context) { agent, events in
                    agent.peerHasChecked()
                    events.nativeAgentDidHearCheck(agent)
                }
            }, context)
        unsafe _ = nice_agent_attach_recv(
            agent, stream, 1, loop.context,
            { _, _, _, count, bytes, context in
                guard let bytes = unsafe bytes else { return }
                // SAFETY: libnice's receive buffer holds `count` bytes until this returns.
                unsafe bytes.withMemoryRebound(to: UInt8.self, capacity: Int(count)) { bytes in
                    let datagram = unsafe UnsafeBufferPointer(start: bytes, count: Int(count))
                    unsafe NativeAgent.report(context) { unsafe $1.nativeAgent($0, didReceive: datagram.span) }
                }
            }, context)
    }

    // SAFETY: the context is the Target, which is retained until the agent is freed; it is not
    // released during the call.
    private static func report(
        _ context: UnsafeMutableRawPointer?, _ body: (NativeAgent, any NativeAgentEvents) -> Void
    ) {
        guard let context = unsafe context,
            let agent = unsafe Unmanaged<Target>.fromOpaque(context)._withUnsafeGuaranteedRef({ $0.agent }),
            let events = agent.events
        else { return }
        body(agent, events)
    }

    // SAFETY: the context is the Target, which is retained until the agent is freed; it is not
    // released during the call.
    private static func usernameFragment(of context: UnsafeMutableRawPointer?) -> String? {
        guard let context = unsafe context else { return nil }
        return unsafe Unmanaged<Target>.fromOpaque(context)._withUnsafeGuaranteedRef { $0.usernameFragment }
    }
}

extension NativeAgent.State {
    init?(_ state: NiceComponentState) {
        switch state {
        case NICE_COMPONENT_STATE_GATHERING: self = .gathering
        case NICE_COMPONENT_STATE_CONNECTING: self = .connecting
        case NICE_COMPONENT_STATE_CONNECTED: self = .connected
        case NICE_COMPONENT_STATE_READY: self = .ready
        case NICE_COMPONENT_STATE_FAILED: self = .failed
        default: return nil
        }
    }
}
