import Mesh
import Signaling
import Testing

@testable import meshchat

@Suite("The line that is being typed, and lines from a pipe")
struct LineEditorTests {
    private func typed(_ keys: String) -> (editor: LineEditor, lines: [String]) {
        var editor = LineEditor()
        var lines: [String] = []
        for byte in keys.utf8 {
            if case .line(let line) = editor.take(byte) { lines.append(line) }
        }
        return (editor, lines)
    }

    @Test(
        "keys edit the line",
        arguments: [
            ("abc", "abc"), ("abc\u{7F}\u{8}d", "ad"), ("abc\u{1B}[D\u{1B}[DX", "aXbc"), ("abc\u{1}X\u{5}Y", "XabcY"),
            ("one two\u{17}", "one "), ("one two\u{15}", ""), ("ab\u{1}\u{B}", ""), ("ab\u{1}\u{1B}[3~", "b"),
            ("ab\u{1B}OHX", "Xab"), ("a\u{1B}[1;5DX", "Xa"), ("a\u{1B}[200~b", "ab"),
            ("a\u{1B}[99999999999999999999Zb", "ab"),
            ("Zoë \u{1F44B}", "Zoë \u{1F44B}"), ("e\u{301}\u{7F}", ""), ("a\u{9}b", "a b"),
            ("\u{7F}\u{1B}[D\u{1B}[3~", ""),
        ])
    func editing(keys: String, text: String) {
        #expect(String(typed(keys).editor.text) == text)
    }

    @Test("return finishes a line, arrows bring earlier ones back, and Ctrl-D ends only an empty line")
    func lines() {
        let (editor, lines) = typed("one\ntwo\r\u{1B}[A\u{1B}[A\u{1B}[B\u{1B}[A\u{1B}[A!\ndraft\u{1B}[A\u{1B}[B")
        #expect(lines == ["one", "two", "one!"])
        #expect(String(editor.text) == "draft")
        var other = LineEditor()
        #expect(other.take(0x04) == .end)
        _ = other.take(UInt8(ascii: "a"))
        #expect(other.take(0x04) == .nothing)
    }

    @Test("random bytes never trap, and a long line stays in its row")
    func random() {
        var editor = LineEditor()
        for _ in 0..<50_000 { _ = editor.take(UInt8.random(in: 0...255)) }
        let long = typed(String(repeating: "wide \u{6F22} ", count: 200)).editor
        for columns in [0, 1, 10, 80] {
            let row = long.drawing(columns: columns).dropFirst(LineEditor.erasure.count)
            let width = row.prefix { $0 != "\u{1B}" }.reduce(0) { $0 + LineEditor.width(of: $1) }
            #expect(width < max(columns, 12))
        }
    }

    @Test("lines are cut wherever the reads end, and a too long one costs only itself")
    func splitting() {
        var splitter = LineSplitter(maximumBytes: 8)
        #expect(splitter.take(Array("on".utf8)).isEmpty)
        #expect(
            splitter.take(Array("e\r\n\ntwo\n12345678\n123456789 and more".utf8))
                == ["one", "", "two", "12345678"].map { .text($0) })
        #expect(splitter.take(Array("\nx".utf8)) == [.tooLong(beginning: "12345678")])
        #expect(splitter.finish() == .text("x"))
        #expect(splitter.finish() == nil)
    }

    @Test("a name is found as a whole before its beginning, and names before ids")
    func search() {
        let peers = ["Bert", "Berta", "anna", "Bernd"].map {
            MeshPeer(id: PeerID(), peerType: .display, displayName: $0, isConnected: true, isLeader: false)
        }
        #expect(PeerSearch("Bert", in: peers) == .found(peers[0]))
        #expect(PeerSearch("bert", in: peers) == .found(peers[0]))
        #expect(PeerSearch("AN", in: peers) == .found(peers[2]))
        #expect(PeerSearch("bern", in: peers) == .found(peers[3]))
        #expect(PeerSearch("zoe", in: peers) == .nobody)
        guard case .several(let names) = PeerSearch("b", in: peers) else {
            Issue.record("one was chosen of three")
            return
        }
        #expect(names.contains("Berta") && names.contains("Bernd"))
    }
}
