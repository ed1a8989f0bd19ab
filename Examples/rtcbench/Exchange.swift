import Foundation
import JSEP
import WebRTC

/// Files in a directory as the signaling between two processes.
struct Exchange {
    let directory: String

    /// Written under another name and renamed, so that the other end never reads half of it.
    func write(_ text: String, to name: String) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let file = URL(fileURLWithPath: directory).appendingPathComponent(name)
        try Data(text.utf8).write(to: file, options: .atomic)
    }

    /// Waits for a file and returns what it holds.
    func read(_ name: String) async throws -> String {
        let file = URL(fileURLWithPath: directory).appendingPathComponent(name)
        while !FileManager.default.fileExists(atPath: file.path) { try await Task.sleep(for: .milliseconds(10)) }
        return try String(contentsOf: file, encoding: .utf8)
    }

    /// Runs one of the two ends, and closes its connection.
    func run(
        _ role: Peer.Role, _ connection: PeerConnection, offer: (PeerConnection) async throws -> Void,
        answer: (PeerConnection) async throws -> Void
    ) async throws {
        switch role {
        case .offer: try await offer(connection)
        case .answer: try await answer(connection)
        }
        connection.close()
        await connection.closed()
    }

    /// Offers what was added to a connection, with all its candidates, and takes the answer.
    func offer(on connection: PeerConnection) async throws {
        try await connection.setLocalDescription()
        await connection.gatheringComplete()
        try write(connection.localDescription?.sdp ?? "", to: "offer")
        try await connection.setRemoteDescription(SessionDescription(type: .answer, sdp: try await read("answer")))
    }

    /// Answers the other end's offer, with all candidates.
    func answer(on connection: PeerConnection) async throws {
        try await connection.setRemoteDescription(SessionDescription(type: .offer, sdp: try await read("offer")))
        try await connection.setLocalDescription()
        await connection.gatheringComplete()
        try write(connection.localDescription?.sdp ?? "", to: "answer")
    }
}
