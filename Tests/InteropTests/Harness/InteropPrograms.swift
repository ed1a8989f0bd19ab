import Foundation
import Testing

/// The programs that we talk to. Where one is missing its tests are skipped, and say so; with CI=true they run, and fail.
enum InteropPrograms {
    static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"

    static let hasChromium = isCI || (isOnPath("chromium") && isOnPath("chromedriver"))
    static let hasFirefox = isCI || isOnPath("firefox-esr")
    static let hasAiortc = isCI || pythonImports("aiortc")
    /// libwebrtc for Python.
    static let hasWrtc = isCI || pythonImports("webrtc")
    static let hasJanus = isCI || isOnPath("janus")
    /// GStreamer with its webrtcbin, for the system's own Python.
    static let hasGStreamer =
        isCI
        || pythonImports(
            "gi; gi.require_version('GstWebRTC', '1.0'); from gi.repository import GstWebRTC", systemPython)

    /// Packages of the system that are for Python are for this one, whichever comes first on PATH.
    static let systemPython = "/usr/bin/python3"

    /// `make test` installs Python packages into `.build/python`.
    static let pythonEnvironment: [String: String] = {
        let root = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardized
        let installed = root.appendingPathComponent(".build/python").path
        let before = ProcessInfo.processInfo.environment["PYTHONPATH"].map { ":" + $0 } ?? ""
        return ["PYTHONPATH": installed + before, "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"]
    }()

    private static func isOnPath(_ program: String) -> Bool {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
    }

    private static func pythonImports(_ module: String, _ python: String = "python3") -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [python, "-c", "import \(module)"]
        process.environment = ProcessInfo.processInfo.environment.merging(pythonEnvironment) { _, new in new }
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}
