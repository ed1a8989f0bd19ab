internal import NIOCore

/// A command as bytes: RESP2, an array of bulk strings.
enum RedisCommand {
    static func bytes(_ parts: [String]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeString("*\(parts.count)\r\n")
        for part in parts { buffer.writeString("$\(part.utf8.count)\r\n\(part)\r\n") }
        return buffer
    }

    /// Says something to those who are subscribed to a channel.
    static func publish(_ frame: RedisFrame, on channel: String) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(frame.count + channel.utf8.count + 64)
        buffer.writeString("*3\r\n$7\r\nPUBLISH\r\n$\(channel.utf8.count)\r\n\(channel)\r\n$\(frame.count)\r\n")
        frame.write(to: &buffer)
        buffer.writeString("\r\n")
        return buffer
    }

    /// The first that is said, where there is a password; a server before Redis 6 knows no users.
    static func authenticate(_ credentials: RedisCredentials) -> ByteBuffer {
        bytes(["AUTH"] + (credentials.username.map { [$0] } ?? []) + [credentials.password])
    }
}

/// Whom a server is to take us for. Neither a description nor a mirror has the password.
struct RedisCredentials: Sendable, Hashable, CustomStringConvertible, CustomReflectable {
    var username: String?
    var password: String

    var description: String { "***" }
    var customMirror: Mirror { Mirror(self, children: []) }
}
