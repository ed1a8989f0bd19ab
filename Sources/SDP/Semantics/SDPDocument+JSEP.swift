extension SDPDocument {
    /// A description as RFC 9429 §5.2.1 has it: `v=`, `o=`, `s=-`, `t=0 0`,
    /// `a=ice-options:trickle`, `a=group:BUNDLE`, and the media descriptions.
    ///
    /// - Parameters:
    ///   - sessionID: random, below 2^62.
    ///   - sessionVersion: one more than that of the previous description.
    ///   - bundledMIDs: the sections that share a transport; no `a=group` when empty.
    ///   - iceOptions: no `a=ice-options` when empty.
    ///   - media: the sections, in the order of the previous description or of the offer.
    public init(
        sessionID: UInt64, sessionVersion: UInt64, bundledMIDs: [String], iceOptions: [String] = ["trickle"],
        media: [MediaDescription]
    ) {
        self.init(origin: Origin(sessionID: sessionID, sessionVersion: sessionVersion), media: media)
        self.iceOptions = iceOptions
        if !bundledMIDs.isEmpty { groups = [GroupAttribute(mids: bundledMIDs)] }
    }

    /// The first media description with that mid.
    public func mediaIndex(mid: String) -> Int? {
        media.firstIndex { $0.mid == mid }
    }
}
