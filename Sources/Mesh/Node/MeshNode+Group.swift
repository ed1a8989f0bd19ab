internal import AsyncQueues
internal import GroupKeys
internal import Logging

extension MeshNode {
    /// Counts what was kept out, and tells of it when that is due: the log, and people for what
    /// somebody has tried.
    func note(_ incident: GroupWatch.Incident) {
        guard let text = groupWatch.note(incident, now: now) else { return }
        if case .otherGroup = incident {
            configuration.logger.info("\(text)")
        } else {
            configuration.logger.warning("\(text)")
            hub.send(.notice(text))
        }
    }

    /// Whether an announcement is of this node's group. Of those without a key none is of a group.
    func isOfGroup(_ txt: [String: String]) -> Bool {
        txt["group"]?.lowercased() == configuration.groupKey?.advertisement
    }

    /// Says at the start what is open without a key; with one, listens to who comes in vain.
    func beginGuarding() {
        guard configuration.groupKey != nil else {
            return configuration.logger.warning("\(MeshConfiguration.openWithoutKey)")
        }
        let refusals = server.refusals
        spawn {
            for await refused in refusals {
                switch refused {
                case .stranger(let address): await self.note(.stranger(address: address))
                case .guess(let address): await self.note(.guess(address: address))
                }
            }
        }
    }
}

extension MeshConfiguration {
    /// What is open to everybody on the network where there is no key.
    package static let openWithoutKey =
        "this mesh has no key: whoever is on the network can join it, lead it, read what is said to all, "
        + "and, as the leader, put itself between two others"
}
