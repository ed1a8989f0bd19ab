internal import HTTPTypes
internal import StrictJSON

/// What `POST /api/streamers` asks for: which streamer, and what it is to show.
public struct StreamerRequest: Sendable, Hashable {
    /// The picture that is wanted, as far as it is said.
    public struct Settings: Sendable, Hashable {
        /// In pixels, 16 to 8192, even.
        public var width: Int?
        /// In pixels, 16 to 8192, even.
        public var height: Int?
        /// Pictures a second, 1 to 240.
        public var fps: Int?
        /// In bit/s, 10,000 to 200,000,000.
        public var bitrate: Int?
        /// `vp8`, `vp9`, `h264`, `h265` or `av1`.
        public var codec: String?

        /// Nothing is said.
        public init() {}
    }

    /// Where the pictures and the sound come from.
    public struct Source: Sendable, Hashable {
        /// Which kind: `test`, `file`, `recording`, `rtp`, `whip`, `browser`, `program`, or one of
        /// the application's.
        public var kind: String
        /// What else is said, by its names: texts, and numbers and truth values as JSON writes
        /// them. Objects and lists are refused.
        public var members: [String: String]

        /// A source.
        public init(kind: String, members: [String: String] = [:]) {
            self.kind = kind
            self.members = members
        }
    }

    /// Names the streamer: up to 64 letters and digits of ASCII, `-`, `.` and `_`.
    public var streamerID: String
    /// Whose it is, in the words of who asks; up to 256 characters.
    public var clientUniqueID: String?
    /// A number of who asks.
    public var hostID: UInt32?
    /// A number of who asks.
    public var appID: UInt32?
    /// The picture that is wanted.
    public var settings: Settings
    /// Where it comes from.
    public var source: Source

    /// A request.
    public init(streamerID: String, settings: Settings = Settings(), source: Source) {
        self.streamerID = streamerID
        self.settings = settings
        self.source = source
    }
}

extension StreamerRequest {
    private static let codecs = ["vp8", "vp9", "h264", "h265", "av1"]

    /// Reads the body of a request, or what a program is sent as `Init`.
    init(reading body: JSONValue) throws(GatewayFailure) {
        let id = try body.required("streamer_id", upTo: 64)
        guard StreamRoutes.isName(id) else {
            throw .malformed("\"streamer_id\" has 1 to 64 letters, digits, -, . and _.")
        }
        let settings = body["settings"] ?? .object([:])
        guard case .object = settings else { throw .malformed("\"settings\" should be an object.") }
        self.init(
            streamerID: id, settings: try Settings(reading: settings), source: try Source(reading: settings["source"]))
        if body["client_unique_id"] != nil { clientUniqueID = try body.required("client_unique_id", upTo: 256) }
        hostID = try Self.number("host_id", of: body)
        appID = try Self.number("app_id", of: body)
    }

    private static func number(_ name: String, of body: JSONValue) throws(GatewayFailure) -> UInt32? {
        guard let value = body[name] else { return nil }
        guard case .number = value, let number = value.double.flatMap({ UInt32(exactly: $0) }) else {
            throw .malformed("\"\(name)\" should be a whole number from 0 to \(UInt32.max).")
        }
        return number
    }

    /// As it is read; what the source says beside its type, all as strings.
    var json: JSONValue {
        var picture: [String: JSONValue] = ["source": source.json]
        picture["width"] = settings.width.map { .number($0) }
        picture["height"] = settings.height.map { .number($0) }
        picture["fps"] = settings.fps.map { .number($0) }
        picture["bitrate"] = settings.bitrate.map { .number($0) }
        picture["codec"] = settings.codec.map { .string($0) }
        var members: [String: JSONValue] = ["streamer_id": .string(streamerID), "settings": .object(picture)]
        members["client_unique_id"] = clientUniqueID.map { .string($0) }
        members["host_id"] = hostID.map { .number($0) }
        members["app_id"] = appID.map { .number($0) }
        return .object(members)
    }
}

extension StreamerRequest.Settings {
    fileprivate init(reading settings: JSONValue) throws(GatewayFailure) {
        func number(_ name: String, _ allowed: ClosedRange<Int>, isEven: Bool = false) throws(GatewayFailure) -> Int? {
            guard let value = settings[name] else { return nil }
            guard case .number = value else { throw .malformed("\"\(name)\" should be a number, not \(value.kind).") }
            guard let number = value.double.flatMap({ Int(exactly: $0) }), allowed.contains(number),
                !isEven || number % 2 == 0
            else {
                let parity = isEven ? "an even number" : "a whole number"
                throw .impossible(
                    "\"\(name)\" should be \(parity) from \(allowed.lowerBound) to \(allowed.upperBound).")
            }
            return number
        }
        width = try number("width", 16...8192, isEven: true)
        height = try number("height", 16...8192, isEven: true)
        fps = try number("fps", 1...240)
        bitrate = try number("bitrate", 10_000...200_000_000)
        guard let codec = settings["codec"] else { return }
        guard let text = codec.text?.lowercased().replacing("video/", with: "").replacing(".", with: "") else {
            throw .malformed("\"codec\" should be a string, not \(codec.kind).")
        }
        guard StreamerRequest.codecs.contains(text) else {
            throw .impossible("\"codec\" should be one of \(StreamerRequest.codecs.joined(separator: ", ")).")
        }
        self.codec = text
    }
}

extension StreamerRequest.Source {
    /// Reads it: a text, `test` or `file:film.webm`, or an object with a `type`.
    fileprivate init(reading value: JSONValue?) throws(GatewayFailure) {
        switch value {
        case nil:
            throw .impossible("\"settings\" needs a \"source\", such as \"test\" or {\"type\": \"file\", \"name\": …}.")
        case .object(let members)?:
            guard let kind = members["type"]?.text, !kind.isEmpty else {
                throw .malformed("\"source\" needs a \"type\".")
            }
            var texts: [String: String] = [:]
            for (name, member) in members where name != "type" {
                switch member {
                case .null: break
                case .bool(let value): texts[name] = "\(value)"
                case .number(let text): texts[name] = text
                case .string, .raw: texts[name] = member.text
                case .array, .object:
                    throw .malformed(
                        "\"\(name.prefix(40))\" of the source should be a text, a number or a truth value.")
                }
            }
            self.init(kind: kind, members: texts)
        case let value?:
            guard let text = value.text, !text.isEmpty else {
                throw .malformed("\"source\" should be a string or an object, not \(value.kind).")
            }
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            self.init(kind: parts.first ?? "", members: parts.count > 1 ? ["name": parts[1]] : [:])
        }
    }

    fileprivate var json: JSONValue {
        .object(members.mapValues { .string($0) }.merging(["type": .string(kind)]) { _, type in type })
    }
}

extension GatewayFailure {
    /// Settings that cannot be; `text` says which, and what can.
    static func impossible(_ text: String) -> GatewayFailure {
        GatewayFailure(.unprocessableContent, "invalid-settings", text)
    }
}
