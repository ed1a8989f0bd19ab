@testable import Mesh

/// What nodes of a mesh say to each other over a data channel.
enum ChannelEntry {
    @Sendable static func run(_ bytes: [UInt8]) throws {
        // The transport has seen to it that a text is UTF-8.
        let text = String(decoding: bytes, as: UTF8.self)
        guard let message = ChannelMessage(parsing: text) else { return }
        let written = message.serialized()
        try FuzzFinding.require(
            written.utf8.count <= ChannelMessage.maximumBytes, "what is written is too long to be read")
        guard let again = ChannelMessage(parsing: written) else { throw FuzzFinding("what is written cannot be read") }
        try FuzzFinding.require(again == message, "what was written reads as something else")
    }
}
