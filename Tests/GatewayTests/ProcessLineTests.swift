import NIOCore
import Signaling
import StrictJSON
import Testing

@testable import Gateway

@Suite("lines of a streamer's process")
struct ProcessLineTests {
    private func order(_ text: String) throws -> [UInt8] { try ProcessLine.order(Array(text.utf8)).bytes }

    @Test(
        "each order is read as it was written",
        arguments: [
            #"{"Init":{"settings":{"source":"x"},"streamer_id":"s"}}"#, #""StartMoonlight""#,
            #"{"AddPeer":{"peer_id":"p1"}}"#, #"{"FromPeer":{"message":{"sdp":"v=0","type":"answer"},"peer_id":"p1"}}"#,
            #"{"RemovePeer":{"peer_id":"p1"}}"#, #""Stop""#,
        ])
    func orders(_ text: String) throws {
        #expect(String(decoding: try order(text), as: UTF8.self) == text + "\n")
    }

    @Test("reports are read in each form that serde has for them, and what is none is named")
    func reports() throws {
        func report(_ text: String) throws -> ProcessLine.Report { try ProcessLine.report(Array(text.utf8)) }
        for text in [#""MoonlightConnected""#, #"{"MoonlightConnected":null}"#] {
            guard case .live = try report(text) else { throw CancellationError() }
        }
        guard case .stop = try report(#""Stop""#) else { throw CancellationError() }
        for name in ["Broadcast", "WebSocket"] {
            guard case .broadcast(let message) = try report(#"{"\#(name)":{"type":"state","x":1}}"#) else {
                throw CancellationError()
            }
            #expect(message.type == "state" && message.has("x"))
        }
        guard case .toPeer("p", let message) = try report(#"{"ToPeer":{"peer_id":"p","message":{"type":"offer"}}}"#)
        else { throw CancellationError() }
        #expect(message.type == "offer")
        for bad in [
            "", "x", "1", "[]", "{}", #"{"ToPeer":{}}"#, #"{"ToPeer":{"peer_id":"p","message":{}}}"#, #""ToPeer""#,
            #"{"Broadcast":1}"#, #"{"Broadcast":null}"#, #"{"A":1,"B":2}"#, #""AddPeer""#,
        ] {
            #expect(throws: ProcessLine.Malformed.self, "\(bad)") { try report(bad) }
        }
    }

    @Test("lines are cut wherever the pieces end, and one that is too long is left out")
    func lines() {
        var reader = LineReader(limit: 8)
        var lines: [String] = []
        for piece in ["ab", "c\r\n\n \nde", "f\n123456789012", "345\ngh\n12345678\n", "rest"] {
            lines += reader.push(ByteBuffer(string: piece)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(lines == ["abc\r", "def", "gh", "12345678"])
        #expect(reader.dropped == 1)
    }
}
