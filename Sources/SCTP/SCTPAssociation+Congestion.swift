/// What congestion control by delay keeps of an association.
struct CongestionState {
    var meter = PathMeter()
    var control: DelayControl
    /// usrsctp repeats DATA, and has lowered the window by its own rules.
    var hasResent = false
    /// It does so because a timer ran out.
    var hasTimedOut = false
    /// Nothing new is sent until what is missing has arrived.
    var isHalted = false
}

// usrsctp sends and repeats, and keeps its window; here it is told how large that is. All of
// congestion control counts in nanoseconds, for it looks at each packet, and multiplies and divides
// times.
extension SCTPAssociation {
    /// Looks at a packet that leaves; `now` in ns of the association's clock.
    func observeSent(_ packet: Span<UInt8>, byTimer: Bool, at now: UInt64) {
        guard configuration.congestionControl == .delay else { return }
        guard congestion.meter.sent(packet, at: now) else { return }
        congestion.hasResent = true
        // What goes into a closed window only asks whether it is open again.
        let isProbe = congestion.meter.peerWindow < UInt32(clamping: pathMTU.size)
        if byTimer, !isProbe { congestion.hasTimedOut = true }
    }

    /// Looks at a packet that usrsctp has taken; `now` in ns of the association's clock.
    func observeReceived(_ packet: Span<UInt8>, at now: UInt64) {
        guard configuration.congestionControl == .delay, state == .connected else { return }
        let round = congestion.meter.received(packet, at: now)
        var isDue = congestion.hasResent && !congestion.meter.isRecovering
        congestion.hasResent = false
        if congestion.hasTimedOut {
            congestion.hasTimedOut = false
            congestion.meter.timedOut()
            congestion.control.timedOut()
            isDue = true
        } else if let round {
            congestion.control.finished(round, packetSize: pathMTU.size, at: now)
            isDue = true
        }
        let halts = congestion.meter.reach > DelayControl.farthestReach
        if isDue || halts != congestion.isHalted {
            congestion.isHalted = halts
            setWindow()
        }
    }

    private func setWindow() {
        let control = congestion.control
        let unit = configuration.maxPacketSize - 12
        native.setWindow(
            unit * (congestion.isHalted ? 1 : control.current), limit: unit * (congestion.isHalted ? 1 : control.limit),
            burst: min(configuration.maximumBurst, max(4000 - congestion.meter.reach, 32)))
    }
}
