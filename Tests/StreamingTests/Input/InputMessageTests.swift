import Streaming
import TestSupport
import Testing

@Suite("Messages of the channel of input")
struct InputMessageTests {
    @Test("are read as they are meant")
    func reading() throws {
        for (text, event) in [
            (#"{"type":"key","code":"KeyA","down":true}"#, try InputEvent.down("KeyA")),
            (#" { "down" : false , "code" : "\u004beyA" , "type" : "key" } "#, try .up("KeyA")),
            (#"{"type":"mouse","x":0.25,"y":-0.5,"buttons":3,"wheel":-120}"#, try .mouse(0.25, -0.5, 3, wheel: -120)),
            (#"{"type":"mouse","x":1e2,"y":-0,"buttons":65535.0,"wheel":0}"#, try .mouse(100, 0, 65535)),
            (#"{"type":"gamepad","index":15,"axes":[],"buttons":[]}"#, try .gamepad(15, [])),
            (#"{"type":"gamepad","index":0,"axes":[1.5,-7],"buttons":[0,0.5]}"#, try .gamepad(0, [1, -1], [0, 0.5])),
            (#"{"type":"key","code":"KeyA","down":true,"at":[{"x":null}],"repeat":1}"#, try .down("KeyA")),
            (#"{"type":"key","type":"key","code":"KeyA","code":"KeyA","down":true}"#, try .down("KeyA")),
        ] {
            #expect(try InputMessage(parsing: text).event == event)
        }
    }

    @Test("are written as the wire format says")
    func writing() throws {
        for (event, text) in [
            (try InputEvent.down("KeyA"), #"{"type":"key","code":"KeyA","down":true}"#),
            (try .up("\"\\\n\u{1F}é"), #"{"type":"key","code":"\"\\\n\u001fé","down":false}"#),
            (try .mouse(0.25, -1, 3, wheel: 120), #"{"type":"mouse","x":0.25,"y":-1,"buttons":3,"wheel":120}"#),
            (try .gamepad(2, [-0.5, 0], [1]), #"{"type":"gamepad","index":2,"axes":[-0.5,0],"buttons":[1]}"#),
        ] {
            #expect(InputMessage(event).serialized() == text)
        }
    }

    @Test("are read back as they are written", arguments: 1...4 as ClosedRange<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let event = try Self.event(&random)
            let text = InputMessage(event).serialized()
            #expect(text.utf8.count <= InputMessage.maximumBytes && !text.contains("\n"))
            #expect(try InputMessage(parsing: text).event == event, "\(text)")
        }
    }

    @Test("the longest ones are still short enough to be read")
    func longest() throws {
        let number = -2.2250738585072014e-308
        let (axes, buttons) = (Array(repeating: number, count: 16), Array(repeating: -number, count: 32))
        let gamepad = try InputEvent.gamepad(15, axes, buttons)
        for event in [gamepad, try .down(String(repeating: "\u{1}", count: 64))] {
            #expect(try InputMessage(parsing: InputMessage(event).serialized()).event == event)
        }
    }

    @Test("bytes that were changed at random are refused or read, and what is read is within its bounds")
    func mutations() throws {
        var random = SeededGenerator(seed: 7)
        var (read, refused) = (0, 0)
        for _ in 0..<4000 {
            var bytes = Array(InputMessage(try Self.event(&random)).serialized().utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
                case 1: bytes[place] = Array("0123456789-.eE\"[]{},:n".utf8).randomElement(using: &random) ?? 0
                case 2: bytes.insert(contentsOf: bytes[place...].prefix(9), at: place)
                default: if bytes.count > 9 { bytes.remove(at: place) }
                }
            }
            do throws(InputError) {
                let event = try InputMessage(parsing: bytes).event
                read += 1
                #expect(throws: Never.self) { try InputMessage(parsing: InputMessage(event).serialized()) }
            } catch {
                refused += 1
                #expect(!error.description.isEmpty && error.description.utf8.count < 600)
            }
        }
        #expect(read > 100 && refused > 100)
    }

    private static func event(_ random: inout SeededGenerator) throws -> InputEvent {
        func number(_ range: ClosedRange<Double>) -> Double {
            let number = Double.random(in: range, using: &random)
            return [number, number.rounded(), number * 1e-9, 0].randomElement(using: &random) ?? number
        }
        func numbers(_ most: Int, _ range: ClosedRange<Double>) -> [Double] {
            (0..<Int.random(in: 0...most, using: &random)).map { _ in number(range) }
        }
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            let scalars = (0..<Int.random(in: 1...16, using: &random)).map { _ in
                Unicode.Scalar(UInt32.random(in: 0...0x1FFFF, using: &random)) ?? "a"
            }
            return try .down(String(String.UnicodeScalarView(scalars)))
        case 1:
            let buttons = UInt16.random(in: .min ... .max, using: &random)
            return try .mouse(number(-65536...65536), number(0...1), buttons, wheel: number(-300...300))
        default: return try .gamepad(.random(in: 0...15, using: &random), numbers(16, -1...1), numbers(32, 0...1))
        }
    }
}
