import Streaming
import Testing

@Suite("Messages that are no input")
struct MalformedMessageTests {
    @Test("it is said which member is wrong, what it is, and what is allowed", arguments: MalformedMessages.values)
    func member(_ text: String, _ description: String) {
        let error = #expect(throws: InputError.self) { try InputMessage(parsing: text) }
        #expect(error?.description == description)
    }

    @Test("what is no JSON in UTF-8 is refused, and it is said why", arguments: MalformedMessages.texts)
    func json(_ bytes: [UInt8]) {
        let error = #expect(throws: InputError.self) { try InputMessage(parsing: bytes) }
        guard case .malformed(let problem, let place)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!problem.isEmpty && (0...bytes.count).contains(place))
    }

    @Test("4096 bytes are read, and not one more, however they are filled")
    func size() throws {
        let message = MalformedMessages.key(#""KeyA""#)
        let filled = message + String(repeating: " ", count: 4096 - message.utf8.count)
        #expect(try InputMessage(parsing: filled).event == .down("KeyA"))
        let error = #expect(throws: InputError.self) { try InputMessage(parsing: filled + " ") }
        #expect(error == .messageTooLong(bytes: 4097, allowed: 4096))
        #expect(error?.description == "the message has 4097 bytes: at most 4096")
    }

    @Test("the place of what is no JSON is said")
    func place() {
        let error = #expect(throws: InputError.self) { try InputMessage(parsing: #"{"type":nothing}"#) }
        #expect(error == .malformed(problem: "no JSON value begins like this", at: 9))
        #expect(error?.description == "the message is no JSON text: no JSON value begins like this, at byte 9")
    }

    @Test("thousands of combining marks in names and texts cost no more than their length")
    func marks() throws {
        let marks = String(repeating: "\u{301}\u{323}", count: 500)
        for _ in 0..<200 {
            let text = #"{"\#(marks)":1,"type":"key","code":"KeyA","down":true}"#
            #expect(try InputMessage(parsing: text).event == .down("KeyA"))
            #expect(throws: InputError.self) { try InputMessage(parsing: #"{"type":"key\#(marks)"}"#) }
        }
    }

    @Test("numbers that are too small to tell from 0 are 0")
    func smallest() throws {
        #expect(try InputMessage(parsing: MalformedMessages.mouse("1e-999")).event == .mouse(0, 0))
    }

    @Test(
        "events with numbers that are not finite cannot be made",
        arguments: [Double.nan, .infinity, -.infinity, .signalingNaN])
    func notFinite(_ number: Double) {
        #expect(throws: InputError.notFinite(member: "y", allowed: -65536...65536)) { try InputEvent.mouse(0, number) }
        #expect(throws: InputError.notFinite(member: "axes[1]", allowed: -1...1)) {
            try InputEvent.gamepad(0, [0, number])
        }
        #expect(throws: InputError.notFinite(member: "buttons[0]", allowed: 0...1)) {
            try InputEvent.gamepad(0, [], [number])
        }
    }
}
