/// What speaks against all lines having arrived.
struct Losses {
    /// The first thing that went wrong, for people.
    private(set) var reason: String?
    /// Whether anything was handed over.
    var sentAny = false

    mutating func note(_ text: String) {
        reason = reason ?? text
    }
}
