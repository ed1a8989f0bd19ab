@testable import WebRTC

/// The messages that open a channel.
enum DCEPEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        guard let message = try? DCEPMessage(parsing: bytes) else { return }
        let again = try? DCEPMessage(parsing: message.serialized())
        try FuzzFinding.require(again == message, "what was written reads as something else")
    }
}
