/// Text of a server, which may be anything.
enum RedisText {
    /// The first 200 characters of it that a log line may have.
    static func words(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes.prefix(800), as: UTF8.self)
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.prefix(200).map { scalar in
                    switch scalar.properties.generalCategory {
                    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse: "?"
                    default: scalar
                    }
                }))
    }

    /// The text of an error without what the server was told: some name the arguments of a command
    /// that they do not know, which may be a password.
    static func words(ofError text: String, without secrets: [String]) -> String {
        var text = text
        if let arguments = text.firstRange(of: "with args") { text = String(text[..<arguments.lowerBound]) }
        for secret in secrets where !secret.isEmpty { text = text.replacing(secret, with: "***") }
        return text
    }
}
