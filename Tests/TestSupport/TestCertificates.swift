import Foundation

/// An authority and certificates of it, made by openssl for one test, in a folder of their own.
package final class TestCertificates: Sendable {
    package static let isMissing = !FileManager.default.isExecutableFile(atPath: openssl)
    package static let openssl = "/usr/bin/openssl"

    /// Where all files are; for those of the test too.
    package let folder: String

    /// The authority's certificate in PEM.
    package var authority: String { folder + "/authority.pem" }

    package init() throws {
        folder = NSTemporaryDirectory() + "certificates-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try make("authority", "/CN=Authority of a test", [])
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Makes a certificate of the authority's.
    ///
    /// - Parameter names: as OpenSSL writes them: `DNS:localhost,IP:127.0.0.1`.
    /// - Returns: the files of the certificate and of its key, in PEM.
    package func issue(_ names: String) throws -> (certificate: String, key: String) {
        let name = UUID().uuidString
        try make(
            name, "/CN=server",
            ["-CA", authority, "-CAkey", folder + "/authority.key", "-addext", "subjectAltName=" + names])
        return (folder + "/\(name).pem", folder + "/\(name).key")
    }

    private func make(_ name: String, _ subject: String, _ options: [String]) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.openssl)
        process.arguments =
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                "-subj", subject, "-keyout", folder + "/\(name).key", "-out", folder + "/\(name).pem",
            ] + options
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
    }
}
