import JSEP
import NetworkLoop
import SCTP
import TransportTypes

@testable import WebRTC

// What has to hold once there was no trouble for four minutes.
extension ConnectionSimulation {
    func checkOutcome() {
        for host in hosts {
            for problem in host.problems { wrong(problem) }
        }
        let isOver = hosts.contains { $0.isVanished || $0.isClosed }
        if isOver {
            for host in hosts where !host.isVanished && host.ending == nil {
                wrong("\(host.name) was not told that it is over")
            }
        } else {
            checkConnection()
        }
        checkChannels(isOver: isOver)
    }

    private func checkConnection() {
        // A handshake is not tried for longer than that, and nothing but a new connection mends it.
        let hasFailed = hosts.contains { $0.connection?.sctp?.transport.state == .failed }
        if hasFailed, mayFail { return }
        for host in hosts {
            guard let connection = host.connection else { continue }
            if connection.connectionState != .connected {
                wrong("\(host.name) is \(connection.connectionState.rawValue): \(connection.diagnosis)")
            }
            if connection.signalingState != .stable { wrong("\(host.name) is \(connection.signalingState.rawValue)") }
        }
    }

    private func checkChannels(isOver: Bool) {
        for label in Set(hosts.flatMap(\.channels.keys)).sorted() {
            let ends = hosts.map { $0.channels[label] }
            guard let a = ends[0], let b = ends[1] else {
                let here = ends[0] ?? ends[1]
                // It may have been closed before it was ever open.
                if !isOver, here?.isClosedHere == false, here?.channel.readyState == .open {
                    wrong("only one end has \(label)")
                }
                continue
            }
            if !isOver { compare(a, b, hosts[0].name, hosts[1].name) }
            delivered(a, b, from: hosts[0].name, isOver: isOver)
            delivered(b, a, from: hosts[1].name, isOver: isOver)
        }
    }

    private func compare(_ a: SimulatedChannel, _ b: SimulatedChannel, _ first: String, _ second: String) {
        for error in [a, b].compactMap(\.channel.error) where !mayFail {
            wrong("\(a.label) has ended for no reason: \(error)")
        }
        let states = [a.channel.readyState, b.channel.readyState]
        if states[0] != states[1] {
            wrong(
                "\(a.label) is \(states[0].rawValue) at \(first) and \(states[1].rawValue) at \(second)"
                    + [a, b].compactMap(\.channel.error).map { ": \($0)" }.joined())
        } else if !a.isClosedHere, !b.isClosedHere, states[0] != .open, a.channel.error == nil, b.channel.error == nil {
            wrong("\(a.label) is \(states[0].rawValue), and nobody has closed it")
        }
    }

    /// What the first has taken has come to the second, once.
    private func delivered(_ sender: SimulatedChannel, _ receiver: SimulatedChannel, from name: String, isOver: Bool) {
        if let stranger = receiver.received.first(where: { $0 >= sender.tried }) {
            wrong("\(sender.label): message \(stranger) was never sent by \(name)")
        }
        guard sender.isReliable, !isOver, !receiver.isClosedHere else { return }
        guard sender.channel.error == nil, receiver.channel.error == nil else { return }
        let missing = sender.sent.filter { !receiver.received.contains($0) }
        if !missing.isEmpty { tellStatistics() }
        if !missing.isEmpty {
            wrong("\(sender.label): \(missing.count) of \(sender.sent.count) messages of \(name) never came")
        }
    }

    private func tellStatistics() {
        for host in hosts {
            guard let connection = host.connection else { continue }
            let told = world.loop.enter {
                connection.assumeIsolated { connection in
                    ["\(connection.data?.association?.statistics as Any)"]
                        + (connection.data?.channels ?? [:]).values.map {
                            "\($0.label): \($0.bufferedAmount) buffered, \($0.unreadAmount) unread"
                        }
                }
            }
            for text in told { world.say("\(host.name): \(text)") }
        }
    }
}
