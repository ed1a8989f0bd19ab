internal import Foundation
internal import Hummingbird
internal import ICE
internal import JSEP
internal import StrictJSON
internal import WebRTC

/// The session interface: offer, answer and candidates over HTTP, requests over the data channel.
struct SessionRoutes: Sendable {
    /// The most bytes that a body may have: a description and some.
    private static let bodyLimit = 128 * 1024

    let service: SessionService
    /// The ICE servers that a client is told.
    let iceServers: @Sendable (Caller) -> [ICEServer]

    var routes: [GatewayRoute] {
        [
            GatewayRoute(.post, "/v1/webrtc/offer", .sessions) { request throws(GatewayFailure) in
                try await self.offer(request)
            },
            GatewayRoute(.post, "/v1/webrtc/answer", .sessions) { request throws(GatewayFailure) in
                try await self.answer(request)
            },
            GatewayRoute(.post, "/v1/webrtc/ice", .sessions) { request throws(GatewayFailure) in
                try await self.candidate(request)
            },
            GatewayRoute(.get, "/v1/webrtc/session/:id", .sessions) { request throws(GatewayFailure) in
                try await self.describe(request)
            },
            GatewayRoute(.delete, "/v1/webrtc/session/:id", .sessions) { request throws(GatewayFailure) in
                let session = try await self.session(of: request)
                await self.service.remove(session)
                return Response(status: .noContent)
            },
            GatewayRoute(.get, "/v1/webrtc/stats", .sessions) { _ throws(GatewayFailure) in await self.count() },
        ]
    }

    private func offer(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let body = try await request.object(upTo: Self.bodyLimit)
        let peerID = try body.required("peer_id", upTo: 128)
        let (session, offer) = try await service.offer(peerID: peerID, caller: request.caller)
        return .json(
            .object([
                "session_id": .string(session.id.uuidString.lowercased()), "sdp": .string(offer.sdp),
                "type": .string(offer.type.rawValue),
                "ice_servers": .iceServers(iceServers(request.caller)),
            ]))
    }

    private func answer(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let body = try await request.object(upTo: Self.bodyLimit)
        let sdp = try body.required("sdp", upTo: Self.bodyLimit)
        let session = try await session(of: body, request)
        do throws(WebRTCError) {
            guard session.connection.signalingState == .haveLocalOffer else {
                throw WebRTCError(.invalidState, "the session has its answer already, or is over")
            }
            try await session.connection.setRemoteDescription(SessionDescription(type: .answer, sdp: sdp))
        } catch {
            throw Self.refusal(error, "invalid-sdp")
        }
        // One that came early and is of no use is like one that was never found.
        for candidate in session.didAnswer() { try? await session.connection.addICECandidate(candidate) }
        return status(of: session)
    }

    private func candidate(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let body = try await request.object(upTo: Self.bodyLimit)
        let session = try await session(of: body, request)
        // Browsers' libraries send the whole RTCIceCandidateInit in its place.
        let members = body["candidate"]?["candidate"] == nil ? body : body["candidate"] ?? body
        guard body["candidate"] == nil || members["candidate"]?.text != nil else {
            throw .malformed("\"candidate\" should be a string.")
        }
        let line = members["candidate"]?.text ?? ""
        let mid = members["sdpMid"]?.text
        let index = members["sdpMLineIndex"]?.double.flatMap { UInt16(exactly: $0) }
        do throws(WebRTCError) {
            // There is one section, for those that name none.
            let candidate = ICECandidateInit(
                candidate: line, sdpMid: mid, sdpMLineIndex: index ?? (mid == nil ? 0 : nil),
                usernameFragment: members["usernameFragment"]?.text)
            // A browser tells them before its answer is here.
            if session.keep(line.isEmpty ? nil : candidate) { return status(of: session) }
            try await session.connection.addICECandidate(line.isEmpty ? nil : candidate)
        } catch {
            throw Self.refusal(error, "invalid-candidate")
        }
        return status(of: session)
    }

    private func describe(_ request: GatewayRequest) async throws(GatewayFailure) -> Response {
        let session = try await session(of: request)
        let report = await session.connection.getStats()
        return .json(SessionDocument(session, report).json)
    }

    private func count() async -> Response {
        let sessions = await service.sessions.values
        let counts = await service.counts
        return .json(
            .object([
                "active": .number(sessions.count { !$0.isOver }),
                "connected": .number(sessions.count { $0.state == .connected }),
                "cleaned_up": .number(counts.cleanedUp), "total": .number(counts.total),
            ]))
    }

    private func session(of body: JSONValue, _ request: GatewayRequest) async throws(GatewayFailure) -> Session {
        let id = try body.required("session_id", upTo: 64)
        return try await service.session(id, for: request.caller)
    }

    private func session(of request: GatewayRequest) async throws(GatewayFailure) -> Session {
        try await service.session(request.parameters.get("id") ?? "", for: request.caller)
    }

    private func status(of session: Session) -> Response {
        .json(.object(["status": .string(session.state.rawValue)]))
    }

    private static func refusal(_ error: WebRTCError, _ code: String) -> GatewayFailure {
        error.code == .invalidState
            ? GatewayFailure(.conflict, "wrong-state", "\(error)")
            : GatewayFailure(.unprocessableContent, code, "\(error)")
    }
}
