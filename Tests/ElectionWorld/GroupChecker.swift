internal import Election

/// Reads the history of a group.
package enum GroupChecker {
    /// Two that have had a link for so long have agreed on each number, in milliseconds.
    private static let acquaintance = 1_000

    /// What is wrong; nil for nothing.
    package static func flaw(_ scenario: GroupScenario, seed: UInt64) -> String? {
        let (world, before) = scenario.play(seed: seed)
        if let flaw = flaw(of: world.history, scenario) { return flaw }
        let after = world.leaders
        guard let first = after.first, after.allSatisfy({ $0.leader == first.leader && $0.term == first.term }) else {
            return "not one leader \(GroupScenario.bound) ms after all is well: \(after)"
        }
        if first.leader != world.best { return "the best does not lead" }
        if first.term.leader != first.leader { return "the leader has not claimed its term" }
        let isSteady = zip(before, after).allSatisfy { $0.leader == $1.leader && $0.term == $1.term }
        return isSteady ? nil : "the leader changed though all is well"
    }

    private static func flaw(of history: GroupHistory, _ scenario: GroupScenario) -> String? {
        // No term has two leaders, and no node goes back.
        var leaders: [Term: ContenderID] = [:]
        for change in history.changes where change.term.leader == change.leader {
            if let other = leaders[change.term], other != change.leader { return "term \(change.term) has two leaders" }
            leaders[change.term] = change.leader
        }
        var last: [Int: GroupHistory.Change] = [:]
        for change in history.changes {
            if let former = last[change.node], change.term < former.term,
                !history.restarts.contains(where: { $0.node == change.node && $0.time >= former.time })
            {
                return "node \(change.node) went from term \(former.term) back to \(change.term)"
            }
            last[change.node] = change
        }
        // Of nodes that hear each other no two claim one number.
        guard !scenario.hasLoss, !scenario.hasPauses else { return nil }
        for (index, claim) in history.claims.enumerated() {
            for other in history.claims[..<index] where other.number == claim.number && other.node != claim.node {
                guard let since = claim.links[other.node], let before = other.links[claim.node], since == before,
                    other.time - since > acquaintance,
                    !wereApart(
                        claim.node, other.node, in: history, from: other.time - acquaintance, to: claim.time)
                else { continue }
                return "\(claim.node) and \(other.node) claim \(claim.number) at \(claim.time), linked since \(since)"
            }
        }
        return nil
    }

    /// Whether what one said did not reach the other, though the link had not ended yet, at some moment of a time.
    private static func wereApart(
        _ left: Int, _ right: Int, in history: GroupHistory, from start: Int, to end: Int
    ) -> Bool {
        let first = history.sides.lastIndex { $0.time <= start } ?? history.sides.startIndex
        return history.sides[first...].contains { $0.time <= end && $0.sides[left] != $0.sides[right] }
    }
}
