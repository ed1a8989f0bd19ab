package import Election

/// What has happened in a ``GroupWorld``, for a checker that knows nothing of how elections work.
package struct GroupHistory {
    package struct Change {
        package var time: Int
        package var node: Int
        package var leader: ContenderID
        package var term: Term
    }

    package struct Claim {
        package var time: Int
        package var node: Int
        package var number: UInt64
        /// Since when it has had a link to each other node; nil where it has none.
        package var links: [Int?]
    }

    /// The side of the network that each is on, from then on.
    package struct Sides {
        package var time: Int
        package var sides: [Int]
    }

    package struct Moment {
        package var time: Int
        package var node: Int
    }

    package var changes: [Change] = []
    package var claims: [Claim] = []
    package var restarts: [Moment] = []
    package var sides: [Sides] = []
}
