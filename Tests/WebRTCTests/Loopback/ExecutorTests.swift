import NIOCore
import NetworkLoop
import Testing
import WebRTCTestSupport

@testable import WebRTC

@Suite("Tasks on a connection's thread", .timeLimit(.minutes(3)))
struct ExecutorTests {
    @Test("a task that prefers the connection's executor reads and sends on its thread, before and after it has waited")
    func preference() async throws {
        let pair = try ConnectedPair()
        let (a, b) = try await pair.channel()
        let loop = pair.b.loop
        let echo = Task(executorPreference: pair.b.executor) {
            var places = [loop.isCurrent]
            for try await message in b.messages {
                places.append(loop.isCurrent)
                try await b.send(message)
                places.append(loop.isCurrent)
            }
            return places
        }
        for index in 0..<3 {
            try await a.send("\(index)")
            #expect(try await a.receive() == .text("\(index)"))
        }
        a.close()
        #expect(try await echo.value == Array(repeating: true, count: 7))
        await pair.close()
    }
}
