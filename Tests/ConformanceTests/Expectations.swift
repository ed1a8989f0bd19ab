import JSEP
import Testing
import WebRTC
import WebRTCTestSupport

/// Expects an error of that kind; the message is for people.
func expect(
    _ code: WebRTCError.Code, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async {
    do {
        try await body()
        Issue.record("nothing was thrown; expected \(code)", sourceLocation: sourceLocation)
    } catch {
        #expect((error as? WebRTCError)?.code == code, "\(error)", sourceLocation: sourceLocation)
    }
}

/// The states from the present one up to and with that one; ends when the connection closes.
func states<State: Equatable & Sendable>(
    _ sequence: EventSequence<State>, until last: State
) async -> [State] {
    var seen: [State] = []
    for await state in sequence {
        seen.append(state)
        if state == last { break }
    }
    return seen
}

extension SessionDescription {
    /// The ICE username fragments, in their order.
    var fragments: [String] { values(of: "ice-ufrag") }

    /// What follows the name and the colon in each line of that attribute.
    func values(of name: String) -> [String] {
        let prefix = "a=\(name):"
        return sdp.split(whereSeparator: \.isNewline).filter { $0.hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count))
        }
    }
}
