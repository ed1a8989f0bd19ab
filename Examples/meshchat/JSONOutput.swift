import Foundation
import GroupKeys
import Mesh

/// One JSON object a line, for programs.
struct JSONOutput: ChatOutput {
    func show(_ event: MeshEvent) { write(event) }

    func show(peers: [MeshPeer]) { write(Answer(type: "peers", peers: peers)) }

    func show(leader: LeaderStatus, peers: [MeshPeer]) { write(Answer(type: "leader", leader: leader)) }

    func show(statistics: MeshStatistics) { write(Answer(type: "stats", stats: statistics)) }

    func show(key: GroupKey?) { write(Answer(type: "key", words: key?.words, text: key?.text)) }

    func showHelp() { write(Answer(type: "help", message: ChatLine.commands)) }

    func show(problem: String) { write(Answer(type: "error", message: problem)) }

    func show(sent text: String, to peer: MeshPeer) {}

    func end() {}

    /// The answer to something typed.
    private struct Answer: Encodable {
        var type: String
        var peers: [MeshPeer]?
        var leader: LeaderStatus?
        var stats: MeshStatistics?
        var message: String?
        var words: String?
        var text: String?
    }

    private func write(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let line = try? encoder.encode(value) else { return }
        Console.standard.write(line: String(decoding: line, as: UTF8.self))
    }
}
