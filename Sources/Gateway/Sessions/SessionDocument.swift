internal import Foundation
internal import JSEP
internal import StrictJSON
internal import WebRTC

/// What `GET /v1/webrtc/session/:id` says of a session.
struct SessionDocument {
    private let session: Session
    private let report: StatsReport

    init(_ session: Session, _ report: StatsReport) {
        self.session = session
        self.report = report
    }

    var json: JSONValue {
        .object([
            "session_id": .string(session.id.uuidString.lowercased()), "peer_id": .string(session.peerID),
            "state": .string(session.state.rawValue), "created_at": .time(session.created),
            "last_activity": .time(session.lastSeen), "candidates": .array(candidates), "stats": stats,
            "diagnosis": (try? JSONValue(encoding: session.diagnosis)) ?? .null,
        ])
    }

    /// The server's own, as a browser's `addIceCandidate` takes them.
    private var candidates: [JSONValue] {
        let lines = (session.connection.localDescription?.sdp ?? "").split(whereSeparator: \.isNewline)
        let mid = lines.first { $0.hasPrefix("a=mid:") }.map { String($0.dropFirst(6)) } ?? "0"
        return lines.filter { $0.hasPrefix("a=candidate:") }.map { line in
            .object([
                "candidate": .string(String(line.dropFirst(2))), "sdpMid": .string(mid), "sdpMLineIndex": .number(0),
            ])
        }
    }

    private var stats: JSONValue {
        let pair = report.selectedCandidatePair
        let channel = report.dataChannels.first
        return .object([
            "messages_sent": .number(channel?.messagesSent ?? 0), "bytes_sent": .number(channel?.bytesSent ?? 0),
            "messages_received": .number(channel?.messagesReceived ?? 0),
            "bytes_received": .number(channel?.bytesReceived ?? 0),
            // In seconds, as the W3C's statistics are.
            "round_trip_time": .number(pair?.currentRoundTripTime),
            "selected_pair": pair.map { pair in
                .object(["local": end(pair.localCandidateId), "remote": end(pair.remoteCandidateId)])
            } ?? .null,
        ])
    }

    private func end(_ id: String) -> JSONValue {
        guard let candidate = report.candidate(id) else { return .null }
        return .object([
            "type": .string(candidate.candidateType), "protocol": .string(candidate.protocol),
            "address": candidate.address.map { .string($0) } ?? .null, "port": .number(candidate.port),
        ])
    }
}

extension StatsReport {
    fileprivate func candidate(_ id: String) -> CandidateStats? {
        switch self[id] {
        case .localCandidate(let stats), .remoteCandidate(let stats): stats
        default: nil
        }
    }
}
