@testable import Streaming

/// What watchers press: a message, or several of some watchers one after another.
enum InputEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        var input = FuzzInput(bytes)
        guard input.flag() else { return try read(input.rest()) }
        try press(&input)
    }

    private static func read(_ bytes: [UInt8]) throws {
        guard let message = try? InputMessage(parsing: bytes) else { return }
        let text = message.serialized()
        try FuzzFinding.require(text.utf8.count < InputMessage.maximumBytes, "what is written is too long to be read")
        let again = try? InputMessage(parsing: text)
        try FuzzFinding.require(again == message, "what was written reads as something else")
    }

    /// Three watchers, who come and go: nothing stays down once they are gone.
    private static func press(_ input: inout FuzzInput) throws {
        let limits = InputLimits(watchers: 2, keysPerWatcher: 3, eventsPerSecond: 20, burst: 5)
        var aggregator = InputAggregator<UInt8>(limits: limits)
        var (down, now) = (Set<String>(), Duration.zero)
        func note(_ events: [InputEvent]) throws {
            for case .key(let key) in events {
                let isNews = key.down ? down.insert(key.code).inserted : down.remove(key.code) != nil
                try FuzzFinding.require(isNews, "a key goes down twice, or up without having been down")
            }
        }
        while !input.isEmpty {
            let watcher = UInt8(input.below(3))
            now += .milliseconds(input.below(100) - 5)
            switch input.below(8) {
            case 0: try? aggregator.add(watcher, now: now)
            case 1: try note(aggregator.remove(watcher))
            case 2: aggregator.isUnread = input.flag()
            default:
                let length = input.number() % 512
                guard let message = try? InputMessage(parsing: input.take(length)) else { continue }
                try note((try? aggregator.apply(message.event, from: watcher, now: now)) ?? [])
            }
            try FuzzFinding.require(down == aggregator.heldKeys, "what is held is not what was passed on")
            try FuzzFinding.require(
                down.count <= limits.watchers * limits.keysPerWatcher && aggregator.watcherCount <= limits.watchers,
                "there is more than there may be")
        }
        try note(aggregator.removeAll())
        try FuzzFinding.require(down.isEmpty, "something stays down")
    }
}
