/// The numbers of offers whose proof was right, so that none is taken twice.
///
/// Only members get in here, as a proof is looked at before. Still the table is bounded: when it is
/// full, who was heard of longest ago is forgotten. An old offer of theirs would then be taken, and
/// come to nothing: who repeats it does not have the certificate that it names.
public struct OfferNumbers: Sendable {
    /// How many senders are known by default.
    public static let defaultLimit = 1024

    private var last: RecentTable<UInt64>

    /// Nothing has been taken.
    ///
    /// - Parameter limit: How many senders are known at once, one at least.
    public init(limit: Int = defaultLimit) { last = RecentTable(limit: limit) }

    /// Takes an offer, unless the sender's last one had its number or a larger one.
    public mutating func take(_ number: UInt64, from sender: String) -> Bool {
        let sender = sender.lowercased()
        guard last[sender].map({ number > $0 }) ?? true else { return false }
        last[sender] = number
        return true
    }
}
