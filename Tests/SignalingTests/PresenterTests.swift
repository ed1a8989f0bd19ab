import Signaling
import Testing

@testable import presenter

@Suite("a dialect of an application's own, of the examples")
struct PresenterTests {
    private var dialect = PresenterDialect()
    private var turn = SignalingTurn(now: .zero)

    private mutating func say(_ socket: SignalingSocketID, _ type: String, _ fields: [String: String] = [:]) throws {
        turn = SignalingTurn(now: .zero)
        let message = SignalingMessage(type: type, fields)
        if dialect.openings.contains(type) {
            try dialect.open(message, from: SignalingSocket(id: socket), in: &turn)
        } else {
            try dialect.receive(message, from: socket, in: &turn)
        }
    }

    private func first(_ socket: SignalingSocketID) -> SignalingMessage? { turn.messages(to: socket).first ?? nil }

    @Test("viewers are told to the presenter and speak with it alone, whoever comes first")
    mutating func show() throws {
        try say(1, "view", ["show": "x"])
        var refusal: SignalingRefusal?
        do { try say(1, "description") } catch let error as SignalingRefusal { refusal = error }
        #expect(refusal?.code == ErrorMessage.Code.recipientOffline)
        try say(2, "present", ["show": "x"])
        #expect(turn.messages(to: 2).compactMap { $0?.type } == ["viewer", "welcome"])
        try say(3, "view", ["show": "x"])
        #expect(first(2)?["viewer"] == "3" && turn.messages(to: 1).isEmpty)
        try say(3, "description", ["sdp": "v=0", "viewer": "1"])
        #expect(first(2)?["viewer"] == "3", "nobody speaks for another")
        try say(2, "ice", ["viewer": "1", "candidate": "c"])
        #expect(first(1)?["candidate"] == "c" && turn.messages(to: 3).isEmpty)
        turn = SignalingTurn(now: .zero)
        dialect.leave(2, in: &turn)
        #expect(first(1)?.type == "over" && first(3)?.type == "over")
        for socket in [1, 3] as [SignalingSocketID] { dialect.leave(socket, in: &turn) }
        try say(4, "present", ["show": "x"])
        #expect(turn.messages(to: 4).compactMap { $0?.type } == ["welcome"])
    }
}
