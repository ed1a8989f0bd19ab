/// A call that rings or goes on.
struct Call: Sendable {
    enum Side: Sendable { case caller, callee }

    /// A user, and the one of the devices that has the call.
    struct End: Sendable {
        let user: String
        /// nil while it rings, and while the device is away.
        var device: SignalingSocketID?
    }

    var caller: End
    var callee: End
    /// The devices on which it rings; none once one has accepted.
    var ringing: Set<SignalingSocketID>
    let since: Duration

    var isRinging: Bool { !ringing.isEmpty }

    /// On which side somebody is who says something to the other one; nil for others.
    func side(of user: String, _ device: SignalingSocketID, to recipient: String) -> Side? {
        let isCaller = caller.user == user && callee.user == recipient
        let isCallee = callee.user == user && caller.user == recipient
        // Who calls a device of his own is on both sides.
        if isCaller, isCallee { return caller.device == device ? .caller : .callee }
        return isCaller ? .caller : isCallee ? .callee : nil
    }

    /// The devices at the other end.
    func others(of side: Side) -> Set<SignalingSocketID> {
        switch side {
        case .caller: isRinging ? ringing : Set([callee.device].compactMap { $0 })
        case .callee: Set([caller.device].compactMap { $0 })
        }
    }
}
