extension SCTPAssociation {
    /// After so many refusals a stream counts as reset: both ends then go on counting where they
    /// were, and agree.
    private static let maxResetAttempts = 8

    /// So many streams are reset by one request at most: usrsctp, which many peers have, denies a
    /// list of more than 248.
    private static let maxResetsUnderWay = 200

    /// How long a reset may wait for other streams' data.
    private static let longestResetWait = Duration.milliseconds(500)

    /// Resets outgoing streams (RFC 6525 §5.1.2), which is how a data channel is closed (RFC 8831
    /// §6.7). What is queued on them goes first; a message that was begun must be completed. Ends
    /// with `didResetOutgoing`, for each stream once. Streams out of range, or being reset already,
    /// are left out.
    package func resetOutgoing(streams: [UInt16]) {
        guard state != .closed else { return }
        for stream in streams where resetAttempts[stream] == nil {
            guard state != .connected || stream < negotiatedStreams, pendingResets.count < Int(UInt16.max) else {
                continue
            }
            resetAttempts[stream] = 0
            pendingResets.append(stream)
            if state == .connected, stream >= self.streams.outbound { wantStream(stream) }
        }
        hasDeferred = true
        settle()
    }

    /// Hands usrsctp what is waiting. It keeps the order with the data, and to one request at a
    /// time, itself.
    func startResets() {
        guard state == .connected, !pendingResets.isEmpty, !hasPeerShutDown, mayRequestReset() else { return }
        pendingResets.removeAll { $0 >= negotiatedStreams }
        let ready = Array(
            pendingResets.lazy.filter { $0 != self.openStream && $0 < self.streams.outbound }
                .prefix(max(Self.maxResetsUnderWay - resetsUnderWay.count, 0)))
        guard !ready.isEmpty else { return }
        resetsUnderWay.formUnion(ready)
        pendingResets.removeAll { resetsUnderWay.contains($0) }
        for stream in ready {
            resetAttempts[stream, default: 0] += 1
        }
        let code = native.resetOutgoing(ready, sink: self)
        if code == NativeSocket.notSupported {
            // The peer has no RE-CONFIG: there is no reset to wait for.
            finishReset(ready)
        } else if code != 0 {
            retryReset(ready)
        }
    }

    /// A request that overtakes lost data is what usrsctp peers can get stuck on (see ResetGate),
    /// unless more data follows. So it waits until all is acknowledged; if that takes long, there
    /// is a flow of data that keeps the peer going.
    private func mayRequestReset() -> Bool {
        let now = NativeStack.shared.elapsed
        if native.queuedBytes > 0 {
            let since = resetsWaitSince ?? now
            resetsWaitSince = since
            guard now - since >= Self.longestResetWait else { return false }
        }
        resetsWaitSince = nil
        return true
    }

    /// The peer has confirmed.
    func finishReset(_ streams: [UInt16]) {
        let done = streams.isEmpty ? Array(resetAttempts.keys).sorted() : streams.filter { resetAttempts[$0] != nil }
        guard !done.isEmpty else { return }
        resetsUnderWay.subtract(done)
        for stream in done {
            resetAttempts[stream] = nil
        }
        delegate?.sctpAssociation(self, didResetOutgoing: done)
    }

    /// The peer has refused, or usrsctp has.
    func retryReset(_ streams: [UInt16]) {
        let again = streams.filter { resetAttempts[$0] != nil }
        resetsUnderWay.subtract(again)
        pendingResets += again.filter { resetAttempts[$0, default: 0] < Self.maxResetAttempts }
        hasDeferred = true
        let givenUp = again.filter { resetAttempts[$0, default: 0] >= Self.maxResetAttempts }
        if !givenUp.isEmpty {
            finishReset(givenUp)
        }
    }
}
