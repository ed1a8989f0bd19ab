internal import CUSRSCTP
internal import Synchronization

/// usrsctp's process-global state: started once, at the first use, and never finished, because
/// other code of the process may still hold associations when one part of it is done.
final class NativeStack: Sendable {
    static let shared = NativeStack()

    let registry = Registry()

    private init() {
        Self.tuneTables()
        // Port 0: no UDP encapsulation, no sockets. No debug output: its format strings are
        // variadic. SAFETY: the callback is a function without context that lives as long as the
        // process.
        unsafe usrsctp_init_nothreads(0, NativeCallbacks.output, nil)
        Self.tune()
        // What comes in was authenticated by DTLS, so its checksum says nothing new and is not
        // computed (RFC 9653 §1).
        if Self.writesChecksums { usrsctp_enable_crc32c_offload() }
    }

    /// Whether the processor computes checksums, and we write them instead of usrsctp.
    static let writesChecksums = rtc_has_crc32c() != 0

    /// Time as usrsctp's timers count it.
    private let milliseconds = Atomic<UInt64>(0)
    var elapsed: Duration { .milliseconds(milliseconds.load(ordering: .relaxed)) }

    /// Called by whoever enters usrsctp while nothing ticks; nil as long as there are ticks.
    private let resume = Mutex<(@Sendable () -> Void)?>(nil)
    /// Whether there is one: read at each call, written only when that changes.
    private let isResting = Atomic(false)

    func tick(elapsed: Duration, resume: (@Sendable () -> Void)?) -> Bool {
        let elapsed = elapsed.wholeMilliseconds
        milliseconds.wrappingAdd(UInt64(elapsed), ordering: .relaxed)
        // What the timers send asks for this thread's context, which cannot be made while all gates
        // are held.
        let context = ThreadContext.current
        var isUsed = false
        TimerGate.tick { wasUsed in
            usrsctp_handle_timers(elapsed)
            isUsed = wasUsed || context.hasPending
            // With the gates held, nobody is inside: whoever comes later sees it when he leaves, at
            // the latest.
            rest(isUsed ? nil : resume)
        }
        context.wakePending()
        return isUsed
    }

    private func rest(_ resume: (@Sendable () -> Void)?) {
        guard resume != nil || isResting.load(ordering: .relaxed) else { return }
        self.resume.withLock { $0 = resume }
        isResting.store(resume != nil, ordering: .releasing)
    }

    /// To be called before and after each call into usrsctp.
    func keepTicking() {
        if isResting.load(ordering: .acquiring) { resume.withLock { $0 }?() }
    }

    /// Sizes of tables, which must be set before the start.
    private static func tuneTables() {
        // Each socket has tables of these sizes for its associations, and ours has one association:
        // by default they would take 2 KB a connection.
        usrsctp_tunable_set_sctp_pcbtblsize(4)
        // Verification tags are looked up here for every packet, one table for the process.
        usrsctp_tunable_set_sctp_hashtblsize(4096)
    }

    private static func tune() {
        // Extensions that WebRTC does not use, and that widen what a peer can reach (RFC 8831 §5,
        // RFC 8261 §6).
        usrsctp_sysctl_set_sctp_ecn_enable(0)
        usrsctp_sysctl_set_sctp_asconf_enable(0)
        usrsctp_sysctl_set_sctp_auto_asconf(0)
        usrsctp_sysctl_set_sctp_auth_enable(0)
        usrsctp_sysctl_set_sctp_nrsack_enable(0)
        usrsctp_sysctl_set_sctp_pktdrop_enable(0)
        // The ones it does use: partial reliability and stream reset.
        usrsctp_sysctl_set_sctp_pr_enable(1)
        usrsctp_sysctl_set_sctp_reconfig_enable(1)
        // Packets that belong to nothing are not answered: whoever sends them is not one of our
        // peers.
        usrsctp_sysctl_set_sctp_blackhole(2)
        // A verification tag may be used again soon: each association has an encrypted path of its
        // own, so no packet of an old one can reach a new one. The default remembers each closed
        // association for a minute.
        usrsctp_sysctl_set_sctp_vtag_time_wait(1)

        // Chunks that may wait, in either direction. The default of 512 is half a megabyte: beyond
        // it usrsctp drops what arrives out of order, so a lost packet on a long link costs the
        // rest of the window. The window closes earlier than this, because each waiting chunk is
        // charged with its overhead. usrsctp walks what waits to be put in order: how much of that
        // there is, ArrivalGuard bounds, and what is in order is read at once
        // (DataSession.updateWindow).
        usrsctp_sysctl_set_sctp_max_chunks_on_queue(65_536)
        // Not "30 times sent, giving up": the probes of a closed window are one chunk sent again
        // and again, and bursts into a full socket buffer come there within a second by fast
        // retransmission. A peer that does not answer is noticed by the association's own counter
        // (RFC 9260 §8.1).
        usrsctp_sysctl_set_sctp_max_retran_chunk(0)
        // A window begins with the longest burst of its association, so that it can be set
        // (NativeSocket.setWindow).
        usrsctp_sysctl_set_sctp_initial_cwnd(UInt32.max)
        // Packets by which one SACK may let a window grow while it starts: SACKs come for eight
        // when much is under way, and RFC 9406 §4.3 has this limit, too.
        usrsctp_sysctl_set_sctp_L2_abc_variable(8)
        // Retransmitted at once after one SACK. Each packet behind a gap is answered with a SACK,
        // so more than this repairs nothing sooner; with 32, a full socket buffer was answered with
        // twenty retransmissions of each lost packet.
        usrsctp_sysctl_set_sctp_fr_max_burst_default(4)
        // The sender asks for an immediate SACK at the end of a burst (RFC 7053).
        usrsctp_sysctl_set_sctp_enable_sack_immediately(1)
    }
}
