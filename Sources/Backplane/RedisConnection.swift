internal import NIOCore
internal import NIOSSL

/// One connection, at the end of its pipeline; on its event loop.
final class RedisConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Any that is asked for is far below: messages are up to ``RedisBackplane/maximumMessage``.
    private static let replyLimit = 16 << 20
    /// `ROLE` of a master has five for each of its replicas.
    private static let elementLimit = 4096

    /// What happens on it. Nothing comes after `ended`, nor after ``close()``.
    enum News {
        case meaning(RedisDialogue.Meaning)
        /// For people.
        case ended(String)
    }

    private let reader = RedisReader(byteLimit: replyLimit, elementLimit: elementLimit)
    private var dialogue: RedisDialogue
    private var hear: ((News) -> Void)?
    private let pin: RedisPin?
    private let channel: any Channel
    /// Intervals in which nothing came.
    private var silence = 0

    /// Where the server is.
    var remoteAddress: SocketAddress? { channel.remoteAddress }

    /// How many questions have no answer yet.
    var unanswered: Int { dialogue.count }

    init(_ channel: any Channel, secrets: [String], pin: RedisPin?) {
        self.channel = channel
        self.pin = pin
        dialogue = RedisDialogue(secrets: secrets)
    }

    /// Says who is told of what happens.
    func start(_ hear: @escaping (News) -> Void) { self.hear = hear }

    /// Asks something, or, if it is not flushed yet, with what comes behind it.
    func ask(_ question: RedisDialogue.Question, _ command: ByteBuffer, flushes: Bool = true) {
        dialogue.ask(question)
        channel.write(command, promise: nil)
        if flushes { channel.flush() }
    }

    func flush() { channel.flush() }

    /// An interval is over: says how many have passed before it in which nothing came.
    func tick() -> Int {
        defer { silence += 1 }
        return silence
    }

    /// Nothing is heard of it any more.
    func close() {
        hear = nil
        channel.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        silence = 0
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        do throws(RedisRefusal) {
            try reader.read(bytes.span) { reply in
                guard let hear else { return false }
                hear(.meaning(dialogue.take(reply)))
                return self.hear != nil
            }
        } catch {
            end("what answers there is no Redis: \(error.reason)")
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end("Redis has closed the connection")
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Redis ends a connection without TLS's own end.
        if case NIOSSLError.uncleanShutdown = error { return }
        end(pin?.refusal ?? RedisReason.words(error))
    }

    private func end(_ reason: String) {
        let hear = hear
        close()
        hear?(.ended(reason))
    }
}
