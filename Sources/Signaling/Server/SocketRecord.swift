/// What is told of one WebSocket to those who run the server: numbers and names of ours, nothing
/// that the other end has chosen.
struct SocketRecord {
    let id: SignalingSocketID
    /// The dialects that it speaks, by their names; nil before it speaks one.
    var dialect: String?
    /// Messages that have come, and that were sent.
    var received = 0
    var sent = 0
    /// Nil where nobody traces.
    var span: SocketSpan?
}
