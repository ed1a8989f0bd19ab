/// What stands beside the description of a link in a group with a key: the proof that nobody on its
/// way has changed it. Others overlook it.
package struct LinkSeal: Sendable, Hashable {
    /// `proof`: 64 hexadecimal digits.
    package var proof: String
    /// `number` of an offer, which grows; an answer has none.
    package var number: UInt64?

    package init(proof: String, number: UInt64? = nil) {
        self.proof = proof
        self.number = number
    }
}
