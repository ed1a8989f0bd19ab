/// `a=simulcast` (RFC 8853 §5.1): the encodings of one source that are sent at the same time.
public struct SimulcastAttribute: AttributeValue {
    public static let attributeName = "simulcast"

    /// An encoding, which may begin paused (`~`).
    public struct Encoding: Sendable, Hashable {
        /// The `a=rid` of the encoding.
        public var rid: String
        /// Whether nothing is sent at first.
        public var isPaused: Bool

        /// An encoding.
        public init(rid: String, isPaused: Bool = false) {
            self.rid = rid
            self.isPaused = isPaused
        }
    }

    /// The streams that the author sends; each a list of alternatives, the preferred one first.
    public var send: [[Encoding]]
    /// The streams that the author wants to receive.
    public var recv: [[Encoding]]

    /// Streams in both directions.
    public init(send: [[Encoding]] = [], recv: [[Encoding]] = []) {
        self.send = send
        self.recv = recv
    }

    public init?(attributeValue: String) {
        let fields = attributeValue.fields
        guard fields.count == 2 || fields.count == 4 else { return nil }
        var lists: [String: [[Encoding]]] = [:]
        for index in stride(from: 0, to: fields.count, by: 2) {
            let direction = fields[index]
            guard direction == "send" || direction == "recv", lists[direction] == nil else { return nil }
            guard let streams = Self.streams(fields[index + 1]) else { return nil }
            lists[direction] = streams
        }
        self.init(send: lists["send"] ?? [], recv: lists["recv"] ?? [])
    }

    public var attributeValue: String {
        var parts: [String] = []
        if !send.isEmpty { parts.append("send " + Self.text(send)) }
        if !recv.isEmpty { parts.append("recv " + Self.text(recv)) }
        return parts.joined(separator: " ")
    }

    private static func streams(_ text: String) -> [[Encoding]]? {
        var streams: [[Encoding]] = []
        for stream in text.split(separator: ";", omittingEmptySubsequences: false) {
            var alternatives: [Encoding] = []
            for alternative in stream.split(separator: ",", omittingEmptySubsequences: false) {
                let isPaused = alternative.hasPrefix("~")
                let rid = isPaused ? alternative.dropFirst() : alternative
                guard !rid.isEmpty else { return nil }
                alternatives.append(Encoding(rid: String(rid), isPaused: isPaused))
            }
            streams.append(alternatives)
        }
        return streams
    }

    private static func text(_ streams: [[Encoding]]) -> String {
        streams.map { stream in
            stream.map { ($0.isPaused ? "~" : "") + $0.rid }.joined(separator: ",")
        }.joined(separator: ";")
    }
}
