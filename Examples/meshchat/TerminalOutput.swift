import Foundation
import GroupKeys
import Mesh
import Signaling
import Synchronization

/// Lines for people: time, who, what. Colours only on a terminal, and not when NO_COLOR is set.
final class TerminalOutput: ChatOutput {
    private struct Shown {
        var connected: [PeerID: String] = [:]
        var names: [PeerID: String] = [:]
        var isOver = false
    }

    private enum Style: String {
        case plain = "0"
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case cyan = "36"
    }

    private let hasColour =
        Console.isTerminal && ProcessInfo.processInfo.environment["NO_COLOR"] == nil
    private let shown = Mutex(Shown())

    func show(_ event: MeshEvent) {
        guard !shown.withLock({ $0.isOver }) else { return }
        switch event {
        case .started(let started): greet(started)
        case .peerListChanged(let peers): compare(peers)
        case .leaderChanged(let status): showChange(of: status)
        case .message(let received):
            let who = styled(received.from.displayName, .cyan) + (received.isDirect ? styled(" to you", .dim) : "")
            line("\(who)  \(DisplayName.cleanedText(received.text))")
        case .connectionStateChanged(let state): show(state)
        case .notice(let text): remark(DisplayName.cleanedText(text))
        }
    }

    func show(peers: [MeshPeer]) {
        if peers.isEmpty { remark("nobody else is here yet") }
        for peer in peers {
            let state = peer.isConnected ? styled("connected", .green) : styled("connecting", .dim)
            let leads = peer.isLeader ? ", leads" : ""
            line(
                "  \(styled(peer.displayName, .cyan))  \(peer.peerType.rawValue), \(state)\(leads)  \(styled(peer.id.text, .dim))"
            )
        }
    }

    func show(leader: LeaderStatus, peers: [MeshPeer]) {
        guard let id = leader.leaderID else { return remark("no leader yet") }
        let name = leader.amILeader ? "you lead" : "\(name(of: id, in: peers)) leads"
        remark("\(name); connected to \(leader.peerCount - 1)")
    }

    func show(statistics: MeshStatistics) {
        remark(
            "texts: \(statistics.textsSent) sent, \(statistics.textsReceived) received; \(statistics.ignored) messages ignored"
                + (statistics.keptOut > 0 ? "; \(statistics.keptOut) kept out" : ""))
        for link in statistics.links {
            let trip = link.roundTripMilliseconds.map { String(format: ", round trip %.2f ms", $0) } ?? ""
            line(
                "  \(styled(link.peer.displayName, .cyan))  \(link.bytesSent) B sent, \(link.bytesReceived) B received\(trip), "
                    + "\(link.bufferedAmount) B waiting")
        }
    }

    func show(key: GroupKey?) {
        guard let key else { return remark("this mesh has no key: it is open to everybody on the network") }
        let isPlain = ProcessInfo.processInfo.environment["NO_COLOR"] != nil
        for text in KeyCard(key: key).lines(!Console.isTerminal ? .none : isPlain ? .dark : .colored) {
            Console.standard.write(line: text)
        }
    }

    func showHelp() {
        for text in ChatLine.commands.split(separator: "\n") { line("  \(text)") }
    }

    func show(problem: String) {
        line("\(styled("!", .red)) \(DisplayName.cleanedText(problem))")
    }

    func show(sent text: String, to peer: MeshPeer) {
        remark("to \(peer.displayName) only")
    }

    func end() {
        shown.withLock { $0.isOver = true }
    }

    // MARK: Events

    private func greet(_ started: MeshEvent.Started) {
        let port = started.port.map { ", signaling on port \($0)" } ?? ""
        Console.standard.write(
            line:
                "\(styled("meshchat", .bold))  you are \(styled(started.displayName, .cyan)) (\(started.peerType.rawValue)\(port)). "
                + "Lines you type go to everyone; /help lists commands.")
    }

    private func compare(_ peers: [MeshPeer]) {
        let now = Dictionary(peers.filter(\.isConnected).map { ($0.id, $0.displayName) }) { first, _ in first }
        let before = shown.withLock { shown in
            defer {
                shown.connected = now
                for peer in peers { shown.names[peer.id] = peer.displayName }
            }
            return shown.connected
        }
        for peer in peers where peer.isConnected && before[peer.id] == nil {
            remark("\(styled(peer.displayName, .cyan)) is here (\(peer.peerType.rawValue))")
        }
        for (id, name) in before.sorted(by: { $0.value < $1.value }) where now[id] == nil {
            // Who has said goodbye is not listed any more.
            let isLost = peers.contains { $0.id == id }
            remark(isLost ? "the connection to \(styled(name, .cyan)) broke" : "\(styled(name, .cyan)) has left")
        }
    }

    private func showChange(of status: LeaderStatus) {
        guard let id = status.leaderID else { return }
        remark(status.amILeader ? "you lead" : "\(name(of: id, in: [])) leads")
    }

    private func show(_ state: MeshState) {
        switch state {
        case .discovering: remark("looking for others")
        case .error(let text): show(problem: text)
        case .connected, .disconnected: break
        }
    }

    private func name(of id: PeerID, in peers: [MeshPeer]) -> String {
        peers.first { $0.id == id }?.displayName ?? shown.withLock { $0.names[id] } ?? "node \(id.text.prefix(8))"
    }

    // MARK: Lines

    private func remark(_ text: String) {
        line("\(styled("*", .dim)) \(text)")
    }

    private func line(_ text: String) {
        let now = Calendar.current.dateComponents([.hour, .minute], from: Date())
        let time = String(format: "%02d:%02d", now.hour ?? 0, now.minute ?? 0)
        Console.standard.write(line: "\(styled(time, .dim)) \(text)")
    }

    private func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
