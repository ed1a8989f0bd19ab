/// What is said of a stream of Opus (RFC 7845 §5.2): who made it, and comments such as `TITLE=…`.
public struct OpusTags: Sendable, Hashable {
    /// The program that encoded it.
    public var vendor: String
    /// Each a name, `=` and a value.
    public var comments: [String]

    /// - Parameters:
    ///   - vendor: the program that encoded it.
    ///   - comments: each a name, `=` and a value.
    public init(vendor: String = "swift-webrtc", comments: [String] = []) {
        self.vendor = vendor
        self.comments = comments
    }

    /// Reads it.
    ///
    /// - Throws: ``MediaFileError/malformed(field:at:problem:)`` with a place in the packet.
    public init(parsing bytes: [UInt8]) throws(MediaFileError) {
        guard bytes.has("OpusTags", at: 0) else {
            throw .malformed(field: "OpusTags", at: 0, problem: "another signature")
        }
        var place = 8
        func number() throws(MediaFileError) -> Int {
            guard bytes.count - place >= 4 else {
                throw .malformed(field: "a length of OpusTags", at: place, problem: "cut off")
            }
            defer { place += 4 }
            return Int(bytes.little(at: place, count: 4))
        }
        func text() throws(MediaFileError) -> String {
            let count = try number()
            guard count <= bytes.count - place else {
                throw .malformed(field: "a text of OpusTags", at: place, problem: "\(count) bytes, beyond the packet")
            }
            defer { place += count }
            return String(decoding: bytes[place..<place + count], as: UTF8.self)
        }
        vendor = try text()
        comments = []
        // Each takes four bytes at least, so that the loop ends with the packet.
        for _ in 0..<(try number()) { comments.append(try text()) }
    }

    /// As it is written.
    public var bytes: [UInt8] {
        var bytes = Array("OpusTags".utf8)
        bytes.append(little: UInt32(clamping: vendor.utf8.count))
        bytes += vendor.utf8
        bytes.append(little: UInt32(clamping: comments.count))
        for comment in comments {
            bytes.append(little: UInt32(clamping: comment.utf8.count))
            bytes += comment.utf8
        }
        return bytes
    }
}
