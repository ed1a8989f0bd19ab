/// Writes a session description. Nothing a value holds can start a new line or a new field.
struct SDPWriter {
    private(set) var text = ""

    init() {
        text.reserveCapacity(4096)
    }

    mutating func write(_ document: SDPDocument) {
        let origin = document.origin
        text += "v=0\r\no="
        field(origin.username)
        text += " "
        field(origin.sessionID)
        text += " "
        field(origin.sessionVersion)
        text += " "
        write(origin.address)
        text += "\r\ns="
        value(document.sessionName)
        text += "\r\n"
        for line in document.lines { write(line) }
        for media in document.media { write(media) }
    }

    private mutating func write(_ media: MediaDescription) {
        text += "m="
        field(media.kind.rawValue)
        text += " \(media.port)"
        if let count = media.portCount { text += "/\(count)" }
        text += " "
        field(media.transport)
        for format in media.formats {
            text += " "
            field(format)
        }
        text += "\r\n"
        for line in media.lines { write(line) }
    }

    private mutating func write(_ line: SDPLine) {
        switch line {
        case .connection(let connection):
            text += "c="
            write(connection)
        case .bandwidth(let bandwidth):
            text += "b="
            field(bandwidth.type)
            text += ":\(bandwidth.value)"
        case .timing(let timing):
            text += "t=\(timing.start) \(timing.stop)"
        case .attribute(let attribute):
            text += "a="
            value(attribute.name)
            if let content = attribute.value {
                text += ":"
                value(content)
            }
        case .other(let type, let content):
            value(String(type))
            text += "="
            value(content)
        }
        text += "\r\n"
    }

    private mutating func write(_ connection: ConnectionData) {
        field(connection.networkType)
        text += " "
        field(connection.addressType)
        text += " "
        field(connection.address)
    }

    /// Text to the end of the line.
    private mutating func value(_ content: String) {
        if content.utf8.contains(where: { Self.breaksLine($0) }) {
            text += String(decoding: content.utf8.filter { !Self.breaksLine($0) }, as: UTF8.self)
        } else {
            text += content
        }
    }

    /// Text between spaces. A field cannot be empty: `-` stands for nothing, as in `o=`.
    private mutating func field(_ content: String) {
        let breaks: (UInt8) -> Bool = { Self.breaksLine($0) || $0.isBlank }
        let isClean = !content.utf8.contains(where: breaks)
        let clean = isClean ? content : String(decoding: content.utf8.filter { !breaks($0) }, as: UTF8.self)
        text += clean.isEmpty ? "-" : clean
    }

    private static func breaksLine(_ byte: UInt8) -> Bool {
        byte == 0x0A || byte == 0x0D || byte == 0
    }
}
