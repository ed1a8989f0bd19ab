internal import AsyncQueues
internal import JSEP
internal import Signaling
internal import Streaming
internal import StrictJSON
internal import WebRTC

/// What is said between a stream and one peer that watches it: the stream makes the offer, the peer
/// answers, both send candidates, and the peer says what it wants of the picture.
///
/// How the messages get there and back is somebody else's matter: by a WebSocket, or by lines
/// between two programs.
actor PeerDialogue {
    typealias Send = @Sendable (SignalingMessage) -> Void

    /// The code of the error by which a program says that a peer's connection is over.
    static let connectionOver = "connection-over"

    /// How many candidates of the peer wait for its answer.
    private static let mostEarly = 64

    private let streamer: Streamer
    private let gatheringTime: Duration
    private let send: Send
    /// The peer's, and what it is called as a watcher; nil until it is made.
    private var watching: (connection: PeerConnection, id: String)?
    /// What the peer wants of the picture, also before there is one.
    private var wishes: WatchingWishes?
    private var isOffering = false
    private var hasAnswer = false
    private var early: [ICECandidateInit?] = []

    /// - Parameters:
    ///   - gatheringTime: how long candidates may hold the offer back.
    ///   - send: takes what the peer is told.
    init(of streamer: Streamer, gatheringTime: Duration, send: @escaping Send) {
        (self.streamer, self.gatheringTime, self.send) = (streamer, gatheringTime, send)
    }

    /// Makes the offer, and goes on until the connection is closed: candidates that are found
    /// later, and the peer's input. Once.
    ///
    /// - Parameters:
    ///   - connection: the peer's, which watches already (`Streamer.show(on:as:)`).
    ///   - id: what it is called as a watcher.
    func run(on connection: PeerConnection, as id: String) async throws {
        watching = (connection, id)
        if let wishes { await streamer.setWishes(wishes, of: id) }
        let input = try await connection.createDataChannel(InputMessage.channelLabel)
        let candidates = connection.iceCandidates
        isOffering = true
        let offer = try await connection.offer(gatheringWithin: gatheringTime)
        let known = offer.sdp
        send(SignalingMessage(type: "offer", ["sdp": offer.sdp]))
        await withDiscardingTaskGroup { [streamer, send] group in
            group.addTask { await streamer.readInput(from: input, of: id) }
            for await candidate in candidates {
                // Those that the offer has need not be said again.
                if let line = candidate?.candidate, !line.isEmpty, known.contains(line) { continue }
                send(.candidate(candidate))
            }
        }
    }

    /// Takes a message of the peer's.
    ///
    /// - Throws: what is wrong with it; the peer is to be told so.
    func receive(_ message: SignalingMessage) async throws(SignalingRefusal) {
        switch message.type {
        case "answer": try await take(answer: message)
        case "candidate": try await take(candidate: message)
        case "select":
            let wishes = try WatchingWishes(reading: message)
            self.wishes = wishes
            if let id = watching?.id { await streamer.setWishes(wishes, of: id) }
        default:
            throw SignalingRefusal(
                ErrorMessage.Code.unknownType,
                "there is no message \"\(message.type.prefix(40))\" here; there are answer, candidate and select",
                isBad: true)
        }
    }

    private func take(answer message: SignalingMessage) async throws(SignalingRefusal) {
        let sdp = try message.required("sdp", limit: 128 * 1024)
        guard isOffering, let connection = watching?.connection else {
            throw SignalingRefusal(ErrorMessage.Code.invalidMessage, "there is no offer that waits for an answer")
        }
        guard !DearText.isFound(in: sdp) else {
            throw SignalingRefusal(
                ErrorMessage.Code.invalidMessage,
                "sdp has more than \(DearText.longestRun) bytes in a row that are not ASCII", isBad: true)
        }
        do throws(WebRTCError) {
            try await connection.setRemoteDescription(SessionDescription(type: .answer, sdp: sdp))
        } catch {
            throw SignalingRefusal(ErrorMessage.Code.invalidMessage, "the answer cannot be used: \(error)", isBad: true)
        }
        (isOffering, hasAnswer) = (false, true)
        let waiting = early
        early = []
        for candidate in waiting { try? await connection.addICECandidate(candidate) }
    }

    private func take(candidate message: SignalingMessage) async throws(SignalingRefusal) {
        let read = try CandidateMessage.read(message)
        let candidate = read.map {
            ICECandidateInit(
                candidate: $0.candidate, sdpMid: $0.sdpMid,
                // Those that name no section are of the first.
                sdpMLineIndex: $0.sdpMid == nil ? $0.sdpMLineIndex ?? 0 : nil, usernameFragment: $0.usernameFragment)
        }
        guard hasAnswer, let connection = watching?.connection else {
            guard early.count < Self.mostEarly else {
                throw SignalingRefusal(ErrorMessage.Code.full, "send the answer first")
            }
            early.append(candidate)
            return
        }
        do throws(WebRTCError) {
            try await connection.addICECandidate(candidate)
        } catch {
            throw SignalingRefusal(ErrorMessage.Code.invalidMessage, "the candidate cannot be used: \(error)")
        }
    }
}

extension SignalingMessage {
    /// A candidate, or the end of all; as the W3C's `RTCIceCandidateInit` or `null`.
    fileprivate static func candidate(_ candidate: ICECandidateInit?) -> SignalingMessage {
        SignalingMessage(
            type: "candidate", members: ["candidate": candidate.map { CandidateMessage($0).json } ?? .null])
    }

    /// How the stream stands.
    static func state(_ status: StreamStatus) -> SignalingMessage {
        var message = SignalingMessage(type: "state", ["status": status.word.rawValue])
        message["reason"] = status.reason
        return message
    }

    /// What is wrong with a message.
    static func error(_ refusal: SignalingRefusal) -> SignalingMessage {
        SignalingMessage(type: "error", ["code": refusal.code, "message": refusal.message])
    }
}

extension WatchingWishes {
    /// Reads `select`: `width`, `height` and `paused`, each of which may be missing.
    init(reading message: SignalingMessage) throws(SignalingRefusal) {
        func size(_ name: String) throws(SignalingRefusal) -> Int? {
            guard let value = message.value(name) else { return nil }
            guard let number = value.double, let pixels = Int(exactly: number.rounded()), (1...65_536).contains(pixels)
            else {
                throw SignalingRefusal(
                    ErrorMessage.Code.invalidMessage, "\(name) is a number of pixels from 1 to 65536", isBad: true)
            }
            return pixels
        }
        self.init(maximumWidth: try size("width"), maximumHeight: try size("height"))
        switch message.value("paused") {
        case nil: break
        case .bool(let isPaused)?: self.isPaused = isPaused
        default:
            throw SignalingRefusal(ErrorMessage.Code.invalidMessage, "paused is true or false", isBad: true)
        }
    }
}
