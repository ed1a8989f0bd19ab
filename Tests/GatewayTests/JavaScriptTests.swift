import Foundation
import TestSupport
import Testing

/// The modules of the pages outside of a browser. Where a program is missing its test is skipped; where `CI` is set it fails.
@Suite("the pages' modules", .timeLimit(.minutes(2)))
struct JavaScriptTests {
    private static let folder = PageScripts.folder("JavaScript")

    @Test("node has them do what the pages ask of them", .needsPrograms("node"))
    func modules() async throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
            .filter { $0.hasSuffix(".test.mjs") }.sorted()
        #expect(!files.isEmpty)
        let (status, output) = try await TestProgram.run(
            ["node", "--test", "--test-reporter=tap"] + files.map { "\(Self.folder)/\($0)" })
        #expect(status == 0, "\(output.suffix(6000))")
        // One that is skipped says what is missing, such as React.
        #expect(!TestProgram.isCI || output.contains("# skipped 0"), "\(output.suffix(6000))")
    }

    @Test("TypeScript takes what their declarations allow, and nothing else", .needsPrograms("tsc"))
    func declarations() async throws {
        let (status, output) = try await TestProgram.run([
            "tsc", "--strict", "--noEmit", "--target", "es2022", "--module", "es2022", "--moduleResolution", "node",
            "\(Self.folder)/consumer.ts",
        ])
        #expect(status == 0, "\(output)")
    }
}

/// The scripts and programs of this folder that are no resources, for they look at files beside them.
enum PageScripts {
    static func folder(_ name: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(name).path
    }

    /// Runs one of the scripts in Browser to its end, which is 0 where all was well.
    static func run(_ script: String, _ arguments: [String]) async throws {
        let (status, output) = try await TestProgram.run(
            ["python3", "-B", folder("Browser") + "/" + script] + arguments)
        #expect(status == 0 && output.hasSuffix("passed\n"), "\(script): \(output)")
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs where these programs are installed; with CI=true, always.
    static func needsPrograms(_ first: String, _ second: String? = nil) -> Self {
        let names = [first, second].compactMap { $0 }
        return .enabled(
            if: names.allSatisfy { TestProgram.areThere($0) }, "not installed: \(names.joined(separator: " or "))")
    }
}
