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
    }

    package struct Moment {
        package var time: Int
        package var node: Int
    }

    package struct Split {
        package var time: Int
        package var sides: [Int]
    }

    package var changes: [Change] = []
    package var claims: [Claim] = []
    package var restarts: [Moment] = []
    package var splits: [Split] = []
    package var lost = 0
}
