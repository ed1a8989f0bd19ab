internal import NIOCore

/// What has been asked on one connection, and what the answers mean. They come in order; what is
/// said on channels comes in between.
struct RedisDialogue {
    /// What is waited for.
    enum Question: Sendable, Hashable {
        case authentication
        /// Whether the server is a master, for what is published on a replica stays there.
        case role
        case subscription(String)
        /// Of so many bytes.
        case publication(Int)
        /// Where the master is.
        case master(String)
        case ping
    }

    /// What a reply is.
    enum Meaning: Sendable, Hashable {
        case answer(Question)
        /// How many have heard what was published.
        case published(bytes: Int, receivers: Int64)
        case master(RedisEndpoint)
        case message(channel: String, [UInt8])
        /// The connection is of no use, for people.
        case failure(String)
    }

    private var questions = CircularBuffer<Question>()
    private let secrets: [String]

    /// How many questions have no answer yet.
    var count: Int { questions.count }

    /// - Parameter secrets: what no reason for people may have.
    init(secrets: [String] = []) {
        self.secrets = secrets
    }

    mutating func ask(_ question: Question) { questions.append(question) }

    /// What the next reply means.
    mutating func take(_ reply: RedisReply) -> Meaning {
        if case .array(let parts) = reply, parts.count == 3, parts[0].words == "message" {
            guard let channel = parts[1].words, case .text(let bytes) = parts[2] else { return Self.unknown }
            return .message(channel: channel, bytes)
        }
        let question = questions.popFirst()
        if case .error(let text) = reply {
            return .failure("Redis says: " + RedisText.words(ofError: text, without: secrets))
        }
        guard let question else { return .failure("what answers there is no Redis: it answers what nobody asked") }
        return Self.meaning(of: reply, to: question)
    }

    private static let unknown = Meaning.failure("what answers there is no Redis: it does not answer what was asked")

    private static func meaning(of reply: RedisReply, to question: Question) -> Meaning {
        switch (question, reply) {
        case (.authentication, .text): return .answer(question)
        case (.ping, .text), (.ping, .array): return .answer(question)
        case (.role, .array(let parts)): return role(parts)
        case (.subscription(let channel), .array(let parts)):
            guard parts.count == 3, parts[0].words == "subscribe", parts[1].words == channel else { return unknown }
            return .answer(question)
        case (.publication(let bytes), .integer(let count)): return .published(bytes: bytes, receivers: count)
        case (.master(let name), .null): return .failure("the sentinel knows no master \(name)")
        case (.master, .array(let parts)):
            guard parts.count == 2, let host = parts[0].words, let port = parts[1].words.flatMap({ Int($0) }) else {
                return unknown
            }
            let endpoint = RedisEndpoint(host: host, port: port)
            return (try? endpoint.validate()) == nil ? unknown : .master(endpoint)
        default: return unknown
        }
    }

    private static func role(_ parts: [RedisReply]) -> Meaning {
        switch parts.first?.words {
        case "master"?: .answer(.role)
        case "slave"?: .failure("this Redis is a replica, and what is said there stays there; the master is wanted")
        case "sentinel"?: .failure("this is a sentinel, and no Redis")
        default: unknown
        }
    }
}
