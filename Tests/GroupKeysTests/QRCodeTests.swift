import TestSupport
import Testing

@testable import GroupKeys

@Suite("QR codes")
struct QRCodeTests {
    /// A picture of what a terminal shows, eight by eight dots a module: what is inked is `ink`.
    private func picture(_ text: String, ink: UInt8, paper: UInt8) -> [UInt8] {
        let lines = text.split(separator: "\n")
        var rows: [[UInt8]] = []
        for line in lines {
            var (upper, lower): ([UInt8], [UInt8]) = ([], [])
            for character in line {
                let isUpper = character == "▀" || character == "█"
                let isLower = character == "▄" || character == "█"
                upper += Array(repeating: isUpper ? ink : paper, count: 8)
                lower += Array(repeating: isLower ? ink : paper, count: 8)
            }
            rows += Array(repeating: upper, count: 8) + Array(repeating: lower, count: 8)
        }
        return Array("P5\n\(rows.first?.count ?? 0) \(rows.count)\n255\n".utf8) + rows.flatMap { $0 }
    }

    @Test(
        "what a terminal shows is read by a scanner, on dark and on light ones",
        .enabled(if: TestProgram.areThere("zbarimg"), "zbarimg is not installed"), arguments: QRCode.Style.allCases)
    func scanned(style: QRCode.Style) async throws {
        let key = GroupKey()
        let folder = try TestFolder()
        for text in [key.text, "https://desk.local:3010/mesh#" + key.text] {
            var shown = try QRCode(text).text(style)
            for escape in ["\u{1B}[38;5;16;48;5;231m", "\u{1B}[0m"] {
                shown = shown.split(separator: escape, omittingEmptySubsequences: false).joined()
            }
            let isLightInk = style == .darkTerminal
            let file = try folder.write(
                picture(shown, ink: isLightInk ? 255 : 0, paper: isLightInk ? 0 : 255), to: "code.pgm")
            let (status, output) = try await TestProgram.run([
                "zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", file,
            ])
            #expect(status == 0 && output.split(separator: "\n").contains { $0 == text }, "\(output)")
        }
    }

    @Test("a code has a light border of four modules, and fits a terminal of 80 by 24")
    func border() throws {
        let code = try QRCode(GroupKey().text)
        let lines = code.text(.lightTerminal).split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(lines.count <= 23 && lines.allSatisfy { $0.count == code.width + 8 && $0.count <= 80 })
        #expect(lines.prefix(2).allSatisfy { $0.allSatisfy { $0 == " " } })
        #expect(lines.allSatisfy { $0.prefix(4) == "    " && $0.suffix(4) == "    " })
        #expect(code.isDark(column: 0, row: 0) && !code.isDark(column: -1, row: 0))
        #expect(!code.isDark(column: code.width, row: 0) && !code.isDark(column: 0, row: .max))
        let dark = code.text(.darkTerminal)
        #expect(dark.split(separator: "\n").prefix(2).allSatisfy { $0.allSatisfy { $0 == "█" } })
    }

    @Test("text that no code of a terminal holds is refused")
    func refused() {
        for text in ["", String(repeating: "A", count: 257), "a\0b", String(repeating: "é", count: 200)] {
            let error = #expect(throws: GroupKeyError.self) { try QRCode(text) }
            #expect(error?.code == .malformed)
        }
        #expect(throws: Never.self) { try QRCode(String(repeating: "a", count: 256)) }
        #expect(throws: Never.self) { try QRCode("é — 象") }
    }
}
