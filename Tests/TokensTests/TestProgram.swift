import Foundation
import TestSupport

extension TestProgram {
    /// Whether `openssl` is there.
    static func hasOpenSSL() async -> Bool {
        if isCI { return true }
        return (try? await run(["openssl", "version"]))?.status == 0
    }

    /// What `openssl` writes.
    static func openssl(_ arguments: String...) async throws -> String {
        let (status, output) = try await run(["openssl"] + arguments)
        guard status == 0 else { throw CocoaError(.executableLoad, userInfo: ["output": output]) }
        return output
    }

    /// A Python with PyJWT and its cryptography, if there is one: `python3` of the path, or the system's, which has
    /// Debian's python3-jwt.
    static func pythonWithJWT() async -> String? {
        for python in ["python3", "/usr/bin/python3"] {
            let test = "import jwt, cryptography; jwt.encode"
            if (try? await run([python, "-c", test]))?.status == 0 { return python }
        }
        return nil
    }
}
